//! What a batch of crops costs: rate and weighted distortion, all rates at once.

use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::{CropBatch, WaveletTrainConfig};
use crate::train::{Loss, Score};
use crate::wavelet::packet::{self, BANDS, BLOCK};
use crate::wavelet::{LatentQuantiser, WaveletCodec, Weigh, per_picture};

/// Bits that a squared error of a latent, in quantiser steps, is worth: the curvature of the decoder's errors.
const MEAN_ERROR_BITS: f64 = 9.0;

/// Anchor positions for the crops of a step, a function of the seed and the step.
pub(super) fn draw_positions(config: &WaveletTrainConfig, step: u64, count: usize) -> Vec<f32> {
    let mut random = SmallRng::seed_from_u64(config.training.seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let last = (config.model.anchors - 1) as f32;
    (0..count).map(|_| random.random_range(0.0..=last)).collect()
}

/// The loss of crops, each coded at an anchor position of its own.
pub(super) fn loss(
    config: &WaveletTrainConfig,
    quantiser: &LatentQuantiser,
    codec: &WaveletCodec,
    batch: &CropBatch,
    positions: &[f32],
    device: &Device,
) -> Loss {
    let (side, model) = (batch.side, &config.model);
    let bands = packet::bands_of(&batch.data, side, side);
    let maps = side / BLOCK;
    let weights = model.distortion.weights(&bands, [positions.len(), maps, maps], device);
    let shape = [positions.len(), maps, maps, BANDS];
    let bands = Tensor::<4>::from_data(TensorData::new(bands, shape), device);
    let outcome = codec.forward(bands.clone(), positions, quantiser, config.context());
    let samples = (3 * side * side) as f64;
    let error = per_picture(weights.apply(outcome.bands - bands).powi_scalar(2)) / samples;
    let pixels = (side * side) as f64;
    let bpp = outcome.bits / pixels;
    let mse: f32 = error.clone().mean().into_scalar();
    let mean_bpp: f32 = bpp.clone().mean().into_scalar();
    let rate = match outcome.mean_errors {
        Some(errors) => bpp + errors * (MEAN_ERROR_BITS / pixels),
        None => bpp,
    };
    let [distortion_weight, rate_weight] = weights_of(config, positions, device);
    let total = (error * distortion_weight + rate * rate_weight).mean();
    Loss {
        earlier: Vec::new(),
        value: total.clone().into_scalar(),
        total,
        scores: vec![
            Score::new("bpp", mean_bpp),
            Score::new("psnr_db", -10.0 * mse.max(1e-12).log10()),
        ],
    }
}

/// What distortion and rate of each crop count.
fn weights_of(config: &WaveletTrainConfig, positions: &[f32], device: &Device) -> [Tensor<1>; 2] {
    let column = |of: &dyn Fn(f64) -> f64| {
        let values: Vec<f32> = positions
            .iter()
            .map(|p| of(config.model.lambda(f64::from(*p))) as f32)
            .collect();
        Tensor::<1>::from_data(TensorData::new(values, [positions.len()]), device)
    };
    // Each rate counts about the same: the sum of rate and distortion grows about as the root of lambda.
    let weight = |lambda: f64| (config.model.lambda_min / lambda).sqrt();
    [
        column(&|lambda| lambda * weight(lambda) * 65_025.0),
        column(&|lambda| weight(lambda)),
    ]
}
