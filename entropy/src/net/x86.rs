//! The kernels for x86-64. They differ from the portable ones in speed alone.

use std::arch::x86_64::*;

use super::super::rescale::Packed;
use super::{PANEL, PanelJob, TAP_CHANNELS, taps_body, taps_chunk, window};

/// Positions that share the loads of weights in the AVX-512 kernel.
const POSITIONS_512: usize = 6;
/// Positions that share the loads of weights in the AVX2 kernel.
const POSITIONS_256: usize = 3;

/// The inputs of `N` positions, each with one pair for every row of the panel.
struct Positions<'x, const N: usize>([&'x [[i16; 2]]; N]);

impl<'x, const N: usize> Positions<'x, N> {
    #[inline(always)]
    fn new(job: &PanelJob<'_>, x: &'x [i16]) -> Self {
        let pairs = job.rows.len();
        Self(std::array::from_fn(|p| {
            &x[p * job.inputs..(p + 1) * job.inputs].as_chunks::<2>().0[..pairs]
        }))
    }

    /// The pair of inputs of a row at position `p`, the first input in the low half.
    ///
    /// # Safety
    ///
    /// `row` is less than the number of rows of the job.
    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn pair(&self, p: usize, row: usize) -> i32 {
        // SAFETY: every position was cut to the number of rows. A check here would keep the sums
        // in memory, which takes a third of the speed.
        let [low, high] = unsafe { *self.0[p].get_unchecked(row) };
        (i32::from(low) & 0xffff) | (i32::from(high) << 16)
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn panel_avx512(job: &PanelJob<'_>, x: &[i16], out: &mut [i16]) {
    let mut x = x.chunks_exact(job.inputs * POSITIONS_512);
    let mut out = out.chunks_exact_mut(job.outputs * POSITIONS_512);
    for (x, out) in (&mut x).zip(&mut out) {
        tile_avx512::<POSITIONS_512>(job, x, out);
    }
    let x = x.remainder().chunks_exact(job.inputs);
    for (x, out) in x.zip(out.into_remainder().chunks_exact_mut(job.outputs)) {
        tile_avx512::<1>(job, x, out);
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
#[allow(unsafe_code)]
fn tile_avx512<const N: usize>(job: &PanelJob<'_>, x: &[i16], out: &mut [i16]) {
    const VECTORS: usize = PANEL / 16;
    let x = Positions::<N>::new(job, x);
    let bias = &job.rescale.bias[job.first..job.first + PANEL];
    let mut sums = [[_mm512_setzero_si512(); VECTORS]; N];
    for (v, bias) in bias.as_chunks::<16>().0.iter().enumerate() {
        for sums in &mut sums {
            sums[v] = load_512(bias);
        }
    }
    for (index, row) in job.rows.iter().enumerate() {
        let row = row.as_chunks::<16>().0;
        let weights: [__m512i; VECTORS] = std::array::from_fn(|v| load_512(&row[v]));
        for (p, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the index comes from the rows of the job.
            let x = _mm512_set1_epi32(unsafe { x.pair(p, index) });
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm512_dpwssd_epi32(*sum, weights, x);
            }
        }
    }
    for (sums, out) in sums.iter().zip(out.chunks_exact_mut(job.outputs)) {
        let mut words = [0i32; PANEL];
        for (word, sum) in words.as_chunks_mut::<16>().0.iter_mut().zip(sums) {
            store_512(word, *sum);
        }
        job.rescale.apply(job.first, &words, job.add, window(job, out));
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code)]
fn load_512(words: &[i32; 16]) -> __m512i {
    // SAFETY: the array has the 64 bytes that are read, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code)]
fn store_512(words: &mut [i32; 16], value: __m512i) {
    // SAFETY: the array has the 64 bytes that are written, and the store needs no alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), value) }
}

#[target_feature(enable = "avx2")]
pub(super) fn panel_avx2(job: &PanelJob<'_>, x: &[i16], out: &mut [i16]) {
    let mut x = x.chunks_exact(job.inputs * POSITIONS_256);
    let mut out = out.chunks_exact_mut(job.outputs * POSITIONS_256);
    for (x, out) in (&mut x).zip(&mut out) {
        tile_avx2::<POSITIONS_256>(job, x, out);
    }
    let x = x.remainder().chunks_exact(job.inputs);
    for (x, out) in x.zip(out.into_remainder().chunks_exact_mut(job.outputs)) {
        tile_avx2::<1>(job, x, out);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn tile_avx2<const N: usize>(job: &PanelJob<'_>, x: &[i16], out: &mut [i16]) {
    /// Vectors of a strip: with three positions, twelve of the sixteen registers hold sums.
    const VECTORS: usize = 4;
    const STRIP: usize = VECTORS * 8;
    let x = Positions::<N>::new(job, x);
    let mut words = [[0i32; PANEL]; N];
    for strip in 0..PANEL / STRIP {
        let first = job.first + strip * STRIP;
        let bias = job.rescale.bias[first..first + STRIP].as_chunks::<8>().0;
        let mut sums = [[_mm256_setzero_si256(); VECTORS]; N];
        for sums in &mut sums {
            for v in 0..VECTORS {
                sums[v] = load_256(&bias[v]);
            }
        }
        for (index, row) in job.rows.iter().enumerate() {
            let row = row[strip * STRIP..(strip + 1) * STRIP].as_chunks::<8>().0;
            // SAFETY: the index comes from the rows of the job.
            let x: [__m256i; N] = std::array::from_fn(|p| _mm256_set1_epi32(unsafe { x.pair(p, index) }));
            for v in 0..VECTORS {
                let weights = load_256(&row[v]);
                for p in 0..N {
                    let products = _mm256_madd_epi16(weights, x[p]);
                    sums[p][v] = _mm256_add_epi32(sums[p][v], products);
                }
            }
        }
        for (words, sums) in words.iter_mut().zip(&sums) {
            let words = words[strip * STRIP..(strip + 1) * STRIP].as_chunks_mut::<8>().0;
            for (word, sum) in words.iter_mut().zip(sums) {
                store_256(word, *sum);
            }
        }
    }
    for (words, out) in words.iter().zip(out.chunks_exact_mut(job.outputs)) {
        job.rescale.apply(job.first, words, job.add, window(job, out));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn load_256(words: &[i32; 8]) -> __m256i {
    // SAFETY: the array has the 32 bytes that are read, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn store_256(words: &mut [i32; 8], value: __m256i) {
    // SAFETY: the array has the 32 bytes that are written, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), value) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn taps_avx512(taps: &[(&[i16], &[i16])], rescale: &Packed, out: &mut [i16]) {
    for (chunk, out) in out.chunks_mut(TAP_CHANNELS).enumerate() {
        let first = chunk * TAP_CHANNELS;
        if out.len() == TAP_CHANNELS {
            let sums = sum_taps_avx512(taps, rescale, first);
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
fn sum_taps_avx512(taps: &[(&[i16], &[i16])], rescale: &Packed, first: usize) -> [i32; TAP_CHANNELS] {
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
    let bias = rescale.bias[first..first + TAP_CHANNELS].as_chunks::<16>().0;
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
pub(super) fn taps_avx2(taps: &[(&[i16], &[i16])], rescale: &Packed, out: &mut [i16]) {
    taps_body(taps, rescale, out);
}
