//! The kernels for x86-64. They differ from the portable ones in speed alone.

use std::arch::x86_64::*;

use super::{Settle, TAP_CHANNELS, taps_body, taps_chunk};
use crate::dots::x86::{load_512, store_512};

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn taps_avx512<R: Settle>(taps: &[(&[i16], &[i16])], rescale: &R, out: &mut [i16]) {
    for (chunk, out) in out.chunks_mut(TAP_CHANNELS).enumerate() {
        let first = chunk * TAP_CHANNELS;
        if out.len() == TAP_CHANNELS {
            let sums = sum_taps_avx512(taps, rescale.start(), first);
            rescale.apply(first, &sums, false, out);
        } else {
            taps_chunk(taps, rescale, first, out);
        }
    }
}

/// The sums of the channels from `first` on. Two taps at a time: their inputs and their weights, interleaved, are pairs
/// for the dot products.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn sum_taps_avx512(taps: &[(&[i16], &[i16])], start: &[i32], first: usize) -> [i32; TAP_CHANNELS] {
    let zero = _mm512_setzero_si512();
    let load = |channels: &[i16]| {
        channels[first..]
            .first_chunk()
            .map_or(zero, |channels| load_words(channels))
    };
    // Interleaving works on quarters of a vector, so eight channels in a row go four here and four there.
    let (mut low, mut high) = (zero, zero);
    for taps in taps.chunks(2) {
        let (x0, w0) = (load(taps[0].0), load(taps[0].1));
        let (x1, w1) = taps.get(1).map_or((zero, zero), |(x, w)| (load(x), load(w)));
        low = _mm512_dpwssd_epi32(low, _mm512_unpacklo_epi16(x0, x1), _mm512_unpacklo_epi16(w0, w1));
        high = _mm512_dpwssd_epi32(high, _mm512_unpackhi_epi16(x0, x1), _mm512_unpackhi_epi16(w0, w1));
    }
    let mut sums = [0; TAP_CHANNELS];
    let (front, back) = sums.split_at_mut(TAP_CHANNELS / 2);
    let bias = start[first..first + TAP_CHANNELS].as_chunks::<16>().0;
    let order = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    let next = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    for ((sums, order), bias) in [(front, order), (back, next)].into_iter().zip(bias) {
        let sum = _mm512_add_epi32(_mm512_permutex2var_epi64(low, order, high), load_512(bias));
        if let Some(sums) = sums.as_mut_array::<16>() {
            store_512(sums, sum);
        }
    }
    sums
}

#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code)]
fn load_words(words: &[i16; TAP_CHANNELS]) -> __m512i {
    // SAFETY: the array has the 64 bytes that are read, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
pub(super) fn taps_avx2<R: Settle>(taps: &[(&[i16], &[i16])], rescale: &R, out: &mut [i16]) {
    taps_body(taps, rescale, out);
}
