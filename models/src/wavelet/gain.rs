//! Gain vectors: one model for all rates.
//!
//! Every latent channel is multiplied by a gain before rounding and by an inverse gain after it. Both are learned at
//! several anchors and interpolated in the logarithm, so quality is continuous.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::WaveletConfig;

/// Logarithms of the gains and of the inverse gains.
#[derive(Module, Debug)]
pub struct Gains {
    /// `[anchors, latents]`
    pub log_gain: Param<Tensor<2>>,
    /// `[anchors, latents]`
    pub log_inverse: Param<Tensor<2>>,
}

impl Gains {
    /// Uniform quantiser steps from the coarsest to the finest of the configuration.
    pub fn new(config: &WaveletConfig, device: &Device) -> Self {
        let (low, high) = ((255.0 / config.coarsest_step).ln(), (255.0 / config.finest_step).ln());
        let rows: Vec<f32> = (0..config.anchors)
            .flat_map(|anchor| {
                let share = anchor as f64 / (config.anchors - 1) as f64;
                std::iter::repeat_n((low + (high - low) * share) as f32, config.latents)
            })
            .collect();
        let start = Tensor::from_data(TensorData::new(rows, [config.anchors, config.latents]), device);
        Self {
            log_gain: Param::from_tensor(start.clone()),
            log_inverse: Param::from_tensor(-start),
        }
    }

    /// Gains and inverse gains at anchor positions `0.0..=anchors - 1`, one per picture of a batch.
    ///
    /// # Shapes
    /// both outputs: `[positions, 1, 1, latents]`
    pub fn at(&self, positions: &[f32]) -> (Tensor<4>, Tensor<4>) {
        let mix = self.mix(positions);
        let pick = |log: &Param<Tensor<2>>| {
            let rows = mix.clone().matmul(log.val()).exp();
            let [count, latents] = rows.dims();
            rows.reshape([count, 1, 1, latents])
        };
        (pick(&self.log_gain), pick(&self.log_inverse))
    }

    /// Interpolation weights, `[positions, anchors]`.
    fn mix(&self, positions: &[f32]) -> Tensor<2> {
        let anchors = self.log_gain.dims()[0];
        let mut weights = vec![0.0f32; positions.len() * anchors];
        for (row, position) in weights.chunks_exact_mut(anchors).zip(positions) {
            let low = (position.max(0.0) as usize).min(anchors - 2);
            let share = (position - low as f32).clamp(0.0, 1.0);
            row[low] = 1.0 - share;
            row[low + 1] = share;
        }
        let device = self.log_gain.val().device();
        Tensor::from_data(TensorData::new(weights, [positions.len(), anchors]), &device)
    }
}
