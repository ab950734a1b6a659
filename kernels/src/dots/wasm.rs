//! The form for WebAssembly with 128-bit SIMD.

use std::arch::wasm32::*;

use super::{PANEL, PanelRow, Sink};

/// Positions that share the loads of weights.
const POSITIONS: usize = 2;
/// Vectors of a strip: with two positions, eight registers hold sums. Engines on x86-64 have about fourteen to give, and
/// more sums than that would go through memory.
const VECTORS: usize = 4;
/// Outputs of a strip.
const STRIP: usize = VECTORS * 4;

pub(super) fn simd128<S: Sink>(rows: &[PanelRow], start: &[i32; PANEL], x: &[i16], sink: &mut S) {
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
#[inline(always)]
fn tile<const N: usize, S: Sink>(rows: &[PanelRow], start: &[i32; PANEL], x: &[i16], position: usize, sink: &mut S) {
    let pairs = rows.len();
    let x = x.as_chunks::<2>().0;
    let x: [&[[i16; 2]]; N] = std::array::from_fn(|p| &x[p * pairs..(p + 1) * pairs]);
    let mut words = [[0; PANEL]; N];
    for first in (0..PANEL).step_by(STRIP) {
        strip(rows, start, x, first, &mut words);
    }
    for (p, words) in words.iter().enumerate() {
        sink.take(position + p, words);
    }
}

/// The sums of the outputs from `first` on.
#[inline(always)]
fn strip<const N: usize>(
    rows: &[PanelRow],
    start: &[i32; PANEL],
    x: [&[[i16; 2]]; N],
    first: usize,
    words: &mut [[i32; PANEL]; N],
) {
    let part = first..first + STRIP;
    let start = start[part.clone()].as_chunks().0;
    let mut sums: [[v128; VECTORS]; N] = [std::array::from_fn(|v| load(&start[v])); N];
    for (index, row) in rows.iter().enumerate() {
        let row = row[part.clone()].as_chunks().0;
        let x: [v128; N] = std::array::from_fn(|p| splat(&x[p][index]));
        for v in 0..VECTORS {
            let weights = load(&row[v]);
            for p in 0..N {
                sums[p][v] = i32x4_add(sums[p][v], i32x4_dot_i16x8(weights, x[p]));
            }
        }
    }
    for (words, sums) in words.iter_mut().zip(&sums) {
        for (words, sum) in words[part.clone()].as_chunks_mut().0.iter_mut().zip(sums) {
            store(words, *sum);
        }
    }
}

/// Four words.
#[inline(always)]
#[allow(unsafe_code)]
fn load(words: &[i32; 4]) -> v128 {
    // SAFETY: the array has the 16 bytes that are read, and the load needs no alignment.
    unsafe { v128_load(words.as_ptr().cast()) }
}

/// A pair of inputs in all four words.
#[inline(always)]
#[allow(unsafe_code)]
fn splat(pair: &[i16; 2]) -> v128 {
    // SAFETY: the array has the 4 bytes that are read, and the load needs no alignment.
    unsafe { v128_load32_splat(pair.as_ptr().cast()) }
}

#[inline(always)]
#[allow(unsafe_code)]
fn store(words: &mut [i32; 4], value: v128) {
    // SAFETY: the array has the 16 bytes that are written, and the store needs no alignment.
    unsafe { v128_store(words.as_mut_ptr().cast(), value) }
}
