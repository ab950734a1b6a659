//! The sums of products of a panel with AVX-512: those of twelve positions stay in its registers, which a compiler does not
//! find out by itself.

use std::arch::x86_64::{__m512, _mm512_add_ps, _mm512_loadu_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_storeu_ps};

use super::plain::{LANES as PANEL, Row, WIDE};

/// Numbers of a register.
const LANES: usize = 16;
/// Registers of a panel.
const PARTS: usize = PANEL / LANES;

/// The sums of products of a panel for the positions of a block, each in the order of the inputs.
#[target_feature(enable = "avx512f")]
pub(super) fn products(rows: &[Row], block: &[[f32; WIDE]]) -> [Row; WIDE] {
    let mut sums = [[_mm512_set1_ps(0.0); PARTS]; WIDE];
    for (row, x) in rows.iter().zip(block) {
        let weights = [0, 1].map(
            #[inline(always)]
            |part| load(row, part),
        );
        for n in 0..WIDE {
            let x = _mm512_set1_ps(x[n]);
            for part in 0..PARTS {
                sums[n][part] = _mm512_add_ps(sums[n][part], _mm512_mul_ps(x, weights[part]));
            }
        }
    }
    let mut out = [[0.0; PANEL]; WIDE];
    for (out, sums) in out.iter_mut().zip(&sums) {
        store(out, sums);
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code)]
fn load(row: &Row, part: usize) -> __m512 {
    let values = &row[part * LANES..][..LANES];
    // SAFETY: the slice has the 16 numbers that are read, and they may lie anywhere.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code)]
fn store(out: &mut Row, sums: &[__m512; PARTS]) {
    for (values, sum) in out.chunks_exact_mut(LANES).zip(sums) {
        // SAFETY: the slice has room for the 16 numbers that are written, and may lie anywhere.
        unsafe { _mm512_storeu_ps(values.as_mut_ptr(), *sum) };
    }
}
