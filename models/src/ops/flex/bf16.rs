//! Matrix products of factors rounded to bf16, with sums in `f32`: twice as fast as those of `f32` where the machine has
//! the dot products for it.

use half::bf16;

/// Output channels of a panel of packed weights.
const PANEL: usize = 64;

/// One pair of inputs for the channels of a panel: the weight of the first input in the low half of each word.
type PanelRow = [u32; PANEL];

/// A linear layer with its weights packed for the kernel.
pub(super) struct Packed {
    /// Pairs of inputs: the rows of a panel.
    pairs: usize,
    outputs: usize,
    panels: Vec<PanelRow>,
    /// Padded to whole panels.
    bias: Vec<f32>,
}

/// What becomes of a sum.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// The output is a leaky ReLU of it, of this slope.
    Leaky(f32),
    /// It is added to what the output holds.
    Add,
}

impl Packed {
    /// Whether this machine has the dot products.
    pub(super) fn is_supported() -> bool {
        #[cfg(target_arch = "x86_64")]
        let found = is_x86_feature_detected!("avx512bf16") && is_x86_feature_detected!("avx512f");
        #[cfg(not(target_arch = "x86_64"))]
        let found = false;
        found
    }

    /// Packs `weight`, `[inputs, outputs]` with an even number of inputs.
    pub(super) fn new(weight: &[f32], bias: &[f32]) -> Self {
        let outputs = bias.len();
        let (pairs, panels) = (weight.len() / outputs / 2, outputs.div_ceil(PANEL));
        assert_eq!(pairs * 2 * outputs, weight.len(), "inputs come in pairs");
        let mut packed = vec![[0u32; PANEL]; panels * pairs];
        for (pair, rows) in weight.chunks_exact(2 * outputs).enumerate() {
            let (low, high) = rows.split_at(outputs);
            for (panel, (low, high)) in low.chunks(PANEL).zip(high.chunks(PANEL)).enumerate() {
                for ((word, low), high) in packed[panel * pairs + pair].iter_mut().zip(low).zip(high) {
                    *word = pair_of(*low, *high);
                }
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(panels * PANEL, 0.0);
        Self {
            pairs,
            outputs,
            panels: packed,
            bias,
        }
    }

    /// Outputs of a position.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// The layer for all positions of `x`. `rounded` is room for their factors.
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code)]
    pub(super) fn run(&self, x: &[f32], rounded: &mut Vec<u32>, end: End, out: &mut [f32]) {
        assert!(Self::is_supported(), "bf16 is for machines that have it");
        rounded.resize(x.len() / 2, 0);
        // SAFETY: the machine has the instructions, as was just asserted.
        unsafe { x86::round(x, rounded) };
        for (index, rows) in self.panels.chunks_exact(self.pairs).enumerate() {
            // SAFETY: as above.
            unsafe { x86::panel(self, rows, index * PANEL, rounded, end, out) };
        }
    }

    /// Never called: [`Self::is_supported`] is false.
    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn run(&self, _x: &[f32], _rounded: &mut Vec<u32>, _end: End, _out: &mut [f32]) {
        unreachable!("bf16 is for machines that have it");
    }
}

fn pair_of(low: f32, high: f32) -> u32 {
    let bits = |value| u32::from(bf16::from_f32(value).to_bits());
    bits(low) | bits(high) << 16
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;
    use std::mem::transmute;

    use super::{End, PANEL, Packed, PanelRow, pair_of};

    /// Positions that share the loads of weights.
    const POSITIONS: usize = 6;
    /// Vectors of a panel.
    const VECTORS: usize = PANEL / 16;

    /// Rounds numbers to pairs of bf16.
    #[target_feature(enable = "avx512f,avx512bf16")]
    #[allow(unsafe_code)]
    pub(super) fn round(x: &[f32], out: &mut [u32]) {
        let (wide, rest) = x.as_chunks::<16>();
        let (out, out_rest) = out.split_at_mut(wide.len() * 8);
        for (x, out) in wide.iter().zip(out.as_chunks_mut::<8>().0) {
            // SAFETY: the arrays have the 64 bytes that are read and the 32 that are written; neither needs alignment,
            // and the vectors of the cast have one size.
            unsafe {
                let rounded = _mm512_cvtneps_pbh(_mm512_loadu_ps(x.as_ptr()));
                _mm256_storeu_si256(out.as_mut_ptr().cast(), transmute::<__m256bh, __m256i>(rounded));
            }
        }
        for (x, out) in rest.as_chunks::<2>().0.iter().zip(out_rest) {
            *out = pair_of(x[0], x[1]);
        }
    }

    /// The outputs from `first` on, those of one panel, for all positions.
    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) fn panel(layer: &Packed, rows: &[PanelRow], first: usize, x: &[u32], end: End, out: &mut [f32]) {
        let mut x = x.chunks_exact(layer.pairs * POSITIONS);
        let mut out = out.chunks_exact_mut(layer.outputs * POSITIONS);
        for (x, out) in (&mut x).zip(&mut out) {
            tile::<POSITIONS>(layer, rows, first, x, end, out);
        }
        let x = x.remainder().chunks_exact(layer.pairs);
        for (x, out) in x.zip(out.into_remainder().chunks_exact_mut(layer.outputs)) {
            tile::<1>(layer, rows, first, x, end, out);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bf16")]
    #[allow(unsafe_code)]
    fn tile<const N: usize>(layer: &Packed, rows: &[PanelRow], first: usize, x: &[u32], end: End, out: &mut [f32]) {
        let x: [&[u32]; N] = std::array::from_fn(|p| &x[p * layer.pairs..][..rows.len()]);
        let mut sums = [[_mm512_setzero_ps(); VECTORS]; N];
        for (index, row) in rows.iter().enumerate() {
            let row = row.as_chunks::<16>().0;
            // SAFETY: the arrays have the 64 bytes that are read; the vectors of the cast have one size.
            let weights: [__m512bh; VECTORS] =
                std::array::from_fn(|v| unsafe { transmute(_mm512_loadu_si512(row[v].as_ptr().cast())) });
            for (p, sums) in sums.iter_mut().enumerate() {
                // SAFETY: every position was cut to the number of rows. A check here would keep the sums in memory.
                let pair = unsafe { *x[p].get_unchecked(index) };
                // SAFETY: the vectors of the cast have one size.
                let pair: __m512bh = unsafe { transmute(_mm512_set1_epi32(pair as i32)) };
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = _mm512_dpbf16_ps(*sum, weights, pair);
                }
            }
        }
        let bias = &layer.bias[first..first + PANEL];
        let last = layer.outputs.min(first + PANEL);
        for (sums, out) in sums.iter().zip(out.chunks_exact_mut(layer.outputs)) {
            let mut all = [0.0f32; PANEL];
            for (all, sum) in all.as_chunks_mut::<16>().0.iter_mut().zip(sums) {
                // SAFETY: the array has the 64 bytes that are written, which needs no alignment.
                unsafe { _mm512_storeu_ps(all.as_mut_ptr(), *sum) };
            }
            store(&all, bias, end, &mut out[first..last]);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bf16")]
    fn store(sums: &[f32; PANEL], bias: &[f32], end: End, out: &mut [f32]) {
        let biased = sums.iter().zip(bias).map(|(sum, bias)| sum + bias);
        match end {
            End::Leaky(slope) => {
                for (out, value) in out.iter_mut().zip(biased) {
                    *out = if value > 0.0 { value } else { value * slope };
                }
            }
            End::Add => {
                for (out, value) in out.iter_mut().zip(biased) {
                    *out += value;
                }
            }
        }
    }
}
