//! Matrix products of factors rounded to 16-bit integers, with exact sums: two to four times as fast as those of `f32` where the
//! machine has the dot products for it, and closer to them than those of bf16.
//!
//! The inputs of a position have a step in common, and so have the weights of an output. Weights are as fine as they can be while
//! no sum of products leaves 32 bits.

use lmc_entropy::isa::Isa;

/// Output channels of a panel of packed weights.
const PANEL: usize = 64;
/// The largest rounded input.
const INPUT_MAX: f32 = 8191.0;
/// What the magnitudes of the rounded weights of an output add up to at most.
const WEIGHTS_SUM: f32 = (i32::MAX / 8192) as f32;
/// The largest rounded weight.
const WEIGHT_MAX: f32 = i16::MAX as f32;

/// One pair of inputs for the channels of a panel: the weight of the first input in the low half of each word.
type PanelRow = [u32; PANEL];

/// A linear layer with its weights rounded and packed for the kernel.
pub(super) struct Packed {
    /// Pairs of inputs: the rows of a panel.
    pairs: usize,
    outputs: usize,
    panels: Vec<PanelRow>,
    /// What a unit of the weights of an output is worth, padded to whole panels.
    steps: Vec<f32>,
    /// Padded to whole panels.
    bias: Vec<f32>,
}

/// What becomes of a sum.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// The output is a leaky ReLU of it, of this slope; 1 for none.
    Leaky(f32),
    /// It is added to what the output holds.
    Add,
}

/// Memory for rounded inputs.
#[derive(Default)]
pub(super) struct Room {
    /// Pairs of inputs.
    pairs: Vec<u32>,
    /// What a unit of the inputs of a position is worth.
    steps: Vec<f32>,
}

impl Packed {
    /// `weight`, `[inputs, outputs]`, rounded and packed; `None` for an odd number of inputs, and where the machine has no such dot
    /// products.
    pub(super) fn new(weight: &[f32], bias: &[f32]) -> Option<Self> {
        let outputs = bias.len();
        let inputs = weight.len() / outputs.max(1);
        if !inputs.is_multiple_of(2) || !is_supported() {
            return None;
        }
        let (pairs, panels) = (inputs / 2, outputs.div_ceil(PANEL));
        let mut packed = vec![[0u32; PANEL]; panels * pairs];
        let factors = Isa::best().run(
            #[inline(always)]
            || {
                let factors = factors(weight, outputs);
                pack(weight, &factors, &mut packed);
                factors
            },
        );
        let padded = |values: &mut dyn Iterator<Item = f32>| -> Vec<f32> {
            let padding = std::iter::repeat(0.0);
            values.chain(padding).take(panels * PANEL).collect()
        };
        Some(Self {
            pairs,
            outputs,
            panels: packed,
            steps: padded(&mut factors.iter().map(|factor| factor.recip())),
            bias: padded(&mut bias.iter().copied()),
        })
    }

    /// The layer for all positions of `x`.
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code)]
    pub(super) fn run(&self, x: &[f32], room: &mut Room, end: End, out: &mut [f32]) {
        // SAFETY: there are packed layers only where the machine has the instructions.
        unsafe { x86::round(x, self.pairs, room) };
        for index in 0..self.panels.len() / self.pairs {
            // SAFETY: as above.
            unsafe { x86::panel(self, index, room, end, out) };
        }
    }

    /// Never called: there are no packed layers.
    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn run(&self, _x: &[f32], _room: &mut Room, _end: End, _out: &mut [f32]) {
        unreachable!("there are no packed layers for this machine");
    }
}

fn is_supported() -> bool {
    #[cfg(target_arch = "x86_64")]
    let found = Isa::best() == Isa::Avx512;
    #[cfg(not(target_arch = "x86_64"))]
    let found = false;
    found
}

