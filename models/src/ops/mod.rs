//! Kernels that Burn lacks, behind Burn's backend extension interface: a fused linear layer, a depthwise convolution and
//! the residual block made of both.
//!
//! The codec keeps its feature maps channel-last, so that every 1x1 convolution is one matrix product over all
//! positions. Both operations have a native implementation for the CPU ([`flex`]), one composed of Burn's own
//! operations for every other backend ([`fallback`]), and a hand-written backward pass ([`autodiff`]). The block is composed
//! of them ([`block`]) everywhere but on the CPU, where a strip of rows goes through all of it while it is in the cache.

mod autodiff;
mod block;
mod fallback;
mod flex;
mod space;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use block::{BlockWeights, kernel_side};
pub use lmc_kernels::layers::Rounding;

/// Operations with a backward pass, dispatched at run time to the backend of their tensors.
#[backend_extension(Flex, Cube, Autodiff)]
pub(crate) trait KernelOps: Backend {
    /// `leaky(x * w + b)`, see [`linear`].
    fn fused_linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        slope: f32,
        rounding: Rounding,
    ) -> FloatTensor<Self>;

    /// Depthwise convolution with a kernel of this many rows, see [`depthwise`] and [`depthwise_rows`].
    fn depthwise_conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        kernel_rows: usize,
    ) -> FloatTensor<Self>;

    /// See [`residual_block`].
    fn residual_block(
        x: FloatTensor<Self>,
        #[extension_type] weights: BlockWeights<Self>,
        slope: f32,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        block::composed::<Self>(x, weights, slope, rounding)
    }

    /// See [`linear_to_space`].
    fn linear_to_space(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        space::to_space::<Self>(x, weight, bias, rounding)
    }

    /// See [`linear_from_space`].
    fn linear_from_space(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        space::from_space::<Self>(x, weight, bias, rounding)
    }

    /// See [`linear_onto`].
    fn linear_onto(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        onto: FloatTensor<Self>,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        Self::float_add(onto, Self::fused_linear(x, weight, bias, 1.0, rounding))
    }
}

/// What the backward passes need of a backend.
pub(crate) trait KernelGradients: Backend {
    /// Gradients of [`KernelOps::fused_linear`] for the input, the weight and the bias,
    /// for the last two where they are wanted.
    fn fused_linear_backward(saved: LinearState<Self>, grad: FloatTensor<Self>, parameters: bool) -> Gradients3<Self>;

    /// Gradients of [`KernelOps::depthwise_conv`] for the input, the weight and the bias, for the last two where they are
    /// wanted.
    fn depthwise_conv_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        kernel_rows: usize,
        parameters: bool,
    ) -> Gradients3<Self>;
}

/// Gradients of an operation with an input, a weight and a bias.
pub(crate) struct Gradients3<B: Backend> {
    x: FloatTensor<B>,
    /// Weight and bias.
    parameters: Option<(FloatTensor<B>, FloatTensor<B>)>,
}

/// What a fused linear layer keeps for its backward pass.
#[derive(Debug, Clone)]
pub(crate) struct LinearState<B: Backend> {
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    output: FloatTensor<B>,
    slope: f32,
    /// How the factors of the gradient for the input may be rounded.
    rounding: Rounding,
}

/// A linear layer over the channels of every position with an optional leaky ReLU: `leaky(x * weight + bias)`.
///
/// `slope` is the factor for negative values; 1 means no activation, and it must be positive.
///
/// # Shapes
/// - `x`: `[positions, channels_in]`
/// - `weight`: `[channels_in, channels_out]`
/// - `bias`: `[channels_out]`
/// - output: `[positions, channels_out]`
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>, slope: f32, rounding: Rounding) -> Tensor<2> {
    assert!(slope > 0.0, "the slope of a fused activation is positive");
    Tensor::from_dispatch(<Dispatch as KernelOps>::fused_linear(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        slope,
        rounding,
    ))
}

