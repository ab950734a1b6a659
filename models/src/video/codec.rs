//! The whole model of predicted frames as it is trained.

use burn::module::Module;
use burn::tensor::{Device, Tensor, activation};
use lmc_codec::codecs::video::VideoConfig;
use lmc_entropy::prior::Context;

use super::Side;
use crate::nn::{Linear, NO_ACTIVATION, Precision};
use crate::wavelet::packet::BANDS;
use crate::wavelet::{
    Analysis, Gains, HYPER_FRACTION_BITS, HyperAnalysis, LatentQuantiser, LogisticMixture, Observer, Phase, Predicted,
    PriorTwin, Synthesis, disturbed, gaussian_bits, per_picture, round_to, straight_through,
};

/// The model of images on the difference of a frame to its prediction, with the prediction beside it.
///
/// ```text
/// bands(x) - bands(p) -> g_a -> y * gain -> h_a -> z
/// bands(p) -> seen.analysis -^     |               |
///                                  v               v
///                          round(y - mean) <- context steps <- h_s(z) + side
///                                  |                                     ^
///                                  v                    bands(p), last y_hat, motion
/// bands(p) + g_s <- y_hat / gain
///             ^- seen.synthesis <- bands(p)
/// ```
///
/// Parameters that the model of images has are named as in it. The others start at zero, so that a model of images is
/// a start.
#[derive(Module, Debug)]
pub struct VideoCodec {
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
    /// what the transforms see of the prediction
    pub seen: Seen,
    /// what the prior sees of the past
    pub side: Option<Side>,
}

/// 1x1 from the bands of the prediction into the transforms.
#[derive(Module, Debug)]
pub struct Seen {
    /// 192 to C, added after the first layer of g_a
    pub analysis: Linear,
    /// 192 to C, added before the blocks of g_s
    pub synthesis: Linear,
}

/// A frame and what is known of it.
#[derive(Debug, Clone)]
pub struct FrameInput<'a> {
    /// Of the frame, `[batch, height / 8, width / 8, 192]`; height and width multiples of 64.
    pub bands: Tensor<4>,
    /// Of its prediction, the same shape.
    pub predicted: Tensor<4>,
    /// What [`SideMaker`](super::SideMaker) makes, `[batch, height / 16, width / 16, side inputs]`.
    pub side: Tensor<4>,
    /// Anchor positions, one per frame of the batch.
    pub positions: &'a [f32],
}

/// What one pass gives.
#[derive(Debug, Clone)]
pub struct FrameOutcome {
    /// Of the decoded frame, as the bands that went in.
    pub bands: Tensor<4>,
    /// Estimated bits of each frame of the batch, without those of motion, `[batch]`.
    pub bits: Tensor<1>,
    /// Latents in quantiser steps before they are quantised, `[batch, height / 16, width / 16, M]`.
    pub y: Tensor<4>,
    /// Hyper-latents, whole numbers, `[batch, height / 64, width / 64, Z]`.
    pub z: Tensor<4>,
    /// Decoded latents in quantiser steps, as `y`.
    pub y_hat: Tensor<4>,
}

/// How frames are coded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coding<'a> {
    pub(crate) quantiser: &'a LatentQuantiser,
    pub(crate) phase: Phase,
}

impl VideoCodec {
    /// Random weights but for what the model of images does not have.
    pub fn new(config: &VideoConfig, device: &Device) -> Self {
        let image = &config.image;
        Self {
            g_a: Analysis::new(image, device),
            g_s: Synthesis::new(image, device),
            h_a: HyperAnalysis::new(image, device),
            gains: Gains::new(image, device),
            prior: PriorTwin::new(image, device),
            z_prior: LogisticMixture::new(image.hyper, device),
            seen: Seen {
                analysis: Linear::zeros(BANDS, image.width, device),
                synthesis: Linear::zeros(BANDS, image.width, device),
            },
            side: config.side_features.then(|| Side::new(config, device)),
        }
    }

    /// One pass over a batch of frames.
    pub(crate) fn pass(&self, input: &FrameInput<'_>, coding: Coding<'_>) -> FrameOutcome {
        self.pass_observed(input, coding, &mut |_, _| {})
    }

    /// [`Self::pass`] that shows the inner feature maps of the prior to an observer.
    pub(crate) fn pass_observed(
        &self,
        input: &FrameInput<'_>,
        coding: Coding<'_>,
        observe: Observer<'_>,
    ) -> FrameOutcome {
        let (gain, inverse) = self.gains.at(input.positions);
        let predicted = &input.predicted;
        let seen = |layer: &Linear| layer.forward(predicted.clone(), NO_ACTIVATION, Precision::Rounded);
        let difference = input.bands.clone() - predicted.clone();
        let y = self.g_a.forward_seeing(difference, seen(&self.seen.analysis)) * gain;
        let z = self.h_a.forward(y.clone());
        let z_bits = self.z_prior.bits(disturbed(z.clone(), coding.phase));
        let z = straight_through(z, Tensor::round);
        let Predicted { mean, log_scale, y_hat } = self.predict(&y, z.clone(), (input, coding.quantiser), observe);
        let scale = activation::softplus(log_scale, 1.0);
        let measured = match coding.phase {
            Phase::Train => disturbed(y.clone(), coding.phase),
            Phase::Evaluate => (y.clone() - mean.clone()).round() + mean.clone(),
        };
        let y_bits = gaussian_bits(measured, mean, scale);
        let decoded = self
            .g_s
            .forward_seeing(y_hat.clone() * inverse, seen(&self.seen.synthesis));
        FrameOutcome {
            bands: decoded + predicted.clone(),
            bits: per_picture(y_bits) + per_picture(z_bits),
            y,
            z,
            y_hat,
        }
    }

    fn predict(
        &self,
        y: &Tensor<4>,
        z: Tensor<4>,
        (input, quantiser): (&FrameInput<'_>, &LatentQuantiser),
        observe: Observer<'_>,
    ) -> Predicted {
        let hyper = self.prior.hyper(z, observe);
        let hyper = match &self.side {
            Some(side) => {
                let more = side.forward(input.predicted.clone(), input.side.clone(), observe);
                hyper + round_to(more, HYPER_FRACTION_BITS)
            }
            None => hyper,
        };
        let quantise = |step, y, mean, log_scale| quantiser.reconstruct(step, y, mean, log_scale);
        self.prior.steps_from(y, hyper, Context::Two, &quantise, observe)
    }
}
