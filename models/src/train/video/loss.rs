//! What a batch of clips costs: rate and distortion of its frames in a row.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use lmc_datasets::ClipSample;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::VideoTrainConfig;
use super::chain::{Chain, Coded, Ground};
use super::through::into_reference;
use crate::train::{Loss, Score};
use crate::video::{Coding, VideoCodec};
use crate::wavelet::per_picture;
use crate::{ModelError, Result};

/// Anchor positions for each frame of each clip: near those of its reference, along the cycle.
pub(super) fn draw_positions(config: &VideoTrainConfig, step: u64, samples: &[ClipSample]) -> Vec<Vec<f32>> {
    let mut random = SmallRng::seed_from_u64(config.training.seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let last = config.last_anchor();
    let starts: Vec<(f32, usize)> = samples
        .iter()
        .map(|sample| {
            let reference = f32::from(sample.clip.quality) / 10_000.0 * last;
            let offset = random.random_range(config.offset[0]..=config.offset[1]);
            (reference + offset, random.random_range(0..config.cycle.len()))
        })
        .collect();
    let at = |frame: usize, (position, phase): &(f32, usize)| {
        let offset = config.cycle[(phase + frame) % config.cycle.len()];
        (position + offset).clamp(0.0, last)
    };
    (0..config.frames)
        .map(|frame| starts.iter().map(|start| at(frame, start)).collect())
        .collect()
}

/// The loss of clips.
pub(super) fn loss(
    config: &VideoTrainConfig,
    (codec, coding): (&VideoCodec, Coding<'_>),
    samples: &[ClipSample],
    step: u64,
    device: &Device,
) -> Result<Loss> {
    let through_loop = config.through_loop && device.is_autodiff();
    let ground = Ground {
        side: config.crop,
        last_anchor: config.last_anchor(),
        device,
        through_loop,
    };
    let mut chain = Chain::new(codec, coding, samples, ground)?;
    let positions = draw_positions(config, step, samples);
    let frames = positions.iter().enumerate().map(|(index, positions)| {
        // A graph is gone through once, and parameters in common would join those of all frames to one.
        let own = (through_loop && index > 0).then(|| codec.clone().fork(device));
        let coded = chain.next_by(own.as_ref().unwrap_or(codec), positions)?;
        Ok(cost(config, (own, coded), positions, device))
    });
    let frames = frames.collect::<Result<Vec<_>>>()?;
    let share = 1.0 / frames.len().max(1) as f32;
    let mean = |of: &dyn Fn(&Cost) -> Tensor<1>| {
        let values = frames.iter().map(|frame| -> f32 { of(frame).detach().into_scalar() });
        values.sum::<f32>() * share
    };
    let db = |mse: f32| -10.0 * mse.max(1e-12).log10();
    let value = mean(&|frame| frame.total.clone());
    let scores = vec![
        Score::new("bpp", mean(&|frame| frame.bpp.clone())),
        Score::new("psnr_db", db(mean(&|frame| frame.error.clone()))),
        Score::new("prediction_db", db(mean(&|frame| frame.unpredicted.clone()))),
    ];
    let (total, earlier) = match through_loop {
        true => backwards(frames, samples, config.crop, device),
        false => (sum(frames.into_iter().map(|frame| frame.total)), Vec::new()),
    };
    let total = total.ok_or_else(|| ModelError::Parameter("a clip has no frames".into()))?;
    Ok(Loss {
        total: total * f64::from(share),
        earlier,
        value,
        scores,
    })
}

fn sum(parts: impl Iterator<Item = Tensor<1>>) -> Option<Tensor<1>> {
    parts.reduce(|sum, part| sum + part)
}

/// What a frame costs; means of the batch.
struct Cost {
    /// The loss.
    total: Tensor<1>,
    /// Bits for each pixel.
    bpp: Tensor<1>,
    /// Mean squared error.
    error: Tensor<1>,
    /// That of the prediction.
    unpredicted: Tensor<1>,
    /// The decoded bands, and those of the prediction.
    bands: Tensor<4>,
    predicted: Tensor<4>,
    /// The codec whose parameters have the gradients, where it is a copy.
    codec: Option<VideoCodec>,
}

fn cost(
    config: &VideoTrainConfig,
    (codec, coded): (Option<VideoCodec>, Coded),
    positions: &[f32],
    device: &Device,
) -> Cost {
    let Coded {
        bands,
        predicted,
        outcome,
        ..
    } = coded;
    let pixels = (config.crop * config.crop) as f64;
    let mse = |of: Tensor<4>| per_picture((of - bands.clone()).powi_scalar(2)) / (3.0 * pixels);
    let error = mse(outcome.bands.clone());
    let bpp = outcome.bits / pixels;
    let [distortion_weight, rate_weight] = weights(config, positions, device);
    let total = error.clone() * distortion_weight + bpp.clone() * rate_weight;
    Cost {
        total: total.mean(),
        bpp: bpp.mean(),
        error: error.mean(),
        unpredicted: mse(predicted.clone().detach()).mean(),
        bands: outcome.bands,
        predicted,
        codec,
    }
}

/// The loss of the first frame, with what the others want of it, and the gradients of these: each frame is gone
/// through on its own, the last one first, and hands what its prediction wants to the frame before.
fn backwards(
    mut frames: Vec<Cost>,
    samples: &[ClipSample],
    side: usize,
    device: &Device,
) -> (Option<Tensor<1>>, Vec<GradientsParams>) {
    let share = 1.0 / frames.len().max(1) as f64;
    let mut earlier = Vec::new();
    let mut wanted: Option<Tensor<4>> = None;
    while let Some(frame) = frames.pop() {
        // The loss is divided by the number of frames at the end, gradients that come through predictions are already.
        let total = match wanted.take() {
            Some(wanted) => frame.total + (frame.bands * wanted).sum() / share,
            None => frame.total,
        };
        let Some(codec) = frame.codec else {
            return (Some(total), earlier);
        };
        let gradients = (total * share).backward();
        let into = frame.predicted.grad(&gradients);
        wanted = into.map(|into| into_reference(into, (samples, frames.len()), side, device));
        earlier.push(GradientsParams::from_grads(gradients, &codec));
    }
    (None, earlier)
}

/// What distortion and rate of each frame count.
fn weights(config: &VideoTrainConfig, positions: &[f32], device: &Device) -> [Tensor<1>; 2] {
    let image = &config.model.image;
    let column = |of: &dyn Fn(f64) -> f64| {
        let values: Vec<f32> = positions
            .iter()
            .map(|p| of(image.lambda(f64::from(*p))) as f32)
            .collect();
        Tensor::<1>::from_data(TensorData::new(values, [positions.len()]), device)
    };
    // Each rate counts about the same: the sum of rate and distortion grows about as the root of lambda.
    let weight = |lambda: f64| (image.lambda_min / lambda).sqrt();
    [
        column(&|lambda| lambda * weight(lambda) * 65_025.0),
        column(&|lambda| weight(lambda)),
    ]
}
