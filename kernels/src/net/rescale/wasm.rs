//! The rescale for WebAssembly, whose vectors have no shifts by different amounts.
//!
//! All shifts are brought to 32 bits and more: the upper half of a product of 64 bits is its shift by 32, and what is
//! left, at most 15 bits, becomes a shift by the same amount for all channels. Values that would be cut off at 16 bits
//! are cut off before, so that nothing leaves 32 bits.

use std::arch::wasm32::*;

use super::Rescale;

/// A rescale laid out for vectors.
#[derive(Debug, Clone)]
pub(super) struct Vectors {
    /// Four channels each.
    rows: Vec<Row>,
    /// The shift that is the same for all channels.
    shift: u32,
    leaky: bool,
}

/// What four channels need.
#[derive(Debug, Clone, Copy)]
struct Row {
    mult: v128,
    /// The rounding constants of the first two channels, and of the others.
    half: [v128; 2],
    /// The largest value that does not saturate; the smallest is its complement.
    most: v128,
    /// Powers of two that make the shifts the same.
    up: v128,
}

impl Vectors {
    /// Pads to `channels`, a multiple of 4, with channels that give 0. `None` for factors that are too large for this
    /// form.
    pub(super) fn new(spec: &Rescale, channels: usize) -> Option<Self> {
        let factors = spec.mult.iter().zip(&spec.shift);
        let mut scaled: Vec<(i32, u32)> = factors
            .map(|(&mult, &shift)| at_least_32(mult, shift))
            .collect::<Option<_>>()?;
        scaled.resize(channels, (0, 32));
        let most = scaled.iter().map(|(_, shift)| shift - 32).max()?;
        let rows = scaled.as_chunks::<4>().0.iter().map(|four| row(four, most));
        Some(Self {
            rows: rows.collect(),
            shift: most,
            leaky: spec.leaky,
        })
    }

    /// As `Packed::apply`.
    #[inline(always)]
    pub(super) fn apply<const N: usize>(&self, first: usize, sums: &[i32; N], add: bool, out: &mut [i16]) {
        if let Some(out) = out.as_mut_array::<N>() {
            self.enter(first, sums, add, out);
        } else {
            let mut whole = [0; N];
            whole[..out.len()].copy_from_slice(out);
            self.enter(first, sums, add, &mut whole);
            out.copy_from_slice(&whole[..out.len()]);
        }
    }

    #[inline(always)]
    fn enter<const N: usize>(&self, first: usize, sums: &[i32; N], add: bool, out: &mut [i16; N]) {
        let least = i16x8_splat(-i16::MAX);
        let rows = self.rows[first / 4..][..N / 4].as_chunks::<2>().0;
        let sums = sums.as_chunks::<8>().0;
        for ((rows, sums), out) in rows.iter().zip(sums).zip(out.as_chunks_mut::<8>().0) {
            let [front, back] = [0, 1].map(|half| self.scaled(&rows[half], load(&sums.as_chunks::<4>().0[half])));
            let mut values = i16x8_narrow_i32x4(front, back);
            if add {
                values = i16x8_max(i16x8_add_sat(load_words(out), values), least);
            }
            store(out, values);
        }
    }

    /// The outputs of four sums, in 32 bits.
    #[inline(always)]
    fn scaled(&self, row: &Row, sums: v128) -> v128 {
        let low = i64x2_add(i64x2_extmul_low_i32x4(sums, row.mult), row.half[0]);
        let high = i64x2_add(i64x2_extmul_high_i32x4(sums, row.mult), row.half[1]);
        let upper = i32x4_shuffle::<1, 3, 5, 7>(low, high);
        let kept = i32x4_max(i32x4_min(upper, row.most), v128_not(row.most));
        let value = i32x4_shr(i32x4_mul(kept, row.up), self.shift);
        let value = i32x4_max(value, i32x4_splat(-i32::from(i16::MAX)));
        if self.leaky {
            // Of a negative value the smaller share is the greater.
            i32x4_max(value, i32x4_shr(i32x4_mul(value, i32x4_splat(13)), 7))
        } else {
            value
        }
    }
}

/// The same factor with a shift of at least 32, if there is one of 32 bits.
fn at_least_32(mult: i32, shift: u8) -> Option<(i32, u32)> {
    let shift = u32::from(shift);
    let up = 32u32.saturating_sub(shift);
    let scaled = i64::from(mult) << up;
    Some((i32::try_from(scaled).ok()?, shift + up))
}

/// What four channels need when `most` is the largest shift beyond 32, at most 15.
fn row(four: &[(i32, u32); 4], most: u32) -> Row {
    let mult = four.map(|(mult, _)| mult);
    let half = four.map(|(_, shift)| 1i64 << (shift - 1));
    let beyond = four.map(|(_, shift)| shift - 32);
    let largest = beyond.map(|beyond| (1i32 << (15 + beyond)) - 1);
    let up = beyond.map(|beyond| 1i32 << (most - beyond));
    Row {
        mult: load(&mult),
        half: [i64x2(half[0], half[1]), i64x2(half[2], half[3])],
        most: load(&largest),
        up: load(&up),
    }
}

#[inline(always)]
#[allow(unsafe_code)]
fn load(words: &[i32; 4]) -> v128 {
    // SAFETY: the array has the 16 bytes that are read, and the load needs no alignment.
    unsafe { v128_load(words.as_ptr().cast()) }
}

#[inline(always)]
#[allow(unsafe_code)]
fn load_words(words: &[i16; 8]) -> v128 {
    // SAFETY: the array has the 16 bytes that are read, and the load needs no alignment.
    unsafe { v128_load(words.as_ptr().cast()) }
}

#[inline(always)]
#[allow(unsafe_code)]
fn store(words: &mut [i16; 8], value: v128) {
    // SAFETY: the array has the 16 bytes that are written, and the store needs no alignment.
    unsafe { v128_store(words.as_mut_ptr().cast(), value) }
}
