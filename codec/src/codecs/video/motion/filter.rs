//! Interpolation at quarters of a sample.

use lmc_kernels::isa::Isa;

use super::plane::{Plane, SAMPLE_MAX};

/// Taps of a filter.
pub const TAP_COUNT: usize = 8;
/// What the taps of a phase add up to.
pub const TAP_UNIT: i16 = 128;
/// Quarters of a sample.
pub const PHASES: usize = 4;

/// The filters of the four phases; tap 3 is at the sample itself. A sinc under the window `cos(pi d / 8.8)`, rounded
/// to sums of 128.
pub const TAPS: [[i16; TAP_COUNT]; PHASES] = [
    [0, 0, 0, 128, 0, 0, 0, 0],
    [-4, 9, -21, 116, 37, -13, 6, -2],
    [-4, 10, -24, 82, 82, -24, 10, -4],
    [-2, 6, -13, 37, 116, -21, 9, -4],
];

/// Taps before the sample.
pub(super) const BEFORE: i32 = 3;
/// Side of a tile.
pub(super) const TILE: usize = 8;
/// Side of the samples that a tile is interpolated from.
const SUPPORT: usize = TILE + TAP_COUNT - 1;
/// Rows of support are this long, which is a whole register.
const ROW: usize = 16;
/// After the rows two bits more than a sample has are kept.
const ROW_SHIFT: u32 = 5;
/// What is left of both units: 128 * 128 / 2^5.
const COLUMN_SHIFT: u32 = 9;

/// Samples of a tile, row-major.
pub(super) type Tile = [i16; TILE * TILE];

/// The tile whose first sample is at `(x, y)`, in quarters, which may lie anywhere.
#[inline(always)]
pub(super) fn tile(plane: &Plane, x: i32, y: i32) -> Tile {
    let (phase_x, phase_y) = ((x & 3) as usize, (y & 3) as usize);
    let support = support(plane, (x >> 2) - BEFORE, (y >> 2) - BEFORE);
    let rows = rows(&support, phase_x);
    columns(&rows, phase_y)
}

/// The samples around a tile from `(left, top)` on.
#[inline(always)]
fn support(plane: &Plane, left: i32, top: i32) -> [[i16; ROW]; SUPPORT] {
    let inside = left >= 0 && top >= 0 && left as usize + ROW <= plane.width && top as usize + SUPPORT <= plane.height;
    let mut support = [[0; ROW]; SUPPORT];
    for (row, y) in support.iter_mut().zip(top..) {
        if inside {
            let start = y as usize * plane.width + left as usize;
            row.copy_from_slice(&plane.data[start..start + ROW]);
        } else {
            row.iter_mut()
                .zip(left..)
                .for_each(|(sample, x)| *sample = plane.nearest(x, y));
        }
    }
    support
}

/// Filters rows. The sums are below 2^20, and fit 16 bits after the shift.
#[inline(always)]
fn rows(support: &[[i16; ROW]; SUPPORT], phase: usize) -> [[i16; TILE]; SUPPORT] {
    let mut rows = [[0; TILE]; SUPPORT];
    if phase == 0 {
        for (row, support) in rows.iter_mut().zip(support) {
            for (to, from) in row.iter_mut().zip(&support[BEFORE as usize..]) {
                *to = from << 2;
            }
        }
        return rows;
    }
    for (row, support) in rows.iter_mut().zip(support) {
        let mut sums = [1i32 << (ROW_SHIFT - 1); TILE];
        for (k, tap) in TAPS[phase].iter().enumerate() {
            for (sum, from) in sums.iter_mut().zip(&support[k..k + TILE]) {
                *sum += i32::from(*from) * i32::from(*tap);
            }
        }
        row.iter_mut()
            .zip(sums)
            .for_each(|(to, sum)| *to = (sum >> ROW_SHIFT) as i16);
    }
    rows
}

#[inline(always)]
fn columns(rows: &[[i16; TILE]; SUPPORT], phase: usize) -> Tile {
    let mut tile = [0; TILE * TILE];
    for (y, out) in tile.chunks_exact_mut(TILE).enumerate() {
        let mut sums = [1i32 << (COLUMN_SHIFT - 1); TILE];
        if phase == 0 {
            for (sum, from) in sums.iter_mut().zip(&rows[y + BEFORE as usize]) {
                *sum += i32::from(*from) * i32::from(TAP_UNIT);
            }
        } else {
            for (row, tap) in rows[y..].iter().zip(&TAPS[phase]) {
                for (sum, from) in sums.iter_mut().zip(row) {
                    *sum += i32::from(*from) * i32::from(*tap);
                }
            }
        }
        for (to, sum) in out.iter_mut().zip(sums) {
            *to = (sum >> COLUMN_SHIFT).clamp(0, i32::from(SAMPLE_MAX)) as i16;
        }
    }
    tile
}

/// All samples of a plane of bytes, shifted by a phase, for searches. `pad` samples are added on each side.
pub(super) fn shifted_bytes(padded: &[u8], width: usize, [phase_x, phase_y]: [usize; 2]) -> Vec<u8> {
    Isa::best().run(
        #[inline(always)]
        || {
            let wide: Vec<i16> = padded.iter().map(|&value| i16::from(value)).collect();
            let rows = along(&wide, 1, TAPS[phase_x]);
            let both = along(&rows, width, TAPS[phase_y]);
            both.iter().map(|&value| value as u8).collect()
        },
    )
}

/// Filters along a stride; what the taps reach beyond the ends is left as it is.
#[inline(always)]
fn along(samples: &[i16], stride: usize, taps: [i16; TAP_COUNT]) -> Vec<i16> {
    let mut out = samples.to_vec();
    let before = BEFORE as usize * stride;
    let Some(count) = samples.len().checked_sub((TAP_COUNT - 1) * stride) else {
        return out;
    };
    if taps[BEFORE as usize] == TAP_UNIT {
        return out;
    }
    let parts: [&[i16]; TAP_COUNT] = std::array::from_fn(|k| &samples[k * stride..k * stride + count]);
    for (at, to) in out[before..before + count].iter_mut().enumerate() {
        let mut sum = 64i32;
        for (part, tap) in parts.iter().zip(taps) {
            sum += i32::from(part[at]) * i32::from(tap);
        }
        *to = (sum >> 7).clamp(0, 255) as i16;
    }
    out
}
