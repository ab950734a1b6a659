//! From sums back to activations: a bias, a multiplication and a shift per channel.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

use super::kernel::Settle;
use crate::error::{KernelError, Result};

/// The largest shift of a rescale.
const MAX_SHIFT: u8 = 47;

/// `out = clamp((sum + bias) * mult + 2^(shift - 1) >> shift)` to -32767..=32767 per channel, in
/// 64 bits with an arithmetic shift; then, when `leaky`, `out < 0` becomes `out * 13 >> 7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescale {
    /// Added to the sum, in its units.
    pub bias: Vec<i32>,
    /// The factor, not negative.
    pub mult: Vec<i32>,
    /// The shift, 1 to 47.
    pub shift: Vec<u8>,
    /// Whether negative results are scaled by 13/128.
    pub leaky: bool,
}

impl Rescale {
    pub(super) fn check(&self, channels: usize, layer: usize) -> Result<()> {
        let refuse = |reason, value| Err(KernelError::Network { reason, layer, value });
        for length in [self.bias.len(), self.mult.len(), self.shift.len()] {
            if length != channels {
                return refuse("length of a rescale", length as i64);
            }
        }
        if let Some(&mult) = self.mult.iter().find(|&&m| m < 0) {
            return refuse("negative factor", i64::from(mult));
        }
        if let Some(&shift) = self.shift.iter().find(|s| !(1..=MAX_SHIFT).contains(s)) {
            return refuse("shift out of range", i64::from(shift));
        }
        Ok(())
    }
}

/// The rescale of one value: `clamp(value * mult + 2^(shift - 1) >> shift)` to -32767..=32767.
///
/// `shift` is taken modulo 64, and a shift of 0 only multiplies.
#[inline(always)]
pub fn dyadic(value: i32, mult: i32, shift: u8) -> i16 {
    let shift = u32::from(shift) & 63;
    let half = (1i64 << shift) >> 1;
    let scaled = (i64::from(value) * i64::from(mult) + half) >> shift;
    scaled.clamp(-32767, 32767) as i16
}

/// A rescale laid out for the kernels: widened and padded to whole panels.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    bias: Vec<i32>,
    /// The factor: two halves of 32 bits make a product of 64 in one instruction.
    mult: Vec<i32>,
    /// The rounding constant.
    half: Vec<i64>,
    shift: Vec<u64>,
    leaky: bool,
    /// The same for vectors that have no shifts by different amounts.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    vectors: Option<wasm::Vectors>,
}

impl Packed {
    /// Pads to `channels` with channels that give 0.
    pub(super) fn new(spec: &Rescale, channels: usize) -> Self {
        let pad = channels - spec.bias.len();
        let shift: Vec<u64> = spec.shift.iter().map(|&s| u64::from(s)).collect();
        Self {
            bias: padded(spec.bias.clone(), pad, 0),
            mult: padded(spec.mult.clone(), pad, 0),
            half: padded(shift.iter().map(|&s| 1 << (s - 1)).collect(), pad, 1),
            shift: padded(shift, pad, 1),
            leaky: spec.leaky,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            vectors: wasm::Vectors::new(spec, channels),
        }
    }
}

impl Settle for Packed {
    #[inline(always)]
    fn start(&self) -> &[i32] {
        &self.bias
    }

    #[inline(always)]
    fn apply<const N: usize>(&self, first: usize, sums: &[i32; N], add: bool, out: &mut [i16]) {
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        if let Some(vectors) = &self.vectors {
            return vectors.apply(first, sums, add, out);
        }
        let mult = &self.mult[first..first + N];
        let half = &self.half[first..first + N];
        let shift = &self.shift[first..first + N];
        let mut scaled = [0i32; N];
        for i in 0..N {
            let value = (i64::from(sums[i]) * i64::from(mult[i]) + half[i]) >> (shift[i] & 63);
            scaled[i] = value.clamp(-32767, 32767) as i32;
        }
        if self.leaky {
            for value in &mut scaled {
                *value = if *value < 0 { (*value * 13) >> 7 } else { *value };
            }
        }
        if add {
            for (out, value) in out.iter_mut().zip(&scaled) {
                *out = (i32::from(*out) + value).clamp(-32767, 32767) as i16;
            }
        } else {
            for (out, value) in out.iter_mut().zip(&scaled) {
                *out = *value as i16;
            }
        }
    }
}

fn padded<T: Clone>(mut values: Vec<T>, pad: usize, with: T) -> Vec<T> {
    values.resize(values.len() + pad, with);
    values
}
