//! The whole model as it is trained.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, activation};

use lmc_entropy::prior::Context;

use super::WaveletConfig;
use super::gain::Gains;
use super::prior::{Predicted, PriorTwin, straight_through};
use super::quantise::LatentQuantiser;
use super::rate::{LogisticMixture, gaussian_bits};
use super::transform::{Analysis, HyperAnalysis, Synthesis};

/// Transforms, gains, the twin of the prior and the training-time prior of `z`.
///
/// ```text
/// bands -> g_a -> y * gain -> h_a -> z
///                  |                 |
///                  v                 v
///          round(y - mean)  <-  prior twin
///                  |
///                  v
/// bands_hat <- g_s <- y_hat / gain
/// ```
#[derive(Module, Debug)]
pub struct WaveletCodec {
    /// g_a
    pub g_a: Analysis,
    /// g_s
    pub g_s: Synthesis,
    /// h_a
    pub h_a: HyperAnalysis,
    /// gains per quality
    pub gains: Gains,
    /// h_s and the context steps
    pub prior: PriorTwin,
    /// prior of z
    pub z_prior: LogisticMixture,
}

/// What one pass gives.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// `[batch, height / 8, width / 8, 192]`
    pub bands: Tensor<4>,
    /// Estimated bits of each picture of the batch, `[batch]`.
    pub bits: Tensor<1>,
    /// Squared errors of the latents that are decoded as their means, in quantiser steps, `[batch]`; only where the context is
    /// trained alone, without what decoders make of them.
    pub mean_errors: Option<Tensor<1>>,
}

/// Whether rates are those of noisy latents, which have gradients, or of rounded ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Train,
    Evaluate,
}

impl WaveletCodec {
    /// A fresh model of random weights.
    pub fn new(config: &WaveletConfig, device: &Device) -> Self {
        Self {
            g_a: Analysis::new(config, device),
            g_s: Synthesis::new(config, device),
            h_a: HyperAnalysis::new(config, device),
            gains: Gains::new(config, device),
            prior: PriorTwin::new(config, device),
            z_prior: LogisticMixture::new(config.hyper, device),
        }
    }

    /// One pass over a batch with uniform noise in place of rounding for the rate.
    ///
    /// # Shapes
    /// - `bands`: `[batch, height / 8, width / 8, 192]`; height and width multiples of 64
    /// - `positions`: anchor positions, one per picture
    pub fn forward(
        &self,
        bands: Tensor<4>,
        positions: &[f32],
        quantiser: &LatentQuantiser,
        context: Context,
    ) -> Outcome {
        self.pass(bands, positions, (quantiser, context), Phase::Train, &mut |_, _| {})
    }

    /// One pass with the latents as in a stream; bits are those of rounded ones also where a trellis, which needs a few per cent
    /// less, decides. Shapes as in [`Self::forward`].
    pub fn evaluate(
        &self,
        bands: Tensor<4>,
        positions: &[f32],
        quantiser: &LatentQuantiser,
        context: Context,
    ) -> Outcome {
        self.pass(bands, positions, (quantiser, context), Phase::Evaluate, &mut |_, _| {})
    }

    pub(crate) fn pass(
        &self,
        bands: Tensor<4>,
        positions: &[f32],
        (quantiser, context): (&LatentQuantiser, Context),
        phase: Phase,
        observe: super::prior::Observer<'_>,
    ) -> Outcome {
        let (gain, inverse) = self.gains.at(positions);
        let y = self.g_a.forward(bands) * gain;
        let z = self.h_a.forward(y.clone());
        let z_bits = self.z_prior.bits(disturbed(z.clone(), phase));
        let z = straight_through(z, Tensor::round);
        let quantise = |step, y, mean, log_scale| {
            let y_hat = quantiser.reconstruct(step, y, mean, log_scale);
            match context {
                Context::Two => y_hat,
                // Transforms are trained with two steps, and networks of steps have no gradient by what they decode.
                Context::Four => y_hat.detach(),
            }
        };
        let Predicted { mean, log_scale, y_hat } = self.prior.forward(&y, z, context, &quantise, observe);
        let mean_errors = (context == Context::Four).then(|| {
            let at_mean = (y_hat.clone() - mean.clone().detach()).abs().lower_elem(1e-3).float();
            per_picture(((y.clone().detach() - mean.clone()) * at_mean).powi_scalar(2))
        });
        let scale = activation::softplus(log_scale, 1.0);
        let measured = match phase {
            Phase::Train => disturbed(y, phase),
            Phase::Evaluate => (y - mean.clone()).round() + mean.clone(),
        };
        let y_bits = gaussian_bits(measured, mean, scale);
        Outcome {
            bands: self.g_s.forward(y_hat * inverse),
            bits: per_picture(y_bits) + per_picture(z_bits),
            mean_errors,
        }
    }
}

/// Uniform noise of the width of a quantiser step, or rounding.
pub(crate) fn disturbed(x: Tensor<4>, phase: Phase) -> Tensor<4> {
    match phase {
        Phase::Train => {
            let noise = Tensor::random(x.dims(), Distribution::Uniform(-0.5, 0.5), &x.device());
            x + noise
        }
        Phase::Evaluate => x.round(),
    }
}

/// Sums each picture of a batch.
pub(crate) fn per_picture(x: Tensor<4>) -> Tensor<1> {
    let [batch, height, width, channels] = x.dims();
    x.reshape([batch, height * width * channels])
        .sum_dim(1)
        .reshape([batch])
}
