//! The inverse of the wavelet packet in integers: the same pixels on every machine.
//!
//! Bands come with [`BAND_BITS`] fractional bits and without the scaling of low and high bands, which whoever makes the
//! bands folds into them ([`unscaled`]): what is left of a level are four lifting steps down the columns and along the
//! rows. Pixels have [`PIXEL_BITS`] fractional bits.
//!
//! # Bounds
//! A level takes values of at most 2^23, larger ones are cut off. Let that be `B`: after the steps of one direction
//! `|even| <= 2.35 B` and `|odd| <= 11.8 B`, after those of both all values are at most `139 B < 2^31`, and no sum of two
//! neighbours that a step takes exceeds `56 B`.

use rayon::prelude::*;

use super::layout::{LINE, turned};
use super::{BANDS, BLOCK, LEVELS, check};
use crate::isa::Isa;

/// Fractional bits of bands.
pub const BAND_BITS: u32 = 13;
/// Fractional bits of pixels, whose range is 1.
pub const PIXEL_BITS: u32 = 16;
/// The factors of the lifting steps in the order of the inverse, with 16 fractional bits.
pub const STEPS: [i32; 4] = [-29_066, -57_862, 3_472, 103_949];
/// What a flat area is multiplied with where 0 to 3 levels are left out, with 16 fractional bits: 1.5132^-levels.
pub const FLAT: [i32; LEVELS + 1] = [65_536, 43_308, 28_620, 18_913];
/// What the transform is centred on.
pub const MIDDLE: i32 = 1 << (PIXEL_BITS - 1);
/// The largest value that a level takes.
pub const MOST: i32 = 1 << 23;

/// What a band of the scaled transform is multiplied with to be one of this transform.
pub fn unscaled(band: usize) -> f64 {
    let scale = f64::from(super::lifting::SCALE).powi(2);
    let factor = |quarter: usize| match quarter {
        0 => scale.recip(),
        3 => scale,
        _ => 1.0,
    };
    factor(band / 48) * factor(band / 12 % 4) * factor(band / 3 % 4)
}

/// The picture of some bands, of values of 0 to 2^16, in full size or for 1, 2 or 3 `levels` less in half, a quarter or an
/// eighth of it.
///
/// # Shapes
/// `[height / 8, width / 8, 192]` to `[3, height >> levels, width >> levels]`
///
/// # Panics
/// If a side is not a multiple of 8, the length is wrong, or there are more than 3 levels.
pub fn picture_of(bands: &[i16], height: usize, width: usize, levels: usize) -> Vec<i32> {
    picture_with(Isa::best(), bands, [height, width], levels)
}

pub(super) fn picture_with(isa: Isa, bands: &[i16], [height, width]: [usize; 2], levels: usize) -> Vec<i32> {
    check(bands.len(), height, width);
    assert!(levels <= LEVELS, "{levels} levels of {LEVELS}");
    let mut planes = planes_of(isa, bands, levels);
    let (mut rows, mut columns) = (height / BLOCK, width / BLOCK);
    for _ in levels..LEVELS {
        let quarter = planes.len() / 4;
        let merged = (0..quarter).into_par_iter().map(|index| {
            let quarters = [0, 1, 2, 3].map(|band| &planes[band * quarter + index][..]);
            isa.run(
                #[inline(always)]
                || merge(quarters, rows, columns),
            )
        });
        planes = merged.collect();
        (rows, columns) = (rows * 2, columns * 2);
    }
    let mut picture = vec![0; (3 * height * width) >> (2 * levels)];
    let area = (picture.len() / 3).max(1);
    picture.par_chunks_mut(area).zip(&planes).for_each(|(out, plane)| {
        isa.run(
            #[inline(always)]
            || finish(plane, FLAT[levels], out),
        );
    });
    picture
}

