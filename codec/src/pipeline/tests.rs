//! The pipeline with a toy model in place of the neural one, so that every picture has a known
//! result.

use std::sync::Arc;

use lmc_entropy::prior::{LatentPrior, Latents, synthetic};

use super::*;
use crate::codecs::Codecs;
use crate::codecs::image::{EncodeOptions, Scale};
use crate::codecs::wavelet::{Filter, ImageModel, LatentField, Planes, RefineTask, WaveletImageCodec, no_gradients};
use crate::container::{Cause, Damage, DamageReport, PartKind, TilePlaces};
use crate::error::{CodecError, ModelHash, Result};
use crate::media::image::{Color, Depth, Image, Samples};
use crate::tiles::Rect;
use crate::watch::Watch;
use crate::{Limits, Quality};

mod auto;
mod damaged;
mod latents;
mod turned;
mod whole;

/// Means of 8 x 8 pixels, four a position and colour.
const CHANNELS: usize = 12;
/// Latent units from black to white.
const RANGE: f32 = 255.0;

/// Analysis: means of cells of 8 x 8 pixels. Synthesis: bilinear interpolation between the cells,
/// so pixels depend on neighbouring latents as those of a real model do. The prior predicts
/// nothing.
#[derive(Debug)]
struct Toy {
    prior: Arc<LatentPrior>,
    hash: ModelHash,
}

impl Toy {
    fn new() -> Arc<Self> {
        let mut spec = synthetic(5, CHANNELS, 4, 8);
        spec.skip_below = 0;
        let prior = Arc::new(LatentPrior::new(spec).unwrap());
        Arc::new(Self {
            prior,
            hash: ModelHash([3; 16]),
        })
    }
}

impl ImageModel for Toy {
    fn hash(&self) -> ModelHash {
        self.hash
    }

    fn prior(&self) -> &Arc<LatentPrior> {
        &self.prior
    }

    fn worth_of_squared_error(&self, _: Quality) -> Option<f64> {
        Some(1.0)
    }

    fn restoration(&self, _: Quality) -> Option<Filter> {
        None
    }

    fn inverse_gain(&self, _: Quality) -> Vec<f32> {
        vec![1.0; CHANNELS]
    }

    fn windows_at_a_time(&self) -> usize {
        1
    }

    fn analyse(&self, window: &Planes, _: Quality) -> Result<LatentField> {
        assert!(window.height.is_multiple_of(16) && window.width.is_multiple_of(16));
        let (height, width) = (window.height / 16, window.width / 16);
        let mut data = vec![0.0; height * width * CHANNELS];
        for (at, value) in window.data.iter().enumerate() {
            let (color, at) = (at / (window.height * window.width), at % (window.height * window.width));
            let (x, y) = (at % window.width / 8, at / window.width / 8);
            let channel = color * 4 + y % 2 * 2 + x % 2;
            data[(y / 2 * width + x / 2) * CHANNELS + channel] += value * RANGE / 64.0;
        }
        Ok(LatentField {
            height,
            width,
            channels: CHANNELS,
            data,
        })
    }

    fn refine(&self, _: &RefineTask<'_>, _: Quality, _: &mut dyn Watch) -> Result<Vec<Latents>> {
        Err(no_gradients())
    }

    fn quantise(&self, field: &LatentField) -> Result<(Vec<i16>, Vec<i32>)> {
        let positions = field.height.div_ceil(4) * field.width.div_ceil(4);
        let z = (0..positions * 4).map(|at| (at % 7) as i16 - 3).collect();
        Ok((
            z,
            field.data.iter().map(|&value| (value * 256.0).round() as i32).collect(),
        ))
    }

    fn restored(&self, image: &Image, _: &Filter) -> Result<Samples> {
        Ok(image.samples().clone())
    }

