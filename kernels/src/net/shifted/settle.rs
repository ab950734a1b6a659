//! From sums to activations by a shift.

use super::spec::Settling;
use crate::net::kernel::Settle;

/// The slope of a leaky layer, in units of 2^-15.
const SLOPE: i32 = 3277;

/// A [`Settling`] laid out for the kernels.
#[derive(Debug, Clone)]
pub(super) struct Shifted {
    /// Biases with the rounding constant, padded to whole panels.
    start: Vec<i32>,
    shift: u32,
    limit: i16,
    leaky: bool,
}

impl Shifted {
    /// Pads to `channels`; the settling was proved.
    pub(super) fn new(spec: &Settling, channels: usize) -> Self {
        let half = 1i32 << (spec.shift - 1);
        let mut start: Vec<i32> = spec.bias.iter().map(|bias| bias.wrapping_add(half)).collect();
        start.resize(channels, 0);
        Self {
            start,
            shift: u32::from(spec.shift),
            limit: spec.limit,
            leaky: spec.leaky,
        }
    }

    pub(super) fn limit(&self) -> i16 {
        self.limit
    }

    /// The activation of a sum.
    #[inline(always)]
    fn settled(&self, sum: i32) -> i16 {
        let limit = i32::from(self.limit);
        (sum >> (self.shift & 31)).clamp(-limit, limit) as i16
    }

    #[inline(always)]
    fn enter<const N: usize>(&self, sums: &[i32; N], add: bool, out: &mut [i16; N]) {
        let mut values = [0i16; N];
        for i in 0..N {
            values[i] = self.settled(sums[i]);
        }
        if self.leaky {
            for value in &mut values {
                let scaled = ((i32::from(*value) * SLOPE + (1 << 14)) >> 15) as i16;
                *value = if *value < 0 { scaled } else { *value };
            }
        }
        if add {
            for i in 0..N {
                values[i] = out[i].saturating_add(values[i]).clamp(-self.limit, self.limit);
            }
        }
        *out = values;
    }
}

impl Settle for Shifted {
    #[inline(always)]
    fn start(&self) -> &[i32] {
        &self.start
    }

    #[inline(always)]
    fn apply<const N: usize>(&self, _: usize, sums: &[i32; N], add: bool, out: &mut [i16]) {
        if let Some(out) = out.as_mut_array() {
            self.enter(sums, add, out);
        } else {
            let mut whole = [0; N];
            whole[..out.len()].copy_from_slice(out);
            self.enter(sums, add, &mut whole);
            out.copy_from_slice(&whole[..out.len()]);
        }
    }
}
