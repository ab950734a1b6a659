//! The form for 64-bit ARM with NEON, which all of its machines have.

use std::arch::aarch64::*;

use super::{PANEL, PanelRow, Sink};

/// Positions that share the loads of weights.
const POSITIONS: usize = 4;
/// Outputs of a strip: with four positions, sixteen of 32 registers hold sums.
const STRIP: usize = 16;
/// Outputs whose weights are loaded at a time.
const LANES: usize = 8;

#[target_feature(enable = "neon")]
pub(super) fn neon<S: Sink>(rows: &[PanelRow], start: &[i32; PANEL], x: &[i16], sink: &mut S) {
    let inputs = 2 * rows.len().max(1);
    let mut tiles = x.chunks_exact(inputs * POSITIONS);
    let mut position = 0;
    for x in &mut tiles {
        tile::<POSITIONS, S>(rows, start, x, position, sink);
        position += POSITIONS;
    }
    for x in tiles.remainder().chunks_exact(inputs) {
        tile::<1, S>(rows, start, x, position, sink);
        position += 1;
    }
}

/// The sums of `N` positions.
#[inline]
#[target_feature(enable = "neon")]
fn tile<const N: usize, S: Sink>(rows: &[PanelRow], start: &[i32; PANEL], x: &[i16], position: usize, sink: &mut S) {
    let pairs = rows.len();
    let x = x.as_chunks::<2>().0;
    let mut inputs = [x; N];
    for (p, input) in inputs.iter_mut().enumerate() {
        *input = &x[p * pairs..(p + 1) * pairs];
    }
    let mut words = [[0; PANEL]; N];
    for first in (0..PANEL).step_by(STRIP) {
        strip(rows, start, inputs, first, &mut words);
    }
    for (p, words) in words.iter().enumerate() {
        sink.take(position + p, words);
    }
}

/// The sums of the outputs from `first` on.
#[inline]
#[target_feature(enable = "neon")]
fn strip<const N: usize>(
    rows: &[PanelRow],
    start: &[i32; PANEL],
    x: [&[[i16; 2]]; N],
    first: usize,
    words: &mut [[i32; PANEL]; N],
) {
    let part = first..first + STRIP;
    let mut begin = [vdupq_n_s32(0); STRIP / 4];
    for (sum, words) in begin.iter_mut().zip(start[part.clone()].as_chunks().0) {
        *sum = load(words);
    }
    let mut sums = [begin; N];
    for (index, row) in rows.iter().enumerate() {
        for (lanes, words) in row[part.clone()].as_chunks().0.iter().enumerate() {
            let weights = weights(words);
            for p in 0..N {
                let [x0, x1] = x[p][index];
                let [low, high] = [2 * lanes, 2 * lanes + 1];
                for (weights, x) in [(weights.0, x0), (weights.1, x1)] {
                    sums[p][low] = vmlal_n_s16(sums[p][low], vget_low_s16(weights), x);
                    sums[p][high] = vmlal_high_n_s16(sums[p][high], weights, x);
                }
            }
        }
    }
    for (words, sums) in words.iter_mut().zip(&sums) {
        for (words, sum) in words[part.clone()].as_chunks_mut().0.iter_mut().zip(sums) {
            store(words, *sum);
        }
    }
}

/// The weights of the first input and those of the second, for eight outputs.
#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn weights(words: &[i32; LANES]) -> int16x8x2_t {
    // SAFETY: the array has the 32 bytes that are read, and the load needs no alignment beyond that of its elements.
    unsafe { vld2q_s16(words.as_ptr().cast()) }
}

/// Four words.
#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn load(words: &[i32; 4]) -> int32x4_t {
    // SAFETY: the array has the 16 bytes that are read.
    unsafe { vld1q_s32(words.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn store(words: &mut [i32; 4], value: int32x4_t) {
    // SAFETY: the array has the 16 bytes that are written.
    unsafe { vst1q_s32(words.as_mut_ptr(), value) }
}
