//! Rate and distortion on held-out clips.

use burn::tensor::{Device, Tensor};
use lmc_datasets::{ClipSample, PackedClips};

use super::VideoTrainConfig;
use super::chain::{Chain, Ground};
use super::data::{HELD_OUT_QUALITIES, refused};
use crate::Result;
use crate::train::Score;
use crate::video::{Coding, VideoCodec};
use crate::wavelet::per_picture;

/// Frames of a clip are this much coarser than its reference, in anchor positions.
const OFFSET: f32 = -0.5;

/// Sums over frames of a kind.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    bpp: f64,
    psnr: f64,
    prediction: f64,
    frames: usize,
}

/// A row for each quality of the references: bits for each pixel and PSNR of real clips and of photographs in motion,
/// and the PSNR of their predictions. `codec` must not track gradients.
pub(super) fn evaluate(
    config: &VideoTrainConfig,
    (codec, coding): (&VideoCodec, Coding<'_>),
    clips: &PackedClips,
    device: &Device,
) -> Result<Vec<Vec<Score>>> {
    let mut sums = [[Sum::default(); 2]; HELD_OUT_QUALITIES.len()];
    for index in 0..clips.len() {
        let clip = clips.clip(index).map_err(refused)?;
        let kind = usize::from(clip.is_staged);
        let sample = ClipSample { clip, place: [0, 0] };
        measure(
            config,
            (codec, coding),
            sample,
            &mut sums[index % HELD_OUT_QUALITIES.len()][kind],
            device,
        )?;
    }
    let last = config.last_anchor();
    let rows = sums.iter().zip(HELD_OUT_QUALITIES);
    let row = |(sums, quality): (&[Sum; 2], f32)| {
        let mean = |kind: usize, of: fn(&Sum) -> f64| of(&sums[kind]) / sums[kind].frames.max(1) as f64;
        vec![
            Score::new("position", quality / 100.0 * last + OFFSET),
            Score::new("video_bpp", mean(0, |sum| sum.bpp)),
            Score::new("video_psnr_db", mean(0, |sum| sum.psnr)),
            Score::new("video_prediction_db", mean(0, |sum| sum.prediction)),
            Score::new("staged_bpp", mean(1, |sum| sum.bpp)),
            Score::new("staged_psnr_db", mean(1, |sum| sum.psnr)),
            Score::new("staged_prediction_db", mean(1, |sum| sum.prediction)),
        ]
    };
    Ok(rows.map(row).collect())
}

fn measure(
    config: &VideoTrainConfig,
    (codec, coding): (&VideoCodec, Coding<'_>),
    sample: ClipSample,
    sum: &mut Sum,
    device: &Device,
) -> Result<()> {
    let ground = Ground {
        side: sample.clip.side,
        last_anchor: config.last_anchor(),
        device,
        through_loop: false,
    };
    let last = config.last_anchor();
    let position = (f32::from(sample.clip.quality) / 10_000.0 * last + OFFSET).clamp(0.0, last);
    let pixels = (sample.clip.side * sample.clip.side) as f64;
    let frames = sample.clip.fields.len();
    let samples = [sample];
    let mut chain = Chain::new(codec, coding, &samples, ground)?;
    for _ in 0..frames {
        let coded = chain.next(&[position])?;
        let bits: f32 = coded.outcome.bits.into_scalar();
        let psnr = |bands: Tensor<4>| {
            let error: f32 = per_picture((bands - coded.bands.clone()).powi_scalar(2)).into_scalar();
            -10.0 * (f64::from(error) / (3.0 * pixels)).max(1e-12).log10()
        };
        sum.bpp += f64::from(bits) / pixels;
        sum.psnr += psnr(coded.outcome.bands);
        sum.prediction += psnr(coded.predicted);
        sum.frames += 1;
    }
    Ok(())
}
