//! The inverse wavelet packet as kernels; see [`lmc_kernels::packet::exact`] for what it computes.
//!
//! A unit makes one pair of samples, of nine inputs: it repeats what its neighbours compute on the way, so that all
//! four lifting steps of a direction are one kernel. Beyond an edge a line goes on as its mirror image, which lifting
//! steps keep, so that the steps at edges are no others.

use cubecl::prelude::*;
use lmc_kernels::packet::exact::{BAND_BITS, FLAT, MIDDLE, MOST, PIXEL_BITS, STEPS};
use lmc_kernels::packet::{BANDS, LEVELS};

use super::memory::{Buffer, Gpu};

/// The factors of the lifting steps, with 16 fractional bits.
const FIRST: i32 = STEPS[0];
const SECOND: i32 = STEPS[1];
const THIRD: i32 = STEPS[2];
const FOURTH: i32 = STEPS[3];
/// By how many bits bands are shifted to be pixels.
const BAND_SHIFT: i32 = (PIXEL_BITS - BAND_BITS) as i32;

/// The picture of some bands, of values of 0 to 2^16, for some `levels` less than all.
///
/// # Shapes
/// `[rows, columns, 192]` to `[3, 8 rows >> levels, 8 columns >> levels]`
pub(super) fn picture_of(gpu: &Gpu, bands: &Buffer, [rows, columns]: [usize; 2], levels: usize) -> Buffer {
    let mut planes = spread(gpu, bands, levels);
    let (mut rows, mut columns) = (rows, columns);
    for _ in levels..LEVELS {
        let wide = lift(gpu, &planes, [rows, columns], false);
        columns *= 2;
        planes = lift(gpu, &wide, [rows, columns], true);
        rows *= 2;
    }
    finish(gpu, &planes, FLAT[levels])
}

/// The planes that are needed for a size.
fn spread(gpu: &Gpu, bands: &Buffer, levels: usize) -> Buffer {
    let (positions, group) = (bands.len() / BANDS, 3 << (2 * levels));
    let out = gpu.room(positions * BANDS * 3 / group);
    let (count, cube) = gpu.launch_of(out.len());
    spread_kernel::launch(gpu.client(), count, cube, bands.arg(), out.arg(), positions, group);
    out
}

/// One direction of a level: planes of `rows` x `columns` to half as many of twice the size.
fn lift(gpu: &Gpu, planes: &Buffer, [rows, columns]: [usize; 2], vertical: bool) -> Buffer {
    let out = gpu.room(planes.len());
    let (count, cube) = gpu.launch_of(planes.len() / 2);
    lift_kernel::launch(
        gpu.client(),
        count,
        cube,
        planes.arg(),
        out.arg(),
        rows,
        columns,
        vertical,
    );
    out
}

fn finish(gpu: &Gpu, planes: &Buffer, flat: i32) -> Buffer {
    let out = gpu.room(planes.len());
    let (count, cube) = gpu.launch_of(planes.len());
    finish_kernel::launch(gpu.client(), count, cube, planes.arg(), out.arg(), flat);
    out
}

/// A value times a factor with 16 fractional bits, rounded, without 64-bit integers: the whole part of the factor and
/// its fraction, the high half of the value and its low one.
#[cube]
fn product(value: i32, #[comptime] factor: i32) -> i32 {
    let whole = comptime!(factor >> 16);
    let fraction = comptime!(factor & 0xffff);
    let low = u32::cast_from(value & 0xffff) * comptime!(fraction as u32);
    value * whole + (value >> 16) * fraction + i32::cast_from((low + 32_768) >> 16)
}

#[cube]
fn lifted(value: i32, before: i32, after: i32, #[comptime] factor: i32) -> i32 {
    value + product(before + after, factor)
}

#[cube(launch)]
fn spread_kernel(bands: &[i32], out: &mut [i32], positions: usize, group: usize) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let (plane, position) = (ABSOLUTE_POS / positions, ABSOLUTE_POS % positions);
    let band = plane / 3 * group + plane % 3;
    out[ABSOLUTE_POS] = bands[position * BANDS + band] << BAND_SHIFT;
}

/// An even or odd sample of a line of pairs, `pair` from -2 to `pairs` + 1.
#[cube]
fn sample(
    planes: &[i32],
    line: usize,
    stride: usize,
    pair: i32,
    pairs: i32,
    #[comptime] odd: i32,
    #[comptime] vertical: bool,
) -> i32 {
    let period: i32 = 4 * pairs - 2;
    let place = (2 * pair + odd + 2 * period) % period;
    let place = min(place, period - place) / 2;
    let value = planes[line + place as usize * stride];
    if comptime!(vertical) {
        value
    } else {
        clamp(value, -MOST, MOST)
    }
}

/// Along rows, a plane of low-passes and one of high-passes lie two or four groups of planes apart; along columns, one.
#[cube(launch)]
fn lift_kernel(planes: &[i32], out: &mut [i32], rows: usize, columns: usize, #[comptime] vertical: bool) {
    if 2 * ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let area = rows * columns;
    let count = planes.len() / area;
    let (plane, place) = (ABSOLUTE_POS / area, ABSOLUTE_POS % area);
    let (row, column) = (place / columns, place % columns);
    let (even_base, odd_base, stride, pair, pairs) = if comptime!(vertical) {
        let even = plane * area + column;
        (even, even + count / 2 * area, columns, row as i32, rows as i32)
    } else {
        let quarter = count / 4;
        let even = (plane / quarter * 2 * quarter + plane % quarter) * area + row * columns;
        (even, even + quarter * area, 1usize, column as i32, columns as i32)
    };
    let mut odd = Array::<i32>::new(5usize);
    let mut even = Array::<i32>::new(4usize);
    #[unroll]
    for at in 0..5usize {
        odd[at] = sample(planes, odd_base, stride, pair + at as i32 - 2, pairs, 1, vertical);
    }
    #[unroll]
    for at in 0..4usize {
        let value = sample(planes, even_base, stride, pair + at as i32 - 1, pairs, 0, vertical);
        even[at] = lifted(value, odd[at], odd[at + 1], FIRST);
    }
    // From here on `odd` has those of three pairs, from one before on, and `even` those of two.
    #[unroll]
    for at in 0..3usize {
        odd[at] = lifted(odd[at + 1], even[at], even[at + 1], SECOND);
    }
    #[unroll]
    for at in 0..2usize {
        even[at] = lifted(even[at + 1], odd[at], odd[at + 1], THIRD);
    }
    let last = lifted(odd[1], even[0], even[1], FOURTH);
    if comptime!(vertical) {
        let top = plane * 2 * area + 2 * row * columns + column;
        out[top] = even[0];
        out[top + columns] = last;
    } else {
        let left = 2 * (plane * area + row * columns + column);
        out[left] = even[0];
        out[left + 1] = last;
    }
}

#[cube(launch)]
fn finish_kernel(planes: &[i32], out: &mut [i32], #[comptime] flat: i32) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    out[ABSOLUTE_POS] = product(planes[ABSOLUTE_POS], flat) + MIDDLE;
}
