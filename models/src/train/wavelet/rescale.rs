//! Another distortion than the one that the weights to start from were trained for.
//!
//! What changes most is how finely each latent should be quantised. Gains move too slowly for that at the learning rates
//! of a continued run, so they are set first, and the networks that see scaled latents with them.

use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::CropBatch;
use crate::wavelet::packet::{self, BANDS, BLOCK};
use crate::wavelet::{
    Distortion, Params, WaveletCodec, WaveletConfig, Weigh, export_params, host_values, import_params,
};
use crate::{ModelError, Result};

/// Of the random signs.
const SEED: u64 = 1;
/// Factors are kept within this and one over it.
const LARGEST: f32 = 8.0;

/// Scales the latents of `params`, trained for the mean squared error, to the distortion of `config`: each by the root of
/// how much more its errors count now. `device` tracks gradients.
///
/// # Errors
/// [`ModelError::Weights`] if the weights are not those of `config`.
pub(super) fn rescale_latents(
    params: &Params,
    config: &WaveletConfig,
    crops: &CropBatch,
    device: &Device,
) -> Result<Params> {
    let codec = import_params(WaveletCodec::new(config, device), params, device)?;
    let now = sensitivities(&codec, config.distortion, crops, device)?;
    let before = sensitivities(&codec, Distortion::Mse, crops, device)?;
    let factors: Vec<f32> = now
        .iter()
        .zip(&before)
        .map(|(now, before)| {
            (now / before.max(f32::MIN_POSITIVE))
                .sqrt()
                .clamp(1.0 / LARGEST, LARGEST)
        })
        .collect();
    let mut scaled = export_params(&codec);
    scale(&mut scaled, &factors)?;
    Ok(scaled)
}

/// How much a small squared error of each latent adds to the distortion.
///
/// The gradient of all weighted outputs, each with a random sign, is squared: products of different outputs cancel.
fn sensitivities(codec: &WaveletCodec, distortion: Distortion, crops: &CropBatch, device: &Device) -> Result<Vec<f32>> {
    let (side, maps) = (crops.side, crops.side / BLOCK);
    let count = crops.data.len() / (3 * side * side);
    let bands = packet::bands_of(&crops.data, side, side);
    let weights = distortion.weights(&bands, [count, maps, maps], device);
    let bands = Tensor::<4>::from_data(TensorData::new(bands, [count, maps, maps, BANDS]), device);
    let y = codec.g_a.forward(bands).detach().require_grad();
    let outputs = weights.apply(codec.g_s.forward(y.clone()));
    // The same signs for every distortion, so that much of the noise of the estimate cancels in ratios.
    let mut random = SmallRng::seed_from_u64(SEED);
    let signs = (0..outputs.shape().num_elements()).map(|_| if random.random() { 1.0 } else { -1.0 });
    let signs = Tensor::<4>::from_data(TensorData::new(signs.collect(), outputs.dims()), device);
    let gradients = (outputs * signs).sum().backward();
    let gradient = y
        .grad(&gradients)
        .ok_or_else(|| ModelError::Parameter("the latents have no gradient".into()))?;
    let latents = gradient.dims()[3];
    let mut sums = vec![0.0; latents];
    for row in host_values(gradient).chunks_exact(latents) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value * value;
        }
    }
    Ok(sums)
}

/// Multiplies each latent by its factor, and makes the networks that see scaled latents expect that. Decoded pictures
/// stay as they are but for the finer or coarser rounding.
fn scale(params: &mut Params, factors: &[f32]) -> Result<()> {
    let latents = factors.len();
    let channel = |at: usize| factors[at % latents];
    change(params, "gains.log_gain", |at, value| value + channel(at).ln())?;
    change(params, "gains.log_inverse", |at, value| value - channel(at).ln())?;
    let hyper = columns_of(params, "h_a.input.weight")?;
    change(params, "h_a.input.weight", |at, value| value / factors[at / hyper])?;
    let deep = (0..).map(|index| format!("deep.{index}"));
    let deep = deep.take_while(|step| params.contains_key(&format!("prior.{step}.input.weight")));
    let steps: Vec<String> = ["first", "second"].map(str::to_owned).into_iter().chain(deep).collect();
    for step in steps {
        let input = format!("prior.{step}.input.weight");
        let inner = columns_of(params, &input)?;
        // The hyper features come first, then the known latents, if any are.
        change(params, &input, |at, value| match (at / inner).checked_sub(latents) {
            Some(latent) => value / factors[latent],
            None => value,
        })?;
        // Means, then logarithms of scales.
        let is_mean = |at: usize| at % (2 * latents) < latents;
        change(params, &format!("prior.{step}.output.weight"), |at, value| {
            if is_mean(at) { value * channel(at) } else { value }
        })?;
        change(params, &format!("prior.{step}.output.bias"), |at, value| {
            if is_mean(at) {
                value * channel(at)
            } else {
                value + channel(at).ln()
            }
        })?;
    }
    Ok(())
}

