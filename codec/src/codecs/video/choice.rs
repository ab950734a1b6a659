//! What encoders choose: qualities of frames, cuts, unchanged tiles, and how far they search.

use lmc_entropy::prior::Context;
use lmc_entropy::trellis::Machine;

use super::model::VideoModel;
use super::motion::{Frame, Luma, SAMPLE_UNIT, SearchOptions};
use super::state::{TILE, tiles_of};
use crate::codecs::image::Effort;
use crate::codecs::wavelet::HYPER_BLOCK;
use crate::quality::Quality;

/// By how much key frames are better than the quality that is asked for, in hundredths.
const KEY_OFFSET: i32 = 1300;
/// The same of predicted frames in turn.
const CYCLE: [i32; 4] = [-900, -300, -900, 0];
/// What smaller errors of a tile are worth, over what they are worth in a frame that no other depends on.
const FUTURE: f64 = 0.7;
/// Absolute differences to the prediction, over those of pixels to the mean of their block, from which on a frame is a
/// key frame, in sixteenths.
const CUT: u64 = 14;
/// Side of a block whose mean stands for what a frame is without a prediction.
const BLOCK: usize = 8;

/// What an effort spends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choices {
    pub(super) machine: Machine,
    /// Of key frames.
    pub(super) context: Context,
    range: u16,
    /// What bits of vectors may be worth, over what they are worth by themselves. A frame is coded with each, and that
    /// of the least cost is kept.
    pub(super) prices: &'static [f64],
}

impl Choices {
    pub(super) fn of(effort: Effort) -> Self {
        Self {
            prices: match effort.value() {
                1..=2 => &[1.0],
                3..=6 => &[1.0, 2.5],
                _ => &[1.0, 2.5, 0.5],
            },
            machine: effort.machine(),
            context: effort.context(),
            range: if effort.value() > 2 { 64 } else { 48 },
        }
    }

    /// The quality of a key frame.
    pub(super) fn key_quality(&self, quality: Quality) -> Quality {
        shifted(quality, KEY_OFFSET)
    }

    /// The quality of a predicted frame by the number of those before it.
    pub(super) fn predicted_quality(&self, quality: Quality, index: usize) -> Quality {
        shifted(quality, CYCLE[index % CYCLE.len()])
    }

    /// Settings of the motion search at a trade-off: the bits for each pixel that a mean squared error of 1 is worth.
    /// `price` is what bits of vectors are worth over that.
    pub(super) fn search(&self, worth: f64, price: f64) -> SearchOptions {
        let price = price * 16.0 / worth.max(1e-6).sqrt();
        SearchOptions {
            range: self.range,
            price: price.clamp(1.0, 2000.0) as u32,
        }
    }

    /// Which tiles a frame takes from the prediction as they are; empty if none.
    pub(super) fn unchanged(
        &self,
        frame: &Frame,
        predicted: &Frame,
        model: &VideoModel,
        quality: Quality,
    ) -> Vec<bool> {
        let worth = model.worth(quality);
        let tiles: Vec<bool> = errors_of_tiles(frame, predicted)
            .iter()
            .map(|mse| mse * worth < UNCHANGED_BITS)
            .collect();
        if tiles.contains(&true) { tiles } else { Vec::new() }
    }
}

/// A frame that was coded.
pub(super) struct Coded<'a> {
    pub(super) frame: &'a Frame,
    pub(super) predicted: &'a Frame,
    pub(super) painted: &'a Frame,
    /// Decoded latents, and their rows and columns.
    pub(super) y_hat: &'a [i16],
    pub(super) size: [usize; 2],
    /// Of all latents.
    pub(super) bits: f64,
}

impl Choices {
    /// What a coded frame costs in bits: its own, and what its errors are worth to itself and to frames that follow.
    pub(super) fn cost(&self, frame: &Frame, painted: &Frame, worth: f64, bytes: usize) -> f64 {
        let [rows, columns] = tiles_of(frame);
        let tiles = (rows * columns).max(1) as f64;
        let pixels = (frame.width() * frame.height()) as f64;
        let error: f64 = errors_of_tiles(frame, painted).iter().sum();
        8.0 * bytes as f64 + FUTURE * worth * error / tiles * pixels
    }

    /// Which tiles are better taken from the prediction, with those that are already.
    pub(super) fn not_worth(&self, coded: &Coded<'_>, unchanged: &[bool], worth: f64) -> Vec<bool> {
        let [before, after] = [coded.predicted, coded.painted].map(|other| errors_of_tiles(coded.frame, other));
        let shares = shares_of_tiles(coded);
        let pixels = (TILE * TILE) as f64;
        let tiles = before.iter().zip(&after).zip(&shares).enumerate();
        let tiles = tiles.map(|(at, ((before, after), share))| {
            let gain = FUTURE * worth * (before - after) * pixels;
            unchanged.get(at).copied().unwrap_or(false) || gain < share * coded.bits
        });
        let tiles: Vec<bool> = tiles.collect();
        if tiles.contains(&true) { tiles } else { Vec::new() }
    }
}

