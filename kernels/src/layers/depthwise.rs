//! Depthwise convolution of rows that are in the cache.

use super::check_len;
use crate::{KernelError, Result};

/// Channels that are summed in registers.
const CHANNELS: usize = 64;

/// A depthwise convolution with a square kernel and zero padding.
#[derive(Debug, Clone)]
pub struct Depthwise {
    /// `[side * side, channels]`
    weight: Vec<f32>,
    /// `[channels]`
    bias: Vec<f32>,
    side: usize,
}

impl Depthwise {
    /// Prepares a convolution.
    ///
    /// # Shapes
    /// - `weight`: `[side * side, channels]` for an odd side, taps in row-major order
    /// - `bias`: `[channels]`
    ///
    /// # Errors
    /// [`KernelError::Parameter`] for other shapes.
    pub fn new(weight: &[f32], bias: &[f32]) -> Result<Self> {
        let taps = weight.len() / bias.len().max(1);
        let side = taps.isqrt();
        if side * side != taps || side.is_multiple_of(2) {
            let what = "taps of a depthwise convolution, an odd square";
            let value = taps as i64;
            return Err(KernelError::Parameter { what, value });
        }
        check_len("weights of a depthwise convolution", weight.len(), taps * bias.len())?;
        Ok(Self {
            weight: weight.to_vec(),
            bias: bias.to_vec(),
            side,
        })
    }

    /// Channels in and out.
    pub fn channels(&self) -> usize {
        self.bias.len()
    }

    /// Rows above and below that an output depends on.
    pub(super) fn margin(&self) -> usize {
        self.side / 2
    }

    /// One row of outputs, of row `at` of `window`, rows of `width` positions; beyond the window there is nothing.
    #[inline(always)]
    pub(super) fn row(&self, window: &[f32], width: usize, at: usize, out: &mut [f32]) {
        let (channels, margin) = (self.bias.len(), self.margin());
        let rows = window.len() / (width * channels);
        let tap_rows = margin.saturating_sub(at)..self.side.min(rows + margin - at);
        for (j, out) in out.chunks_exact_mut(channels).enumerate() {
            let tap_columns = margin.saturating_sub(j)..self.side.min(width + margin - j);
            for first in (0..channels).step_by(CHANNELS) {
                let count = CHANNELS.min(channels - first);
                let mut sums = [0.0f32; CHANNELS];
                copy(&self.bias[first..first + count], &mut sums[..count]);
                for di in tap_rows.clone() {
                    for dj in tap_columns.clone() {
                        let x = ((at + di - margin) * width + j + dj - margin) * channels + first;
                        let tap = (di * self.side + dj) * channels + first;
                        add_products(&mut sums, &window[x..x + count], &self.weight[tap..tap + count]);
                    }
                }
                copy(&sums[..count], &mut out[first..first + count]);
            }
        }
    }
}

/// As `copy_from_slice`, which calls a function for lengths that the compiler does not know.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    if let (Some(from), Some(to)) = (from.as_array::<CHANNELS>(), to.as_mut_array::<CHANNELS>()) {
        *to = *from;
    } else {
        to.copy_from_slice(from);
    }
}

#[inline(always)]
fn add_products(sums: &mut [f32; CHANNELS], x: &[f32], weight: &[f32]) {
    if let (Some(x), Some(weight)) = (x.as_array::<CHANNELS>(), weight.as_array::<CHANNELS>()) {
        for i in 0..CHANNELS {
            sums[i] += x[i] * weight[i];
        }
    } else {
        for ((sum, x), weight) in sums.iter_mut().zip(x).zip(weight) {
            *sum += x * weight;
        }
    }
}