    fn synthesise(&self, y_hat: &[i16], height: usize, width: usize, _: Quality, scale: Scale) -> Result<Planes<i32>> {
        assert_eq!(scale, Scale::Full);
        assert_eq!(y_hat.len(), height * width * CHANNELS);
        let (rows, columns) = (height * 16, width * 16);
        let cell = |color: usize, x: usize, y: usize| {
            let channel = color * 4 + y % 2 * 2 + x % 2;
            f32::from(y_hat[(y / 2 * width + x / 2) * CHANNELS + channel]) / 16.0 / RANGE
        };
        let mut data = Vec::with_capacity(3 * rows * columns);
        for color in 0..3 {
            for y in 0..rows {
                let (y0, y1, fy) = between(y, height * 2);
                for x in 0..columns {
                    let (x0, x1, fx) = between(x, width * 2);
                    let row = |y| cell(color, x0, y) * (1.0 - fx) + cell(color, x1, y) * fx;
                    data.push(row(y0) * (1.0 - fy) + row(y1) * fy);
                }
            }
        }
        let pixels = Planes {
            height: rows,
            width: columns,
            data,
        };
        Ok(pixels.in_integers())
    }
}

/// The cells around a pixel and how far it is from the first to the second.
fn between(at: usize, cells: usize) -> (usize, usize, f32) {
    let place = ((at as f32 + 0.5) / 8.0 - 0.5).clamp(0.0, cells as f32 - 1.0);
    let first = place as usize;
    (first, (first + 1).min(cells - 1), place - first as f32)
}

/// A smooth picture, with some alpha and metadata.
fn picture(width: u32, height: u32, color: Color, depth: Depth, alpha: bool) -> Image {
    let wave = |x: u32, y: u32, channel: u32| {
        let (x, y) = (f64::from(x) / 97.0, f64::from(y) / 71.0);
        0.5 + 0.4 * (x + f64::from(channel) * 2.0).sin() * (y + 1.0).cos()
    };
    let mut values = Vec::new();
    let mut opacity = Vec::new();
    for y in 0..height {
        for x in 0..width {
            (0..color.channels() as u32).for_each(|channel| values.push(wave(x, y, channel)));
            opacity.push((wave(y, x, 7) * 1.7 - 0.3).clamp(0.0, 1.0));
        }
    }
    let samples = |values: &[f64]| match depth {
        Depth::Eight => Samples::U8(values.iter().map(|v| (v * 255.0) as u8).collect()),
        Depth::Sixteen => Samples::U16(values.iter().map(|v| (v * 65_535.0) as u16).collect()),
    };
    let alpha = alpha.then(|| samples(&opacity));
    Image::new(width, height, color, samples(&values), alpha)
        .unwrap()
        .with_icc(Some(b"profile".to_vec()))
        .with_exif(Some(b"exif".to_vec()))
}

/// The wavelet codec with a toy model in place of its networks.
fn codecs() -> Codecs {
    with(Toy::new())
}

fn with(model: Arc<Toy>) -> Codecs {
    Codecs::default().with_image(Arc::new(WaveletImageCodec::new(model)))
}

fn encoder(tile_size: u32) -> ImageEncoder {
    ImageEncoder::new(codecs(), EncodeOptions::default().with_tile_size(tile_size))
}

fn decoder(conceal: bool) -> ImageDecoder {
    ImageDecoder::new(codecs(), DecodeOptions::default().with_conceal(conceal))
}

/// The tiles whose symbols are lost, as pixels of the picture that is shown.
fn holes(damage: &DamageReport, places: &TilePlaces) -> Vec<Rect> {
    let runs = damage.runs(PartKind::Symbols);
    runs.flat_map(|(first, count)| first..first + count)
        .map(|tile| places.rect(tile).unwrap())
        .collect()
}

/// The largest difference of samples, in 8-bit steps.
fn distance(a: &Image, b: &Image) -> u8 {
    let (a, b) = (a.samples().to_u8(), b.samples().to_u8());
    assert_eq!(a.len(), b.len());
    a.iter().zip(b.iter()).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}