/// About which share of the bits of latents each tile takes: by the sizes of its latents.
fn shares_of_tiles(coded: &Coded<'_>) -> Vec<f64> {
    let [rows, columns] = coded.size;
    let [tile_rows, tile_columns] = tiles_of(coded.frame);
    let mut shares = vec![1.0; tile_rows * tile_columns];
    let channels = coded.y_hat.len() / (rows * columns).max(1);
    for (at, latents) in coded.y_hat.chunks_exact(channels.max(1)).enumerate() {
        let sizes = latents.iter().filter(|latent| latent.unsigned_abs() > 8);
        let sizes: u32 = sizes
            .map(|latent| (u32::from(latent.unsigned_abs()) / 8).ilog2() + 3)
            .sum();
        shares[at / columns / HYPER_BLOCK * tile_columns + at % columns / HYPER_BLOCK] += f64::from(sizes);
    }
    let sum: f64 = shares.iter().sum();
    shares.iter().map(|share| share / sum).collect()
}

/// Bits for each pixel: a tile whose error is worth less is taken from the prediction.
const UNCHANGED_BITS: f64 = 0.002;

fn shifted(quality: Quality, hundredths: i32) -> Quality {
    let value = i32::from(quality.hundredths()) + hundredths;
    // The range was clamped.
    Quality::from_hundredths(value.clamp(0, Quality::MAX.into()) as u16).unwrap_or(quality)
}

/// Mean squared errors of tiles, on 0..=255.
fn errors_of_tiles(frame: &Frame, predicted: &Frame) -> Vec<f64> {
    let [rows, columns] = tiles_of(frame);
    let (width, height) = (frame.width(), frame.height());
    let mut errors = vec![0u64; rows * columns];
    for (own, other) in frame.planes().iter().zip(predicted.planes()) {
        let lines = own.data.chunks_exact(width).zip(other.data.chunks_exact(width));
        for (y, (own, other)) in lines.enumerate() {
            for (column, (own, other)) in own.chunks(TILE).zip(other.chunks(TILE)).enumerate() {
                let squares = own.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2));
                errors[y / TILE * columns + column] += squares.sum::<u64>();
            }
        }
    }
    let unit = f64::from(SAMPLE_UNIT).powi(2);
    let errors = errors.iter().enumerate().map(|(at, sum)| {
        let side = |index: usize, length: usize| TILE.min(length - index * TILE);
        let pixels = side(at % columns, width) * side(at / columns, height);
        *sum as f64 / (3 * pixels) as f64 / unit
    });
    errors.collect()
}

/// The sum of absolute differences of two frames.
pub(super) fn apart(a: &Luma, b: &Luma) -> u64 {
    let pairs = a.data.iter().zip(&b.data);
    pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
}

/// Whether a prediction tells so little of a frame that the frame stands better alone. `before` is how far the frame
/// before was from what decoders have of it.
pub(super) fn is_cut(frame: &Luma, predicted: &Luma, before: u64) -> bool {
    let apart = apart(frame, predicted).saturating_sub(2 * before);
    16 * apart > CUT * activity(frame) && apart > 2 * frame.data.len() as u64
}

/// Absolute differences of pixels to the mean of their block.
fn activity(luma: &Luma) -> u64 {
    let (width, height) = (luma.width, luma.height);
    let mut sum = 0;
    for (top, left) in (0..height)
        .step_by(BLOCK)
        .flat_map(|top| (0..width).step_by(BLOCK).map(move |left| (top, left)))
    {
        let end = (left + BLOCK).min(width);
        let rows = top..(top + BLOCK).min(height);
        let count = (rows.len() * (end - left)) as u32;
        let block = rows.flat_map(|y| &luma.data[y * width + left..y * width + end]);
        let total: u32 = block.clone().map(|value| u32::from(*value)).sum();
        let mean = ((total + count / 2) / count) as u8;
        sum += block.map(|value| u64::from(value.abs_diff(mean))).sum::<u64>();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::motion::Plane;
    use super::*;

    #[test]
    fn qualities_stay_in_their_range() {
        let choices = Choices::of(Effort::default());
        for quality in [0, 1, 5000, 10_000] {
            let quality = Quality::from_hundredths(quality).unwrap();
            assert!(choices.key_quality(quality) >= quality);
            for index in 0..8 {
                let found = choices.predicted_quality(quality, index);
                assert!(found <= choices.key_quality(quality));
            }
        }
    }

    #[test]
    fn cuts_are_found_and_motion_is_none() {
        let luma = |seed: u32| Luma {
            width: 64,
            height: 64,
            data: (0..64 * 64u32)
                .map(|at| {
                    (at.wrapping_add(seed * 7919).wrapping_mul(2_654_435_761) ^ at << 9).wrapping_mul(2_246_822_519)
                })
                .map(|noise| (noise >> 24) as u8)
                .collect(),
        };
        assert!(is_cut(&luma(1), &luma(77), 0));
        assert!(!is_cut(&luma(1), &luma(1), 0));
        assert!(!is_cut(&luma(1), &luma(77), apart(&luma(1), &luma(77)) / 2));
        let mut noisy = luma(1);
        noisy
            .data
            .iter_mut()
            .step_by(2)
            .for_each(|value| *value = value.saturating_add(6));
        assert!(!is_cut(&noisy, &luma(1), 0));
    }

    #[test]
    fn errors_are_means_of_their_tile() {
        let plane = |value: i16| Plane::new(70, 10, vec![value; 700]).unwrap();
        let frame = |value| Frame::new([plane(value), plane(value), plane(value)]).unwrap();
        let found = errors_of_tiles(&frame(32), &frame(0));
        assert_eq!(found, [4.0, 4.0]);
    }
}
