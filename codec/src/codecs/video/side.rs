//! The inputs of the temporal side features in integers: the latents of the last frame moved by the vectors, their
//! sizes, and the motion.

use lmc_kernels::net::Activations;
use rayon::prelude::*;

use super::motion::{Vector, VectorField};
use super::ratios::Ratios;
use super::{MOTION_FEATURES, SIDE_FRACTION_BITS};
use crate::codecs::wavelet::{DECODED_BITS, Gain, LATENT_BLOCK};
use crate::quality::Quality;

/// One.
const ONE: i32 = 1 << SIDE_FRACTION_BITS;
/// Latents of the last frame are cut off at 2^5 quantiser steps, which become one.
const LATENT_BITS: u32 = 5;
/// Quarters of a pixel in a latent position.
const QUARTERS: i32 = 4 * LATENT_BLOCK as i32;
/// Speeds from 2^8 quarters of a pixel on look the same.
const SPEED_BITS: u32 = 8;
/// And so do differences of vectors from 2^6 on.
const SPREAD_BITS: u32 = 6;
/// Anchor positions that count as one.
const APART: i32 = 8;
/// What is known of a frame before its latents are.
#[derive(Debug, Clone, Copy)]
pub(super) struct SideSource<'a> {
    /// Its vectors.
    pub(super) field: &'a VectorField,
    /// Its quality and that of its reference.
    pub(super) qualities: [Quality; 2],
    /// The decoded latents of the last frame; none after a key frame.
    pub(super) latents: Option<&'a [i16]>,
    /// Rows and columns of latents.
    pub(super) size: [usize; 2],
}

/// The side inputs of a frame.
///
/// # Shapes
/// `[height, width, 2 M + 5]`
pub(super) fn side_inputs(source: SideSource<'_>, ratios: &Ratios, [channels, anchors]: [usize; 2]) -> Activations {
    let [height, width] = source.size;
    let mut inputs = Activations::zeros(height, width, 2 * channels + MOTION_FEATURES);
    let [own, reference] = source.qualities;
    // Decoded latents have fractional bits of their own.
    let shift = (SIDE_FRACTION_BITS - LATENT_BITS - DECODED_BITS) as i32;
    let gains = ratios.between(reference, own, shift);
    let shared = shared_features(source.qualities, anchors);
    let rows = inputs.data.par_chunks_mut((width * inputs.channels).max(1));
    rows.enumerate().for_each(|(row, to)| {
        let positions = to.chunks_exact_mut(2 * channels + MOTION_FEATURES);
        for (column, to) in positions.enumerate() {
            let vector = source.field.latent_mean([column, row]);
            let (latents, motion) = to.split_at_mut(2 * channels);
            if let Some(last) = source.latents {
                let from = moved([column, row], vector, source.size) * channels;
                scaled(last.get(from..from + channels).unwrap_or_default(), &gains, latents);
            }
            let speed = i32::from(vector.x).abs() + i32::from(vector.y).abs();
            let spread = source.field.latent_spread([column, row]);
            motion.copy_from_slice(&[
                if source.latents.is_some() { ONE as i16 } else { 0 },
                (speed.min(1 << SPEED_BITS) << (SIDE_FRACTION_BITS - SPEED_BITS)) as i16,
                (spread.min(1 << SPREAD_BITS) << (SIDE_FRACTION_BITS - SPREAD_BITS)) as i16,
                shared[0],
                shared[1],
            ]);
        }
    });
    inputs
}

/// What all positions share: the quality, and by how much that of the reference is higher.
fn shared_features(qualities: [Quality; 2], anchors: usize) -> [i16; 2] {
    let max = i32::from(Quality::MAX);
    let [own, reference] = qualities.map(|quality| i32::from(quality.hundredths()));
    let rounded = |value: i32| (value + max / 2).div_euclid(max);
    let apart = rounded((reference - own) * (anchors as i32 - 1) * (ONE / APART));
    [rounded(own * ONE) as i16, apart.clamp(-ONE, ONE) as i16]
}

/// Latents times gains, then their sizes.
fn scaled(last: &[i16], gains: &[Gain], out: &mut [i16]) {
    let (values, sizes) = out.split_at_mut(gains.len());
    let pairs = values.iter_mut().zip(sizes).zip(last.iter().zip(gains));
    for ((value, size), (last, gain)) in pairs {
        *value = gain.applied(*last, ONE as i16);
        *size = value.abs();
    }
}

/// The position that the latents of one come from: the nearest whole one, and the border where that is outside.
fn moved([column, row]: [usize; 2], vector: Vector, [height, width]: [usize; 2]) -> usize {
    let place = |at: usize, by: i16, side: usize| {
        let by = (i32::from(by) + QUARTERS / 2).div_euclid(QUARTERS);
        (at as i32 + by).clamp(0, side as i32 - 1) as usize
    };
    place(row, vector.y, height) * width + place(column, vector.x, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::wavelet::{GAIN, INVERSE_GAIN};
    use crate::weights::{NamedTensor, Params};

    fn ratios() -> Ratios {
        let tensor = || NamedTensor {
            shape: vec![14, 2],
            data: vec![0.0; 28],
        };
        let params = Params::from([(GAIN.to_owned(), tensor()), (INVERSE_GAIN.to_owned(), tensor())]);
        Ratios::of(&params).unwrap()
    }

    #[test]
    fn latents_move_with_the_vectors() {
        let mut field = VectorField::still(64, 64);
        field.vectors.fill(Vector { x: 70, y: -60 });
        // Whole steps.
        let latents: Vec<i16> = (0..32).map(|at| at << DECODED_BITS).collect();
        let quality = |value: f32| Quality::new(value).unwrap();
        let source = SideSource {
            field: &field,
            qualities: [quality(50.0), quality(50.0 + 200.0 / 13.0)],
            latents: Some(&latents),
            size: [4, 4],
        };
        let inputs = side_inputs(source, &ratios(), [2, 14]);
        // One position to the right and one up, from row 2 and column 1.
        let at = &inputs.data[(2 * 4 + 1) * 9..][..9];
        assert_eq!(
            at,
            [12 * 128, 13 * 128, 12 * 128, 13 * 128, 4096, 130 * 16, 0, 2048, 1024]
        );
        let first = SideSource {
            latents: None,
            ..source
        };
        assert!(
            side_inputs(first, &ratios(), [2, 14]).data[..5]
                .iter()
                .all(|value| *value == 0)
        );
    }

    #[test]
    fn differences_of_vectors_are_seen_beside_them() {
        let mut field = VectorField::still(64, 64);
        for (at, vector) in field.vectors.iter_mut().enumerate() {
            let x = if at % 8 >= 4 { 40 } else { 0 };
            *vector = Vector { x, y: 3 };
        }
        assert_eq!(
            [0, 1, 2, 3].map(|column| field.latent_spread([column, 1])),
            [0, 40, 40, 0]
        );
        assert_eq!(field.latent_mean([3, 0]), Vector { x: 40, y: 3 });
    }
}