/// Values centred on [`MIDDLE`] that a flat area was multiplied for.
#[inline(always)]
fn finish(plane: &[i32], flat: i32, out: &mut [i32]) {
    if flat == FLAT[0] {
        out.iter_mut()
            .zip(plane)
            .for_each(|(out, value)| *out = value.wrapping_add(MIDDLE));
    } else {
        out.iter_mut()
            .zip(plane)
            .for_each(|(out, value)| *out = product(*value, flat).wrapping_add(MIDDLE));
    }
}

/// The planes that are needed for a size: those that went through a low-pass in both directions at the finest levels,
/// which are the first of each group of `3 * 4^levels`.
fn planes_of(isa: Isa, bands: &[i16], levels: usize) -> Vec<Vec<i32>> {
    let wanted: Vec<usize> = (0..BANDS).filter(|band| band % (3 << (2 * levels)) < 3).collect();
    let positions = bands.len() / BANDS;
    wanted
        .par_chunks(LINE)
        .flat_map_iter(|wanted| {
            let mut planes = vec![vec![0; positions]; wanted.len()];
            isa.run(
                #[inline(always)]
                || scatter(bands, wanted, &mut planes),
            );
            planes
        })
        .collect()
}

/// Some bands of all positions, each to its plane.
#[inline(always)]
fn scatter(bands: &[i16], wanted: &[usize], planes: &mut [Vec<i32>]) {
    let first = wanted.first().copied().unwrap_or(0);
    let in_a_row = wanted.len() == LINE && wanted.last() == Some(&(first + LINE - 1));
    for (run, positions) in bands.chunks(LINE * BANDS).enumerate() {
        let (start, count) = (run * LINE, positions.len() / BANDS);
        let mut square = [[0i16; LINE]; LINE];
        for (row, position) in square.iter_mut().zip(positions.chunks_exact(BANDS)) {
            if in_a_row {
                row.copy_from_slice(&position[first..first + LINE]);
            } else {
                row.iter_mut()
                    .zip(wanted)
                    .for_each(|(value, band)| *value = position[*band]);
            }
        }
        let square = turned(&square);
        for (plane, row) in planes.iter_mut().zip(&square) {
            let to = &mut plane[start..start + count];
            to.iter_mut()
                .zip(row)
                .for_each(|(to, value)| *to = i32::from(*value) << (PIXEL_BITS - BAND_BITS));
        }
    }
}

/// Quarters (vertical, horizontal) low-low, low-high, high-low, high-high to their plane; `rows` and `columns` are those
/// of the quarters.
#[inline(always)]
fn merge(quarters: [&[i32]; 4], rows: usize, columns: usize) -> Vec<i32> {
    let width = 2 * columns;
    let mut plane = Vec::with_capacity(2 * rows * width);
    let (mut low, mut high) = (vec![0; columns], vec![0; columns]);
    for pair in 0..rows + 2 {
        if pair < rows {
            for [from_low, from_high] in [[quarters[0], quarters[1]], [quarters[2], quarters[3]]] {
                cut(&from_low[pair * columns..(pair + 1) * columns], &mut low);
                cut(&from_high[pair * columns..(pair + 1) * columns], &mut high);
                lift(&mut low, &mut high);
                plane.extend(low.iter().zip(&high).flat_map(|(low, high)| [*low, *high]));
            }
        }
        // The first step waits for the row below, and the others follow a row behind each other.
        for (behind, factor) in STEPS.into_iter().enumerate() {
            lift_row(&mut plane, width, (2 * pair).checked_sub(behind), factor);
        }
    }
    plane
}

#[inline(always)]
fn cut(from: &[i32], to: &mut [i32]) {
    to.iter_mut()
        .zip(from)
        .for_each(|(to, from)| *to = (*from).clamp(-MOST, MOST));
}

/// Changes a row of a plane by those above and below, if there is such a row; at an edge, that on the other side stands
/// for the missing one.
#[inline(always)]
pub(super) fn lift_row(plane: &mut [i32], width: usize, row: Option<usize>, factor: i32) {
    let Some(start) = row.map(|row| row * width).filter(|start| *start < plane.len()) else {
        return;
    };
    let (before, rest) = plane.split_at_mut(start);
    let (row, after) = rest.split_at_mut(width);
    let above = before.len().checked_sub(width).map(|start| &before[start..]);
    let below = after.get(..width);
    if let (Some(above), Some(below)) = (above.or(below), below.or(above)) {
        update(row, above, below, factor);
    }
}