fn change(params: &mut Params, name: &str, new: impl Fn(usize, f32) -> f32) -> Result<()> {
    let tensor = params.get_mut(name).ok_or_else(|| missing(name))?;
    for (at, value) in tensor.data.iter_mut().enumerate() {
        *value = new(at, *value);
    }
    Ok(())
}

fn columns_of(params: &Params, name: &str) -> Result<usize> {
    let tensor = params.get(name).ok_or_else(|| missing(name))?;
    tensor
        .shape
        .last()
        .copied()
        .filter(|&columns| columns > 0)
        .ok_or_else(|| missing(name))
}

fn missing(name: &str) -> ModelError {
    ModelError::Weights(format!("{name} is missing"))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    fn small() -> WaveletConfig {
        WaveletConfig {
            width: 16,
            latents: 12,
            hyper: 4,
            prior_width: 8,
            encoder_blocks: 1,
            decoder_blocks: 1,
            anchors: 3,
            trellis: true,
            deep_context: true,
            ..WaveletConfig::default()
        }
    }

    #[test]
    fn scaled_latents_decode_to_the_same() {
        let (config, device) = (small(), Device::default());
        device.seed(4);
        let codec = WaveletCodec::new(&config, &device);
        let factors: Vec<f32> = (0..12).map(|i| 0.5 + 0.25 * i as f32).collect();
        let mut params = export_params(&codec);
        scale(&mut params, &factors).unwrap();
        let scaled = import_params(WaveletCodec::new(&config, &device), &params, &device).unwrap();
        let bands = Tensor::<4>::random([1, 8, 8, BANDS], Distribution::Normal(0.0, 0.2), &device);
        let latents = |codec: &WaveletCodec| {
            let (gain, inverse) = codec.gains.at(&[1.0]);
            let y = codec.g_a.forward(bands.clone()) * gain;
            let hyper = host_values(codec.h_a.forward(y.clone()));
            (
                host_values(y.clone()),
                hyper,
                host_values(codec.g_s.forward(y * inverse)),
            )
        };
        let (before, after) = (latents(&codec), latents(&scaled));
        for (at, (before, after)) in before.0.iter().zip(&after.0).enumerate() {
            assert!((before * factors[at % 12] - after).abs() <= 1e-4 * before.abs().max(1.0));
        }
        for (before, after) in [(before.1, after.1), (before.2, after.2)] {
            let apart = before
                .iter()
                .zip(&after)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(apart < 1e-3, "{apart}");
        }
    }

    #[test]
    fn factors_follow_what_errors_count() {
        let config = WaveletConfig {
            distortion: Distortion::Perceptual,
            ..small()
        };
        let device = Device::default();
        device.seed(5);
        let params = export_params(&WaveletCodec::new(&config, &device));
        let crops = CropBatch {
            side: 64,
            data: (0..3 * 64 * 64).map(|i| (i % 97) as f32 / 96.0).collect(),
        };
        let autodiff = device.clone().autodiff();
        let scaled = rescale_latents(&params, &config, &crops, &autodiff).unwrap();
        assert_ne!(scaled["gains.log_gain"].data, params["gains.log_gain"].data);
        let plain = WaveletConfig {
            distortion: Distortion::Mse,
            ..config
        };
        let same = rescale_latents(&params, &plain, &crops, &autodiff).unwrap();
        for (a, b) in same["gains.log_gain"].data.iter().zip(&params["gains.log_gain"].data) {
            assert!((a - b).abs() < 1e-5, "{a}, {b}");
        }
    }
}