/// A linear layer whose outputs are those of 2x2 positions at twice the resolution, ordered (row, column, channel).
///
/// # Shapes
/// - `x`: `[batch, height, width, channels_in]`
/// - `weight`: `[channels_in, 4 channels_out]`
/// - `bias`: `[4 channels_out]`
/// - output: `[batch, 2 height, 2 width, channels_out]`
pub fn linear_to_space(x: Tensor<4>, weight: Tensor<2>, bias: Tensor<1>, rounding: Rounding) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as KernelOps>::linear_to_space(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        rounding,
    ))
}

/// A linear layer whose inputs are those of 2x2 positions, ordered (row, column, channel), at half the resolution.
///
/// # Shapes
/// - `x`: `[batch, height, width, channels_in]`; height and width even
/// - `weight`: `[4 channels_in, channels_out]`
/// - `bias`: `[channels_out]`
/// - output: `[batch, height / 2, width / 2, channels_out]`
pub fn linear_from_space(x: Tensor<4>, weight: Tensor<2>, bias: Tensor<1>, rounding: Rounding) -> Tensor<4> {
    let [_, height, width, _] = x.dims();
    assert!(height % 2 == 0 && width % 2 == 0, "{height}x{width} are no whole 2x2");
    Tensor::from_dispatch(<Dispatch as KernelOps>::linear_from_space(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        rounding,
    ))
}

/// A linear layer added to `onto`: `onto + x * weight + bias`.
///
/// # Shapes
/// As [`linear`]; `onto` as the output.
pub fn linear_onto(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>, onto: Tensor<2>, rounding: Rounding) -> Tensor<2> {
    assert_eq!(onto.dims(), [x.dims()[0], weight.dims()[1]], "an output has one shape");
    Tensor::from_dispatch(<Dispatch as KernelOps>::linear_onto(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        onto.into_dispatch(),
        rounding,
    ))
}

/// A depthwise convolution with a square kernel of odd size and zero padding that keeps the size.
///
/// # Shapes
/// - `x`: `[batch, height, width, channels]`
/// - `weight`: `[kernel * kernel, channels]`, taps in row-major order
/// - `bias`: `[channels]`
/// - output: `[batch, height, width, channels]`
pub fn depthwise(x: Tensor<4>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<4> {
    let rows = kernel_side(weight.dims()[0]);
    depthwise_with(x, weight, bias, rows)
}

/// A depthwise convolution along the width alone, with an odd number of taps and zero padding that keeps the size.
///
/// # Shapes
/// - `x`: `[batch, height, width, channels]`
/// - `weight`: `[taps, channels]`
/// - `bias`: `[channels]`
/// - output: `[batch, height, width, channels]`
pub fn depthwise_rows(x: Tensor<4>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<4> {
    assert!(weight.dims()[0] % 2 == 1, "a kernel has an odd number of taps");
    depthwise_with(x, weight, bias, 1)
}

fn depthwise_with(x: Tensor<4>, weight: Tensor<2>, bias: Tensor<1>, kernel_rows: usize) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as KernelOps>::depthwise_conv(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        kernel_rows,
    ))
}

/// A residual block: `x + b(d(leaky(a(x))))`, then `x + f2(leaky(f1(x)))`, where `d` is a [`depthwise`] convolution and all
/// others are [`linear`] layers. Each comes as its weight and bias.
///
/// # Shapes
/// `[batch, height, width, channels]` in and out
pub fn residual_block(
    x: Tensor<4>,
    [a, d, b, f1, f2]: [(Tensor<2>, Tensor<1>); 5],
    slope: f32,
    rounding: Rounding,
) -> Tensor<4> {
    assert!(slope > 0.0, "the slope of a fused activation is positive");
    let weights = BlockWeights {
        a_weight: a.0.into_dispatch(),
        a_bias: a.1.into_dispatch(),
        d_weight: d.0.into_dispatch(),
        d_bias: d.1.into_dispatch(),
        b_weight: b.0.into_dispatch(),
        b_bias: b.1.into_dispatch(),
        f1_weight: f1.0.into_dispatch(),
        f1_bias: f1.1.into_dispatch(),
        f2_weight: f2.0.into_dispatch(),
        f2_bias: f2.1.into_dispatch(),
    };
    Tensor::from_dispatch(<Dispatch as KernelOps>::residual_block(
        x.into_dispatch(),
        weights,
        slope,
        rounding,
    ))
}

#[cfg(test)]
mod tests;