/// What the weights of each output are multiplied with before they are rounded.
#[inline(always)]
fn factors(weight: &[f32], outputs: usize) -> Vec<f32> {
    let (mut largest, mut sums) = (vec![0.0f32; outputs], vec![0.0f32; outputs]);
    for row in weight.chunks_exact(outputs) {
        for ((largest, sum), weight) in largest.iter_mut().zip(&mut sums).zip(row) {
            *largest = largest.max(weight.abs());
            *sum += weight.abs();
        }
    }
    // Each weight may be rounded up by a half.
    let room = WEIGHTS_SUM - (weight.len() / outputs) as f32;
    let factor = |(largest, sum): (f32, f32)| (WEIGHT_MAX / largest).min(room / sum).clamp(f32::MIN_POSITIVE, 1e30);
    largest.into_iter().zip(sums).map(factor).collect()
}

/// Rounds the weights into panels, a pair of inputs after the other in each.
#[inline(always)]
fn pack(weight: &[f32], factors: &[f32], packed: &mut [PanelRow]) {
    let outputs = factors.len();
    let pairs = weight.len() / outputs / 2;
    for (panel, rows) in packed.chunks_exact_mut(pairs).enumerate() {
        let columns = panel * PANEL..outputs.min((panel + 1) * PANEL);
        let factors = &factors[columns.clone()];
        for (row, inputs) in rows.iter_mut().zip(weight.chunks_exact(2 * outputs)) {
            let (low, high) = inputs.split_at(outputs);
            let weights = low[columns.clone()].iter().zip(&high[columns.clone()]);
            for ((word, factor), (low, high)) in row.iter_mut().zip(factors).zip(weights) {
                *word = pair_of(low * factor, high * factor);
            }
        }
    }
}

