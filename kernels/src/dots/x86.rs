//! The forms for x86-64.

use std::arch::x86_64::*;

use super::{PANEL, PanelRow, Sink};

/// Positions that share the loads of weights with AVX-512.
const POSITIONS_512: usize = 6;
/// Positions that share the loads of weights with AVX2.
const POSITIONS_256: usize = 3;

/// The inputs of `N` positions, each with one pair for every row of the panel.
struct Positions<'x, const N: usize>([&'x [[i16; 2]]; N]);

impl<'x, const N: usize> Positions<'x, N> {
    #[inline(always)]
    fn new(pairs: usize, x: &'x [i16]) -> Self {
        let x = x.as_chunks().0;
        Self(std::array::from_fn(|p| &x[p * pairs..(p + 1) * pairs]))
    }

    /// The pair of inputs of a row at position `p`, the first input in the low half.
    ///
    /// # Safety
    ///
    /// `row` is less than the number of rows of the panel.
    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn pair(&self, p: usize, row: usize) -> i32 {
        // SAFETY: every position was cut to the number of rows. A check here would keep the sums
        // in memory, which takes a third of the speed.
        let [low, high] = unsafe { *self.0[p].get_unchecked(row) };
        (i32::from(low) & 0xffff) | (i32::from(high) << 16)
    }
}

/// Goes through all positions, `$many` at a time while enough are left, with the tile of the form.
macro_rules! walk {
    ($tile:ident, $many:ident, $rows:ident, $start:ident, $x:ident, $sink:ident) => {
        let inputs = 2 * $rows.len().max(1);
        let mut tiles = $x.chunks_exact(inputs * $many);
        let mut position = 0;
        for x in &mut tiles {
            $tile::<$many, S>($rows, $start, x, position, $sink);
            position += $many;
        }
        for x in tiles.remainder().chunks_exact(inputs) {
            $tile::<1, S>($rows, $start, x, position, $sink);
            position += 1;
        }
    };
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn avx512<S: Sink>(rows: &[PanelRow], start: &[i32; PANEL], x: &[i16], sink: &mut S) {
    walk!(tile_512, POSITIONS_512, rows, start, x, sink);
}

#[target_feature(enable = "avx2")]
pub(super) fn avx2<S: Sink>(rows: &[PanelRow], start: &[i32; PANEL], x: &[i16], sink: &mut S) {
    walk!(tile_256, POSITIONS_256, rows, start, x, sink);
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
#[allow(unsafe_code)]
fn tile_512<const N: usize, S: Sink>(
    rows: &[PanelRow],
    start: &[i32; PANEL],
    x: &[i16],
    position: usize,
    sink: &mut S,
) {
    const VECTORS: usize = PANEL / 16;
    let x = Positions::<N>::new(rows.len(), x);
    let start = start.as_chunks().0;
    let mut sums: [[__m512i; VECTORS]; N] = [std::array::from_fn(|v| load_512(&start[v])); N];
    for (index, row) in rows.iter().enumerate() {
        let row = row.as_chunks().0;
        let weights: [__m512i; VECTORS] = std::array::from_fn(|v| load_512(&row[v]));
        for (p, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the index comes from the rows of the panel.
            let pair = _mm512_set1_epi32(unsafe { x.pair(p, index) });
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = dot_512(*sum, weights, pair);
            }
        }
    }
    for (p, sums) in sums.iter().enumerate() {
        let mut words = [0; PANEL];
        for (words, sum) in words.as_chunks_mut().0.iter_mut().zip(sums) {
            store_512(words, *sum);
        }
        sink.take(position + p, &words);
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

#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code)]
pub(crate) fn load_512(words: &[i32; 16]) -> __m512i {
    // SAFETY: the array has the 64 bytes that are read, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code)]
pub(crate) fn store_512(words: &mut [i32; 16], value: __m512i) {
    // SAFETY: the array has the 64 bytes that are written, and the store needs no alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), value) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn tile_256<const N: usize, S: Sink>(
    rows: &[PanelRow],
    start: &[i32; PANEL],
    x: &[i16],
    position: usize,
    sink: &mut S,
) {
    /// Vectors of a strip: with three positions, twelve of the sixteen registers hold sums.
    const VECTORS: usize = 4;
    const STRIP: usize = VECTORS * 8;
    let x = Positions::<N>::new(rows.len(), x);
    let mut words = [[0; PANEL]; N];
    for strip in 0..PANEL / STRIP {
        let part = strip * STRIP..(strip + 1) * STRIP;
        let start = start[part.clone()].as_chunks().0;
        let mut sums: [[__m256i; VECTORS]; N] = [std::array::from_fn(|v| load_256(&start[v])); N];
        for (index, row) in rows.iter().enumerate() {
            let row = row[part.clone()].as_chunks().0;
            // SAFETY: the index comes from the rows of the panel.
            let x: [__m256i; N] = std::array::from_fn(|p| _mm256_set1_epi32(unsafe { x.pair(p, index) }));
            for v in 0..VECTORS {
                let weights = load_256(&row[v]);
                for p in 0..N {
                    sums[p][v] = _mm256_add_epi32(sums[p][v], _mm256_madd_epi16(weights, x[p]));
                }
            }
        }
        for (words, sums) in words.iter_mut().zip(&sums) {
            for (words, sum) in words[part.clone()].as_chunks_mut().0.iter_mut().zip(sums) {
                store_256(words, *sum);
            }
        }
    }
    for (p, words) in words.iter().enumerate() {
        sink.take(position + p, words);
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
