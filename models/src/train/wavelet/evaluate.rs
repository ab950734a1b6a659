//! Rate and distortion on held-out pictures.

use burn::tensor::{Device, Tensor, TensorData};
use lmc_entropy::prior::Context;

use crate::train::Score;
use crate::wavelet::packet::{BANDS, BLOCK};
use crate::wavelet::{LatentQuantiser, WaveletCodec, packet};

/// A held-out picture whose sides are multiples of 64.
#[derive(Debug, Clone)]
pub struct HeldOut {
    height: usize,
    width: usize,
    /// Planar RGB, 0..1.
    planes: Vec<f32>,
}

impl HeldOut {
    /// The largest centre part of interleaved RGB whose sides are multiples of 64, at most `side`; `None` if smaller.
    pub fn centre_of(rgb: &[u8], height: usize, width: usize, side: usize) -> Option<Self> {
        let part = |size: usize| size.min(side) / 64 * 64;
        let (rows, columns) = (part(height), part(width));
        if rows == 0 || columns == 0 || rgb.len() != 3 * height * width {
            return None;
        }
        let (top, left) = ((height - rows) / 2, (width - columns) / 2);
        let mut planes = Vec::with_capacity(3 * rows * columns);
        for channel in 0..3 {
            for row in top..top + rows {
                let start = (row * width + left) * 3 + channel;
                planes.extend(
                    rgb[start..]
                        .iter()
                        .step_by(3)
                        .take(columns)
                        .map(|v| f32::from(*v) / 255.0),
                );
            }
        }
        Some(Self {
            height: rows,
            width: columns,
            planes,
        })
    }
}

/// The mean rate and PSNR of `codec` over `pictures` at each gain position. `codec` must not track gradients.
pub(super) fn evaluate(
    codec: &WaveletCodec,
    coding: (&LatentQuantiser, Context),
    pictures: &[HeldOut],
    positions: &[f32],
    device: &Device,
) -> Vec<Vec<Score>> {
    positions
        .iter()
        .map(|&position| {
            let (bits, psnr) = pictures.iter().fold((0.0, 0.0), |(bits, psnr), picture| {
                let (b, p) = measure(codec, coding, picture, position, device);
                (bits + b, psnr + p)
            });
            let count = pictures.len().max(1) as f64;
            vec![
                Score::new("position", position),
                Score::new("bpp_estimated", bits / count),
                Score::new("psnr_db", psnr / count),
            ]
        })
        .collect()
}

fn measure(
    codec: &WaveletCodec,
    (quantiser, context): (&LatentQuantiser, Context),
    picture: &HeldOut,
    position: f32,
    device: &Device,
) -> (f64, f64) {
    let (height, width) = (picture.height, picture.width);
    let bands = packet::bands_of(&picture.planes, height, width);
    let shape = [1, height / BLOCK, width / BLOCK, BANDS];
    let bands = Tensor::from_data(TensorData::new(bands, shape), device);
    let outcome = codec.evaluate(bands, &[position], quantiser, context);
    let bits: f32 = outcome.bits.into_scalar();
    let bands = crate::wavelet::host_values(outcome.bands);
    let error: f64 = packet::inverse(&bands, height, width)
        .iter()
        .zip(&picture.planes)
        .map(|(a, b)| {
            let level = ((a + 0.5) * 255.0).round().clamp(0.0, 255.0);
            f64::from(level - b * 255.0).powi(2)
        })
        .sum();
    let samples = (3 * height * width) as f64;
    let psnr = 10.0 * (255.0f64.powi(2) * samples / error.max(1e-9)).log10();
    (f64::from(bits) / (height * width) as f64, psnr)
}
