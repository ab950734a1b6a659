//! The dot products for x86-64.

use std::arch::x86_64::*;

use super::{PANEL, Panel, Room};

/// Positions that share the loads of weights in the AVX-512 kernel.
const POSITIONS_512: usize = 6;
/// Positions that share the loads of weights in the AVX2 kernel.
const POSITIONS_256: usize = 3;

/// Rounded inputs of `N` positions, each cut to the rows of a panel.
struct Positions<'x, const N: usize>([&'x [[i16; 2]]; N]);

impl<'x, const N: usize> Positions<'x, N> {
    #[inline(always)]
    fn new(panel: &Panel<'_>, x: &'x [i16]) -> Self {
        let (x, pairs) = (x.as_chunks().0, panel.rows.len());
        Self(std::array::from_fn(|p| &x[p * pairs..(p + 1) * pairs]))
    }

    /// The pair of inputs of a row at position `p`, the first input in the low half.
    ///
    /// # Safety
    /// `row` is less than the number of rows of the panel.
    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn pair(&self, p: usize, row: usize) -> i32 {
        // SAFETY: every position was cut to the number of rows. A check here would keep the sums in memory.
        let [low, high] = unsafe { *self.0[p].get_unchecked(row) };
        (i32::from(low) & 0xffff) | (i32::from(high) << 16)
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn avx512(panel: &Panel<'_>, room: &Room, out: &mut [f32]) {
    let inputs = 2 * panel.rows.len();
    let (mut x, mut steps) = (
        room.inputs.chunks_exact(inputs * POSITIONS_512),
        room.steps.chunks_exact(POSITIONS_512),
    );
    let mut out = out.chunks_exact_mut(panel.outputs * POSITIONS_512);
    for ((x, steps), out) in (&mut x).zip(&mut steps).zip(&mut out) {
        tile_512::<POSITIONS_512>(panel, x, steps, out);
    }
    let x = x.remainder().chunks_exact(inputs).zip(steps.remainder().chunks(1));
    for ((x, steps), out) in x.zip(out.into_remainder().chunks_exact_mut(panel.outputs)) {
        tile_512::<1>(panel, x, steps, out);
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
#[allow(unsafe_code)]
fn tile_512<const N: usize>(panel: &Panel<'_>, x: &[i16], steps: &[f32], out: &mut [f32]) {
    const VECTORS: usize = PANEL / 16;
    let x = Positions::<N>::new(panel, x);
    let mut sums = [[_mm512_setzero_si512(); VECTORS]; N];
    for (index, row) in panel.rows.iter().enumerate() {
        let row = row.as_chunks::<16>().0;
        // SAFETY: the arrays have the 64 bytes that are read, which need no alignment.
        let weights: [__m512i; VECTORS] =
            std::array::from_fn(|v| unsafe { _mm512_loadu_si512(row[v].as_ptr().cast()) });
        for (p, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the index comes from the rows of the panel.
            let pair = _mm512_set1_epi32(unsafe { x.pair(p, index) });
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = dot_512(*sum, weights, pair);
            }
        }
    }
    for ((sums, step), out) in sums.iter().zip(steps).zip(out.chunks_exact_mut(panel.outputs)) {
        let mut words = [0; PANEL];
        for (words, sum) in words.as_chunks_mut::<16>().0.iter_mut().zip(sums) {
            // SAFETY: the array has the 64 bytes that are written, which need no alignment.
            unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), *sum) };
        }
        panel.finish(&words, *step, out);
    }
}

/// `sum` and the products of both halves of each word. The compiler takes its own intrinsic apart into a product and an addition, which
/// takes a third longer.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
#[allow(unsafe_code)]
fn dot_512(mut sum: __m512i, weights: __m512i, pair: __m512i) -> __m512i {
    // SAFETY: the instruction touches registers only.
    unsafe {
        std::arch::asm!(
            "vpdpwssd {}, {}, {}",
            inout(zmm_reg) sum,
            in(zmm_reg) weights,
            in(zmm_reg) pair,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sum
}

#[target_feature(enable = "avx2")]
pub(super) fn avx2(panel: &Panel<'_>, room: &Room, out: &mut [f32]) {
    let inputs = 2 * panel.rows.len();
    let (mut x, mut steps) = (
        room.inputs.chunks_exact(inputs * POSITIONS_256),
        room.steps.chunks_exact(POSITIONS_256),
    );
    let mut out = out.chunks_exact_mut(panel.outputs * POSITIONS_256);
    for ((x, steps), out) in (&mut x).zip(&mut steps).zip(&mut out) {
        tile_256::<POSITIONS_256>(panel, x, steps, out);
    }
    let x = x.remainder().chunks_exact(inputs).zip(steps.remainder().chunks(1));
    for ((x, steps), out) in x.zip(out.into_remainder().chunks_exact_mut(panel.outputs)) {
        tile_256::<1>(panel, x, steps, out);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn tile_256<const N: usize>(panel: &Panel<'_>, x: &[i16], steps: &[f32], out: &mut [f32]) {
    /// Vectors of a strip: with three positions, twelve of the sixteen registers hold sums.
    const VECTORS: usize = 4;
    const STRIP: usize = VECTORS * 8;
    let x = Positions::<N>::new(panel, x);
    let mut words = [[0; PANEL]; N];
    for strip in 0..PANEL / STRIP {
        let part = strip * STRIP..(strip + 1) * STRIP;
        let mut sums = [[_mm256_setzero_si256(); VECTORS]; N];
        for (index, row) in panel.rows.iter().enumerate() {
            let row = row[part.clone()].as_chunks::<8>().0;
            // SAFETY: the index comes from the rows of the panel.
            let x: [__m256i; N] = std::array::from_fn(|p| _mm256_set1_epi32(unsafe { x.pair(p, index) }));
            for v in 0..VECTORS {
                // SAFETY: the array has the 32 bytes that are read, which need no alignment.
                let weights = unsafe { _mm256_loadu_si256(row[v].as_ptr().cast()) };
                for p in 0..N {
                    sums[p][v] = _mm256_add_epi32(sums[p][v], _mm256_madd_epi16(weights, x[p]));
                }
            }
        }
        for (words, sums) in words.iter_mut().zip(&sums) {
            for (words, sum) in words[part.clone()].as_chunks_mut::<8>().0.iter_mut().zip(sums) {
                // SAFETY: the array has the 32 bytes that are written, which need no alignment.
                unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), *sum) };
            }
        }
    }
    for ((words, step), out) in words.iter().zip(steps).zip(out.chunks_exact_mut(panel.outputs)) {
        panel.finish(words, *step, out);
    }
}