/// Two numbers, rounded, in the halves of a word.
#[inline(always)]
fn pair_of(low: f32, high: f32) -> u32 {
    let bits = |value: f32| u32::from((value.round_ties_even() as i16).cast_unsigned());
    bits(low) | bits(high) << 16
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{End, INPUT_MAX, PANEL, Packed, Room, pair_of};

    /// Positions that share the loads of weights.
    const POSITIONS: usize = 6;
    /// Vectors of a panel.
    const VECTORS: usize = PANEL / 16;

    /// Rounds the inputs of all positions.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    pub(super) fn round(x: &[f32], pairs: usize, room: &mut Room) {
        room.pairs.resize(x.len() / 2, 0);
        room.steps.clear();
        for (x, out) in x.chunks_exact(2 * pairs).zip(room.pairs.chunks_exact_mut(pairs)) {
            let largest = largest(x).max(f32::MIN_POSITIVE);
            room.steps.push(largest / INPUT_MAX);
            round_position(x, INPUT_MAX / largest, out);
        }
    }

    /// The largest magnitude.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    fn largest(x: &[f32]) -> f32 {
        let (wide, rest) = x.as_chunks::<16>();
        let mut most = _mm512_setzero_ps();
        for x in wide {
            most = _mm512_max_ps(most, _mm512_abs_ps(load(x)));
        }
        rest.iter()
            .fold(_mm512_reduce_max_ps(most), |most, x| most.max(x.abs()))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    #[allow(unsafe_code)]
    fn round_position(x: &[f32], factor: f32, out: &mut [u32]) {
        let (wide, rest) = x.as_chunks::<16>();
        let (out, out_rest) = out.split_at_mut(wide.len() * 8);
        for (x, out) in wide.iter().zip(out.as_chunks_mut::<8>().0) {
            let whole = _mm512_cvtps_epi32(_mm512_mul_ps(load(x), _mm512_set1_ps(factor)));
            // SAFETY: the array has the 32 bytes that are written, which need no alignment.
            unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), _mm512_cvtsepi32_epi16(whole)) };
        }
        for (x, out) in rest.as_chunks::<2>().0.iter().zip(out_rest) {
            *out = pair_of(x[0] * factor, x[1] * factor);
        }
    }

    /// The outputs of one panel for all positions that were rounded.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    pub(super) fn panel(layer: &Packed, index: usize, room: &Room, end: End, out: &mut [f32]) {
        let (mut x, mut steps) = (
            room.pairs.chunks_exact(layer.pairs * POSITIONS),
            room.steps.chunks_exact(POSITIONS),
        );
        let mut out = out.chunks_exact_mut(layer.outputs * POSITIONS);
        for ((x, steps), out) in (&mut x).zip(&mut steps).zip(&mut out) {
            tile::<POSITIONS>(layer, index, (x, steps), end, out);
        }
        let x = x.remainder().chunks_exact(layer.pairs).zip(steps.remainder().chunks(1));
        for (x, out) in x.zip(out.into_remainder().chunks_exact_mut(layer.outputs)) {
            tile::<1>(layer, index, x, end, out);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    #[allow(unsafe_code)]
    fn tile<const N: usize>(layer: &Packed, index: usize, (x, steps): (&[u32], &[f32]), end: End, out: &mut [f32]) {
        let rows = &layer.panels[index * layer.pairs..(index + 1) * layer.pairs];
        let x: [&[u32]; N] = std::array::from_fn(|p| &x[p * layer.pairs..][..rows.len()]);
        let mut sums = [[_mm512_setzero_si512(); VECTORS]; N];
        for (index, row) in rows.iter().enumerate() {
            let row = row.as_chunks::<16>().0;
            // SAFETY: the arrays have the 64 bytes that are read.
            let weights: [__m512i; VECTORS] =
                std::array::from_fn(|v| unsafe { _mm512_loadu_si512(row[v].as_ptr().cast()) });
            for (p, sums) in sums.iter_mut().enumerate() {
                // SAFETY: every position was cut to the number of rows. A check here would keep the sums in memory.
                let pair = _mm512_set1_epi32(unsafe { *x[p].get_unchecked(index) }.cast_signed());
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = _mm512_dpwssd_epi32(*sum, weights, pair);
                }
            }
        }
        let first = index * PANEL;
        let columns = first..layer.outputs.min(first + PANEL);
        for ((sums, step), out) in sums.iter().zip(steps).zip(out.chunks_exact_mut(layer.outputs)) {
            finish(layer, first, (sums, *step), end, &mut out[columns.clone()]);
        }
    }

    /// Sums in units of their steps to outputs.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    fn finish(layer: &Packed, first: usize, (sums, step): (&[__m512i; VECTORS], f32), end: End, out: &mut [f32]) {
        let all = layer.steps[first..].as_chunks::<16>().0.iter();
        let all = all.zip(layer.bias[first..].as_chunks::<16>().0).zip(sums);
        for (((steps, bias), sum), out) in all.zip(out.chunks_mut(16)) {
            let step = _mm512_mul_ps(load(steps), _mm512_set1_ps(step));
            let value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(*sum), step, load(bias));
            if let Some(out) = out.as_mut_array() {
                settle(value, end, out);
            } else {
                let mut part = [0.0; 16];
                part[..out.len()].copy_from_slice(out);
                settle(value, end, &mut part);
                out.copy_from_slice(&part[..out.len()]);
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    fn settle(value: __m512, end: End, out: &mut [f32; 16]) {
        let value = match end {
            End::Leaky(slope) => {
                let negative = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(value, _mm512_setzero_ps());
                _mm512_mask_mul_ps(value, negative, value, _mm512_set1_ps(slope))
            }
            End::Add => _mm512_add_ps(load(out), value),
        };
        store(out, value);
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    #[allow(unsafe_code)]
    fn load(values: &[f32; 16]) -> __m512 {
        // SAFETY: the array has the 64 bytes that are read, which need no alignment.
        unsafe { _mm512_loadu_ps(values.as_ptr()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    #[allow(unsafe_code)]
    fn store(values: &mut [f32; 16], value: __m512) {
        // SAFETY: the array has the 64 bytes that are written, which need no alignment.
        unsafe { _mm512_storeu_ps(values.as_mut_ptr(), value) }
    }
}
