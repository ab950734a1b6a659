//! From planes to values that lie channel-last, and back.

use crate::isa::Isa;
use rayon::prelude::*;

use super::BANDS;

/// Values of a cache line. Squares of this side, of positions and bands, are transposed at a time: each line is touched once.
pub(super) const LINE: usize = 16;

/// Planes of all bands to `[positions, bands]`.
pub(super) fn interleave(planes: &[Vec<f32>], positions: usize) -> Vec<f32> {
    let mut out = vec![0.0; positions * BANDS];
    let isa = Isa::best();
    out.par_chunks_mut(LINE * BANDS).enumerate().for_each(|(run, out)| {
        isa.run(
            #[inline(always)]
            || gather(planes, run * LINE, out),
        );
    });
    out
}

/// A run of positions of all planes from `first` on.
#[inline(always)]
fn gather(planes: &[Vec<f32>], first: usize, out: &mut [f32]) {
    let count = out.len() / BANDS;
    for (line, planes) in planes.chunks_exact(LINE).enumerate() {
        let mut square = [[0.0; LINE]; LINE];
        for (row, plane) in square.iter_mut().zip(planes) {
            let from = &plane[first..first + count];
            match from.as_array() {
                Some(from) => *row = *from,
                None => row[..count].copy_from_slice(from),
            }
        }
        let square = turned(&square);
        for (position, row) in out.chunks_exact_mut(BANDS).zip(&square) {
            position[line * LINE..(line + 1) * LINE].copy_from_slice(row);
        }
    }
}

/// `[positions, bands]` to planes of all bands.
pub(super) fn deinterleave(bands: &[f32], positions: usize) -> Vec<Vec<f32>> {
    let isa = Isa::best();
    (0..BANDS / LINE)
        .into_par_iter()
        .flat_map_iter(|line| {
            let mut planes = vec![vec![0.0; positions]; LINE];
            isa.run(
                #[inline(always)]
                || scatter(bands, line, &mut planes),
            );
            planes
        })
        .collect()
}

/// Some bands of all positions.
#[inline(always)]
fn scatter(bands: &[f32], line: usize, planes: &mut [Vec<f32>]) {
    for (run, positions) in bands.chunks(LINE * BANDS).enumerate() {
        let (first, count) = (run * LINE, positions.len() / BANDS);
        let mut square = [[0.0; LINE]; LINE];
        for (row, position) in square.iter_mut().zip(positions.chunks_exact(BANDS)) {
            row.copy_from_slice(&position[line * LINE..(line + 1) * LINE]);
        }
        let square = turned(&square);
        for (plane, row) in planes.iter_mut().zip(&square) {
            let to = &mut plane[first..first + count];
            match to.as_mut_array() {
                Some(to) => *to = *row,
                None => to.copy_from_slice(&row[..count]),
            }
        }
    }
}

/// Rows as columns.
#[inline(always)]
pub(super) fn turned<T: Copy>(square: &[[T; LINE]; LINE]) -> [[T; LINE]; LINE] {
    std::array::from_fn(|column| std::array::from_fn(|row| square[row][column]))
}
