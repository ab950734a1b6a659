//! The wavelet packet in integers: bands of pixels, the same on every machine.
//!
//! Lifting works on integers with [`WORK_BITS`] more fractional bits than samples have; what a level scales its bands by
//! is left to the end, where each band gets one factor.
//!
//! # Bounds
//! Samples are of at most 2^11, so values begin below 2^20. The bands of a level are sums of samples whose weights have
//! magnitudes that add up to at most 7.3, so no level has a value above 2^20 * 7.3^3 < 2^29, and no step takes a sum of
//! two neighbours above 2^31.

use rayon::prelude::*;

use super::exact::{lift_row, lifted, update};
use super::layout::{LINE, turned};
use super::{BANDS, BLOCK, LEVELS, regroup};
use crate::isa::Isa;

/// Fractional bits of the bands that [`bands_of_samples`] gives, whose unit is the range of samples.
pub const FORWARD_BITS: u32 = 12;
/// Fractional bits of lifted samples.
const WORK_BITS: u32 = 8;
/// The factors of the lifting steps, with 16 fractional bits.
const STEPS: [i32; 4] = [-103_949, -3_472, 57_862, 29_066];
/// Fractional bits of [`FACTORS`].
const FACTOR_BITS: u32 = 32;
/// What the bands of the unscaled transform are multiplied with, by how many more low-passes than high-passes of both
/// directions they went through, -3 to 3: `2^(32 + 12 - 8) / 4080 * 1.1496044^(2 n)`.
const FACTORS: [i64; 2 * LEVELS + 1] = [
    7_296_744, 9_643_306, 12_744_500, 16_843_009, 22_259_558, 29_418_018, 38_878_569,
];
/// The largest magnitude of a band: 2.
pub const FORWARD_LIMIT: i16 = 8191;

/// Bands with [`FORWARD_BITS`] fractional bits of three planes of samples of -2040 to 2040, cut off at [`FORWARD_LIMIT`].
///
/// # Shapes
/// Three of `[height, width]` to `[height / 8, width / 8, 192]`
///
/// # Panics
/// If a side is not a multiple of 8 or a length is wrong.
pub fn bands_of_samples(planes: [&[i16]; 3], height: usize, width: usize) -> Vec<i16> {
    bands_with(Isa::best(), planes, [height, width])
}

pub(super) fn bands_with(isa: Isa, planes: [&[i16]; 3], [height, width]: [usize; 2]) -> Vec<i16> {
    let samples = planes.iter().map(|plane| plane.len()).sum();
    super::check(samples, height, width);
    let widened = |plane: &&[i16]| plane.iter().map(|value| i32::from(*value) << WORK_BITS).collect();
    let mut planes: Vec<Vec<i32>> = planes.iter().map(widened).collect();
    let (mut rows, mut columns) = (height, width);
    for _ in 0..LEVELS {
        let split: Vec<[Vec<i32>; 4]> = planes
            .into_par_iter()
            .map(|plane| {
                isa.run(
                    #[inline(always)]
                    || split(plane, rows, columns),
                )
            })
            .collect();
        planes = regroup(split);
        (rows, columns) = (rows / 2, columns / 2);
    }
    let mut out = vec![0; height * width / (BLOCK * BLOCK) * BANDS];
    out.par_chunks_mut(LINE * BANDS).enumerate().for_each(|(run, out)| {
        isa.run(
            #[inline(always)]
            || gather(&planes, run * LINE, out),
        );
    });
    out
}

/// A plane to its quarters (vertical, horizontal) low-low, low-high, high-low, high-high. Down the columns, the steps
/// follow each other a row behind.
#[inline(always)]
fn split(mut plane: Vec<i32>, rows: usize, columns: usize) -> [Vec<i32>; 4] {
    let half = columns / 2;
    let mut quarters: [Vec<i32>; 4] = std::array::from_fn(|_| Vec::with_capacity(plane.len() / 4));
    let (mut low, mut high) = (vec![0; half], vec![0; half]);
    for pair in 0..rows / 2 + 3 {
        for (behind, factor) in STEPS.into_iter().enumerate() {
            lift_row(&mut plane, columns, (2 * pair).checked_sub(1 + behind), factor);
        }
        for behind in [5, 4] {
            let Some(row) = (2 * pair).checked_sub(behind).filter(|row| *row < rows) else {
                continue;
            };
            let pixels = plane[row * columns..(row + 1) * columns].as_chunks().0;
            for ((low, high), [first, second]) in low.iter_mut().zip(&mut high).zip(pixels) {
                (*low, *high) = (*first, *second);
            }
            lift(&mut low, &mut high);
            let vertical = row % 2 * 2;
            quarters[vertical].extend_from_slice(&low);
            quarters[vertical + 1].extend_from_slice(&high);
        }
    }
    quarters
}

