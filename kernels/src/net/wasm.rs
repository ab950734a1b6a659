//! The kernels for WebAssembly. They differ from the portable ones in speed alone.

use std::arch::wasm32::*;

use super::{Settle, TAP_CHANNELS, taps_chunk};

/// Channels of a vector.
const LANES: usize = 8;

pub(super) fn taps_simd128<R: Settle>(taps: &[(&[i16], &[i16])], rescale: &R, out: &mut [i16]) {
    for (chunk, out) in out.chunks_mut(TAP_CHANNELS).enumerate() {
        let first = chunk * TAP_CHANNELS;
        if out.len() == TAP_CHANNELS {
            let mut sums = [0; TAP_CHANNELS];
            for (part, sums) in sums.as_chunks_mut().0.iter_mut().enumerate() {
                sum_taps(taps, rescale.start(), first + part * LANES, sums);
            }
            rescale.apply(first, &sums, false, out);
        } else {
            taps_chunk(taps, rescale, first, out);
        }
    }
}

/// The sums of the channels from `first` on. Two taps at a time: their inputs and their weights, interleaved, are pairs
/// for the dot products.
#[inline(always)]
fn sum_taps(taps: &[(&[i16], &[i16])], bias: &[i32], first: usize, sums: &mut [i32; LANES]) {
    let zero = i16x8_splat(0);
    let load = |channels: &[i16]| channels[first..].first_chunk().map_or(zero, load);
    let (mut low, mut high) = (i32x4_splat(0), i32x4_splat(0));
    for taps in taps.chunks(2) {
        let (x0, w0) = (load(taps[0].0), load(taps[0].1));
        let (x1, w1) = taps.get(1).map_or((zero, zero), |(x, w)| (load(x), load(w)));
        low = i32x4_add(low, i32x4_dot_i16x8(front(x0, x1), front(w0, w1)));
        high = i32x4_add(high, i32x4_dot_i16x8(back(x0, x1), back(w0, w1)));
    }
    let mut words = [0; LANES];
    for (words, sum) in words.as_chunks_mut().0.iter_mut().zip([low, high]) {
        store(words, sum);
    }
    for ((sum, word), bias) in sums.iter_mut().zip(words).zip(&bias[first..]) {
        *sum = word + bias;
    }
}

/// The first four channels of both, in turn.
#[inline(always)]
fn front(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(a, b)
}

/// The last four channels of both, in turn.
#[inline(always)]
fn back(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(a, b)
}

#[inline(always)]
#[allow(unsafe_code)]
fn load(channels: &[i16; LANES]) -> v128 {
    // SAFETY: the array has the 16 bytes that are read, and the load needs no alignment.
    unsafe { v128_load(channels.as_ptr().cast()) }
}

#[inline(always)]
#[allow(unsafe_code)]
fn store(words: &mut [i32; 4], value: v128) {
    // SAFETY: the array has the 16 bytes that are written, and the store needs no alignment.
    unsafe { v128_store(words.as_mut_ptr().cast(), value) }
}
