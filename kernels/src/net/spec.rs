//! Networks as plain integers: what a trainer exports and a model file holds.

use super::Rescale;
use crate::error::{KernelError, Result};

/// The most layers of a network.
pub const MAX_LAYERS: usize = 256;
/// The most channels of a layer.
pub const MAX_CHANNELS: usize = 4096;

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayerSpec {
    /// A 1x1 convolution.
    Pointwise(PointwiseSpec),
    /// A convolution of each channel with itself.
    Depthwise(DepthwiseSpec),
    /// A residual block.
    Block(Box<BlockSpec>),
    /// Four channels become one of twice the height and width: channel `c * 4 + dy * 2 + dx` at
    /// `(i, j)` becomes channel `c` at `(2 i + dy, 2 j + dx)`.
    PixelShuffle,
}

/// A 1x1 convolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointwiseSpec {
    /// Input channels.
    pub inputs: usize,
    /// Output channels.
    pub outputs: usize,
    /// `outputs * inputs` weights, those of one output together.
    pub weights: Vec<i8>,
    /// From sums to activations, per output.
    pub rescale: Rescale,
}

/// A depthwise convolution, zero outside the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepthwiseSpec {
    /// Channels.
    pub channels: usize,
    /// Height and width of the kernel: 3 or 5.
    pub kernel: usize,
    /// `channels * kernel * kernel` weights, those of one channel together, row by row.
    pub weights: Vec<i8>,
    /// From sums to activations, per channel.
    pub rescale: Rescale,
}

/// A residual block: `x = sat(x + b(d(a(x))))`, then `x = sat(x + f2(f1(x)))`.
///
/// `sat` clamps to -32767..=32767; the last rescale of each branch brings it to the scale of `x`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockSpec {
    /// 1x1 into the depthwise convolution.
    pub a: PointwiseSpec,
    /// The depthwise convolution.
    pub d: DepthwiseSpec,
    /// 1x1 out of the depthwise convolution.
    pub b: PointwiseSpec,
    /// 1x1 that expands.
    pub f1: PointwiseSpec,
    /// 1x1 that projects back.
    pub f2: PointwiseSpec,
}

/// Checks that the weights and the rescale of a layer fit its sizes, and that with inputs of at
/// most 32767 every sum, in any order, stays in `i32`. `per_output` is the number of weights of
/// one output.
pub(super) fn prove(weights: &[i8], outputs: usize, per_output: usize, rescale: &Rescale, layer: usize) -> Result<()> {
    let refuse = |reason, value: usize| {
        Err(KernelError::Network {
            reason,
            layer,
            value: value as i64,
        })
    };
    if !(1..=MAX_CHANNELS).contains(&outputs) {
        return refuse("output channels out of range", outputs);
    }
    if !(1..=MAX_CHANNELS).contains(&per_output) {
        return refuse("weights per output out of range", per_output);
    }
    if weights.len() != outputs * per_output {
        return refuse("number of weights", weights.len());
    }
    rescale.check(outputs, layer)?;
    for (weights, &bias) in weights.chunks_exact(per_output).zip(&rescale.bias) {
        let sum: i64 = weights.iter().map(|&w| i64::from(w).abs()).sum();
        let bound = sum * i64::from(super::ACTIVATION_MAX) + i64::from(bias).abs();
        if bound > i64::from(i32::MAX) {
            return Err(KernelError::Network {
                reason: "a sum could overflow",
                layer,
                value: bound,
            });
        }
    }
    Ok(())
}