/// The steps along a row given as its even and odd samples.
#[inline(always)]
fn lift(even: &mut [i32], odd: &mut [i32]) {
    let last = even.len() - 1;
    for [first, second] in STEPS.as_chunks().0 {
        update(&mut odd[..last], even, &even[1..], *first);
        odd[last] = lifted(odd[last], even[last], even[last], *first);
        even[0] = lifted(even[0], odd[0], odd[0], *second);
        update(&mut even[1..], odd, &odd[1..], *second);
    }
}

/// A run of positions of all planes from `first` on, scaled.
#[inline(always)]
fn gather(planes: &[Vec<i32>], first: usize, out: &mut [i16]) {
    let count = out.len() / BANDS;
    for (line, planes) in planes.chunks_exact(LINE).enumerate() {
        let mut square = [[0; LINE]; LINE];
        for (at, (row, plane)) in square.iter_mut().zip(planes).enumerate() {
            let factor = factor(line * LINE + at);
            for (to, from) in row.iter_mut().zip(&plane[first..first + count]) {
                let scaled = (i64::from(*from) * factor + (1 << (FACTOR_BITS - 1))) >> FACTOR_BITS;
                *to = (scaled as i32).clamp(-i32::from(FORWARD_LIMIT), FORWARD_LIMIT.into()) as i16;
            }
        }
        let square = turned(&square);
        for (position, row) in out.chunks_exact_mut(BANDS).zip(&square) {
            position[line * LINE..(line + 1) * LINE].copy_from_slice(row);
        }
    }
}

/// The factor of a band.
fn factor(band: usize) -> i64 {
    let quarters = [band / 48, band / 12 % 4, band / 3 % 4];
    let of = |quarter: usize| quarters.iter().filter(|found| **found == quarter).count();
    FACTORS[LEVELS + of(0) - of(3)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::exact::unscaled;
    use crate::packet::forward;

    /// The range of samples.
    const RANGE: f32 = 4080.0;

    fn samples(count: usize, largest: bool) -> Vec<i16> {
        let mut state = 5u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as i32
        };
        let sample = |value: i32| {
            if largest {
                (value & 1) * 4080 - 2040
            } else {
                value % 4081 - 2040
            }
        };
        (0..count).map(|_| sample(next()) as i16).collect()
    }

    #[test]
    fn factors_are_those_of_their_definition() {
        for band in 0..BANDS {
            let exact = f64::from(1 << (FACTOR_BITS - 8)) * 4096.0 / f64::from(RANGE) / unscaled(band);
            assert!((factor(band) as f64 - exact).abs() < 0.6, "{band}: {exact}");
        }
    }

    #[test]
    fn bands_are_those_of_the_floats_in_all_sizes_and_forms() {
        for (height, width, largest) in [
            (8, 8, false),
            (16, 8, true),
            (8, 40, false),
            (64, 72, false),
            (128, 64, true),
        ] {
            let planes: [Vec<i16>; 3] = std::array::from_fn(|_| samples(height * width, largest));
            let floats: Vec<f32> = planes.concat().iter().map(|value| f32::from(*value) / RANGE).collect();
            let wanted = forward(&floats, height, width);
            let planes = planes.each_ref().map(|plane| &plane[..]);
            let found = bands_of_samples(planes, height, width);
            assert_eq!(found.len(), wanted.len());
            for (value, wanted) in found.iter().zip(&wanted) {
                let wanted = wanted.clamp(-8191.0 / 4096.0, 8191.0 / 4096.0);
                assert!(
                    (f32::from(*value) / 4096.0 - wanted).abs() < 6e-4,
                    "{height}x{width}: {value}, {wanted}"
                );
            }
            for isa in Isa::available() {
                assert_eq!(bands_with(isa, planes, [height, width]), found, "{isa:?}");
            }
        }
    }
}
