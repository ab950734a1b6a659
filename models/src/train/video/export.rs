//! From the average of a run to one weights file: integer prior, side features, counted tables.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use lmc_codec::codecs::video::SIDE_FRACTION_BITS;
use lmc_codec::codecs::wavelet::{PredictedCrop, hyper_integers, latent_integers};
use lmc_datasets::ClipSample;
use lmc_entropy::prior::Latents;
use lmc_kernels::net::Activations;
use lmc_kernels::packet::FORWARD_LIMIT;

use super::VideoTrainConfig;
use super::chain::{Chain, Ground};
use super::data::VideoData;
use super::loss::draw_positions;
use crate::Result;
use crate::export::{ObservedFrame, Ranges, export_video};
use crate::train::{Exported, Watch};
use crate::video::{Coding, FrameInput, VideoCodec};
use crate::wavelet::{LatentQuantiser, Params, Phase, host_values, import_params};
use crate::zoo::Manifest;

/// Clips that ranges and tables are taken from.
const CLIPS_COUNTED: usize = 240;
/// Frames that the steps of the integer synthesis are taken from.
const FRAMES_CONVERTED: usize = 128;

pub(super) fn export(
    (config, quantiser): (&VideoTrainConfig, &LatentQuantiser),
    manifest: Manifest<()>,
    average: &Params,
    folder: &Path,
    device: &Device,
    watch: &mut dyn Watch,
) -> Result<Exported> {
    let codec = import_params(VideoCodec::new(&config.model, device), average, device)?;
    let coding = Coding {
        quantiser,
        phase: Phase::Evaluate,
    };
    let steps = CLIPS_COUNTED.div_ceil(config.training.batch);
    let (mut ranges, mut frames, mut crops) = (Ranges::default(), Vec::new(), Vec::new());
    for (step, batch) in VideoData::packed(config, folder)?.take(steps).enumerate() {
        let (seen, shown) = observe(config, (&codec, coding), (&batch?, step as u64), &mut ranges, device)?;
        frames.extend(seen);
        crops.extend(shown);
        crops.truncate(FRAMES_CONVERTED);
        watch.part("observing clips", step + 1, steps);
    }
    let manifest = manifest.with_config(config.model.clone());
    let (bytes, report) = export_video(&manifest, average, &ranges, (frames, crops), device)?;
    Ok(Exported {
        bytes,
        summary: format!("{:.4} bits per symbol", report.counted_bits),
    })
}

/// What the prior sees and codes of the frames of clips, and the frames beside their predictions.
pub(super) fn observe(
    config: &VideoTrainConfig,
    (codec, coding): (&VideoCodec, Coding<'_>),
    (samples, step): (&[ClipSample], u64),
    ranges: &mut Ranges,
    device: &Device,
) -> Result<(Vec<ObservedFrame>, Vec<PredictedCrop>)> {
    let ground = Ground {
        side: config.crop,
        last_anchor: config.last_anchor(),
        device,
        through_loop: false,
    };
    let mut chain = Chain::new(codec, coding, samples, ground)?;
    let (mut frames, mut crops) = (Vec::new(), Vec::new());
    for positions in draw_positions(config, step, samples) {
        let coded = chain.next(&positions)?;
        crops.extend(crops_of(coded.bands.clone(), coded.predicted.clone()));
        let input = FrameInput {
            bands: coded.bands,
            predicted: coded.predicted,
            side: coded.side,
            positions: &positions,
        };
        let outcome = codec.pass_observed(&input, coding, &mut |name, map| ranges.see(name, map));
        let (y, z) = (each(outcome.y), each(outcome.z));
        let sides = each(input.predicted).into_iter().zip(each(input.side));
        for (((bands, inputs), y), z) in sides.zip(y).zip(z) {
            frames.push(ObservedFrame {
                latents: Latents {
                    height: y.height,
                    width: y.width,
                    z: hyper_integers(&z.data),
                    y: latent_integers(&y.data),
                },
                bands: integers(bands, FORWARD_LIMIT),
                inputs: integers(inputs, i16::MAX),
            });
        }
    }
    Ok((frames, crops))
}

fn crops_of(bands: Tensor<4>, predicted: Tensor<4>) -> impl Iterator<Item = PredictedCrop> {
    let pairs = each(bands).into_iter().zip(each(predicted));
    pairs.map(|(bands, predicted)| PredictedCrop {
        size: [bands.height, bands.width],
        bands: bands.data,
        predicted: predicted.data,
    })
}

/// One picture of a batch.
struct Map {
    height: usize,
    width: usize,
    channels: usize,
    data: Vec<f32>,
}

fn each(tensor: Tensor<4>) -> Vec<Map> {
    let [_, height, width, channels] = tensor.dims();
    let values = host_values(tensor);
    let pictures = values.chunks_exact(height * width * channels);
    let map = |data: &[f32]| Map {
        height,
        width,
        channels,
        data: data.to_vec(),
    };
    pictures.map(map).collect()
}

fn integers(map: Map, limit: i16) -> Activations {
    let scale = (1u32 << SIDE_FRACTION_BITS) as f32;
    let limit = f32::from(limit);
    let integer = |value: &f32| (value * scale).round().clamp(-limit, limit) as i16;
    Activations {
        height: map.height,
        width: map.width,
        channels: map.channels,
        data: map.data.iter().map(integer).collect(),
    }
}
