//! What the latents of a tile cost in bits by the prior of a model, and how that changes with all that the prior knows of them.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use lmc_entropy::prior::{Context, LatentPrior};

use super::expected::Expected;
use crate::wavelet::{HYPER_BLOCK, LOG_SCALE_FRACTION_BITS, LatentField, PriorTwin, host_values};
use crate::{ModelError, Result};

/// The prior of a model with gradients.
#[derive(Debug)]
pub(crate) struct Rates {
    /// It tracks gradients, and its weights have none.
    twin: PriorTwin,
    device: Device,
    pub(super) prior: Arc<LatentPrior>,
    expected: Expected,
}

/// Latents of a tile whose rates are asked for.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) rates: &'a Rates,
    pub(super) context: Context,
    pub(super) tile: &'a LatentField,
    /// The latents as decoded before: they stand in for those that decoders will know.
    pub(super) points: &'a [f32],
}

/// Expected costs in bits.
pub(super) struct Seen {
    /// By position of the hyper-latents, of the latents there.
    pub(super) costs: Vec<f32>,
    /// How all of them together change with each hyper-latent.
    pub(super) by_hyper: Vec<f32>,
    /// How they change with each decoded latent, as those that are decoded after it know it.
    pub(super) by_points: Vec<f32>,
}

impl Rates {
    /// For priors with tables of a trellis; `device` and `twin` track gradients.
    pub(crate) fn new(twin: PriorTwin, device: Device, prior: Arc<LatentPrior>) -> Self {
        Self {
            twin: twin.no_grad(),
            expected: Expected::new(prior.spec()),
            device,
            prior,
        }
    }

    fn tensor(&self, data: Vec<f32>, shape: [usize; 4]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(data, shape), &self.device)
    }
}

impl View<'_> {
    /// Rows, columns and channels of the hyper-latents.
    pub(super) fn hyper_shape(&self) -> [usize; 3] {
        let [height, width] = [self.tile.height, self.tile.width].map(|side| side.div_ceil(HYPER_BLOCK));
        [height, width, self.rates.prior.z_channels()]
    }

    /// The expected costs of the latents with hyper-latents, which need not be whole.
    pub(super) fn see(&self, z: &[f32]) -> Result<Seen> {
        let [rows, columns, z_channels] = self.hyper_shape();
        let shape = [1, rows * HYPER_BLOCK, columns * HYPER_BLOCK, self.tile.channels];
        let z = self
            .rates
            .tensor(z.to_vec(), [1, rows, columns, z_channels])
            .require_grad();
        let known = self.rates.tensor(self.padded(shape), shape).require_grad();
        let predicted = self
            .rates
            .twin
            .forward(&known, z.clone(), self.context, &|_, y, _, _| y, &mut |_, _| {});
        let (means, log_scales) = (
            host_values(predicted.mean.clone().detach()),
            host_values(predicted.log_scale.clone().detach()),
        );
        let fixed = (1u32 << LOG_SCALE_FRACTION_BITS) as f32;
        let mut costs = vec![0.0; rows * columns];
        let (mut by_mean, mut by_log_scale) = (vec![0.0; means.len()], vec![0.0; means.len()]);
        for (position, latents) in self.tile.data.chunks_exact(self.tile.channels).enumerate() {
            let (i, j) = (position / self.tile.width, position % self.tile.width);
            let from = (i * shape[2] + j) * shape[3];
            let cell = &mut costs[i / HYPER_BLOCK * columns + j / HYPER_BLOCK];
            for (at, latent) in (from..).zip(latents) {
                let cost = self.rates.expected.at(latent - means[at], log_scales[at] * fixed);
                *cell += cost.bits;
                by_mean[at] = cost.by_mean;
                by_log_scale[at] = cost.by_log_scale * fixed;
            }
        }
        let all = (predicted.mean * self.rates.tensor(by_mean, shape)).sum()
            + (predicted.log_scale * self.rates.tensor(by_log_scale, shape)).sum();
        let gradients = all.backward();
        Ok(Seen {
            costs,
            by_hyper: values(&z, &gradients)?,
            by_points: self.cropped(&values(&known, &gradients)?, shape),
        })
    }

    /// The points in whole blocks of hyper-latents.
    fn padded(&self, [_, height, width, channels]: [usize; 4]) -> Vec<f32> {
        let mut padded = vec![0.0; height * width * channels];
        let rows = self.points.chunks_exact(self.tile.width * channels);
        for (to, from) in padded.chunks_exact_mut(width * channels).zip(rows) {
            to[..from.len()].copy_from_slice(from);
        }
        padded
    }

    /// The inverse of [`Self::padded`].
    fn cropped(&self, padded: &[f32], [_, _, width, channels]: [usize; 4]) -> Vec<f32> {
        let rows = padded.chunks_exact(width * channels).take(self.tile.height);
        rows.flat_map(|row| &row[..self.tile.width * channels])
            .copied()
            .collect()
    }
}

fn values(tensor: &Tensor<4>, gradients: &Gradients) -> Result<Vec<f32>> {
    let gradient = tensor.grad(gradients);
    gradient
        .map(host_values)
        .ok_or_else(|| ModelError::Parameter("rates have no gradient".into()))
}