/// The steps along a row given as its even and odd samples.
#[inline(always)]
fn lift(even: &mut [i32], odd: &mut [i32]) {
    let last = even.len() - 1;
    for [first, second] in STEPS.as_chunks().0 {
        even[0] = lifted(even[0], odd[0], odd[0], *first);
        update(&mut even[1..], odd, &odd[1..], *first);
        update(&mut odd[..last], even, &even[1..], *second);
        odd[last] = lifted(odd[last], even[last], even[last], *second);
    }
}

/// Adds the neighbours on both sides, times a factor, to each value.
#[inline(always)]
pub(super) fn update(values: &mut [i32], before: &[i32], after: &[i32], factor: i32) {
    for ((value, a), b) in values.iter_mut().zip(before).zip(after) {
        *value = lifted(*value, *a, *b, factor);
    }
}

#[inline(always)]
pub(super) fn lifted(value: i32, before: i32, after: i32, factor: i32) -> i32 {
    value.wrapping_add(product(before.wrapping_add(after), factor))
}

/// A value times a factor with 16 fractional bits, rounded.
#[inline(always)]
fn product(value: i32, factor: i32) -> i32 {
    ((i64::from(value) * i64::from(factor) + (1 << 15)) >> 16) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{forward, inverse_reduced};

    fn noise(count: usize) -> Vec<f32> {
        let mut state = 11u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    fn rounded(bands: &[f32]) -> Vec<i16> {
        let step = f64::from(1 << BAND_BITS);
        let all = bands.iter().enumerate();
        all.map(|(at, value)| (f64::from(*value) * unscaled(at % BANDS) * step).round() as i16)
            .collect()
    }

    #[test]
    fn pictures_are_those_of_the_floats_in_all_sizes_and_forms() {
        for (height, width) in [(8, 8), (16, 8), (8, 40), (64, 72), (128, 64)] {
            let bands = forward(&noise(3 * height * width), height, width);
            let whole = rounded(&bands);
            for levels in 0..=LEVELS {
                let wanted = inverse_reduced(&bands, height, width, levels);
                let picture = picture_of(&whole, height, width, levels);
                assert_eq!(picture.len(), wanted.len());
                for (value, wanted) in picture.iter().zip(&wanted) {
                    let error = ((*value - MIDDLE) as f32 / 65_536.0 - wanted).abs();
                    assert!(error < 6e-4, "{height}x{width}, {levels} levels: {error}");
                }
                for isa in Isa::available() {
                    assert_eq!(picture_with(isa, &whole, [height, width], levels), picture, "{isa:?}");
                }
            }
        }
    }

    /// Signs that add up, as far as the bound of the proof allows: debug builds would panic, release ones wrap.
    #[test]
    fn the_largest_bands_do_not_wrap() {
        for seed in 0..40u32 {
            let sign = |at: usize| (at as u32).wrapping_mul(seed.wrapping_mul(2_654_435_761) | 1) >> 31;
            let bands: Vec<i16> = (0..24 * 24 * 3)
                .map(|at| if sign(at) == 0 { i16::MAX } else { i16::MIN })
                .collect();
            let floats: Vec<f32> = bands
                .iter()
                .enumerate()
                .map(|(at, value)| f32::from(*value) / (f64::from(1 << BAND_BITS) * unscaled(at % BANDS)) as f32)
                .collect();
            let wanted = inverse_reduced(&floats, 24, 24, 0);
            for (value, wanted) in picture_of(&bands, 24, 24, 0).iter().zip(&wanted) {
                assert!(((*value - MIDDLE) as f32 / 65_536.0 - wanted).abs() < 0.01 + 1e-4 * wanted.abs());
            }
        }
    }
}
