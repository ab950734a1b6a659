//! Layers as plain integers: what a model file holds.

use crate::error::{KernelError, Result};
use crate::net::MAX_CHANNELS;

/// The largest shift of a layer.
pub const MAX_SHIFT: u8 = 30;

/// From the sums of a layer to its activations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settling {
    /// Added to the sum of each output.
    pub bias: Vec<i32>,
    /// By how many bits sums are shifted, 1 to [`MAX_SHIFT`].
    pub shift: u8,
    /// The largest magnitude of an activation, at least 1.
    pub limit: i16,
    /// Whether negative activations are scaled by 3277 / 32768.
    pub leaky: bool,
}

/// A linear layer of each position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinearSpec {
    /// Input channels.
    pub inputs: usize,
    /// Output channels.
    pub outputs: usize,
    /// `[inputs, outputs]`
    pub weights: Vec<i16>,
    /// From sums to activations.
    pub settling: Settling,
}

/// A 3x3 convolution of each channel with itself, zero outside the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapsSpec {
    /// Channels.
    pub channels: usize,
    /// `[9, channels]`, places in row-major order.
    pub weights: Vec<i16>,
    /// From sums to activations.
    pub settling: Settling,
}

/// A residual block: `x = sat(x + b(d(a(x))))`, then `x = sat(x + f2(f1(x)))`, where `sat` clamps to the limit of the
/// layer that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockSpec {
    /// Into the convolution.
    pub a: LinearSpec,
    /// The convolution.
    pub d: TapsSpec,
    /// Out of the convolution.
    pub b: LinearSpec,
    /// Expands.
    pub f1: LinearSpec,
    /// Projects back.
    pub f2: LinearSpec,
}

/// Checks that a layer has `per_output` weights for each of its outputs, `[per_output, outputs]`, and that with inputs
/// of at most `limit` every sum, in any order, stays in `i32`.
pub(super) fn prove(
    weights: &[i16],
    [per_output, outputs]: [usize; 2],
    settling: &Settling,
    input_limit: i16,
) -> Result<()> {
    let refuse = |reason, value: i64| {
        let layer = 0;
        Err(KernelError::Network { reason, layer, value })
    };
    if !(1..=MAX_CHANNELS).contains(&outputs) || !(1..=MAX_CHANNELS).contains(&per_output) {
        return refuse("channels out of range", outputs as i64);
    }
    if weights.len() != per_output * outputs || settling.bias.len() != outputs {
        return refuse("number of weights or biases", weights.len() as i64);
    }
    if !(1..=MAX_SHIFT).contains(&settling.shift) {
        return refuse("shift out of range", i64::from(settling.shift));
    }
    if settling.limit < 1 || input_limit < 1 {
        return refuse("limit out of range", i64::from(settling.limit.min(input_limit)));
    }
    let mut sums = vec![0i64; outputs];
    for row in weights.chunks_exact(outputs) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += i64::from(weight.unsigned_abs());
        }
    }
    let half = 1i64 << (settling.shift - 1);
    for (sum, bias) in sums.iter().zip(&settling.bias) {
        let bound = sum * i64::from(input_limit) + i64::from(bias.unsigned_abs()) + half;
        if bound > i64::from(i32::MAX) {
            return refuse("a sum could overflow", bound);
        }
    }
    Ok(())
}
