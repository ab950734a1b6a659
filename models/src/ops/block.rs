//! The residual block as one operation, and what it is composed of where no backend does better.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, ExtensionType, TensorMetadata};
use burn::tensor::Shape;

use super::{KernelOps, Rounding};

/// The parameters of a residual block, see [`super::residual_block`].
#[derive(Debug, Clone, ExtensionType)]
pub(crate) struct BlockWeights<B: Backend> {
    pub(super) a_weight: FloatTensor<B>,
    pub(super) a_bias: FloatTensor<B>,
    pub(super) d_weight: FloatTensor<B>,
    pub(super) d_bias: FloatTensor<B>,
    pub(super) b_weight: FloatTensor<B>,
    pub(super) b_bias: FloatTensor<B>,
    pub(super) f1_weight: FloatTensor<B>,
    pub(super) f1_bias: FloatTensor<B>,
    pub(super) f2_weight: FloatTensor<B>,
    pub(super) f2_bias: FloatTensor<B>,
}

/// [`KernelOps::residual_block`] of the other operations, layer by layer; it has their gradients.
pub(super) fn composed<B: KernelOps>(
    x: FloatTensor<B>,
    weights: BlockWeights<B>,
    slope: f32,
    rounding: Rounding,
) -> FloatTensor<B> {
    let linear = |x, weight, bias, slope| linear::<B>(x, weight, bias, (slope, rounding));
    let rows = kernel_side(weights.d_weight.shape()[0]);
    let inner = linear(x.clone(), weights.a_weight, weights.a_bias, slope);
    let inner = B::depthwise_conv(inner, weights.d_weight, weights.d_bias, rows);
    let x = B::float_add(x, linear(inner, weights.b_weight, weights.b_bias, 1.0));
    let inner = linear(x.clone(), weights.f1_weight, weights.f1_bias, slope);
    B::float_add(x, linear(inner, weights.f2_weight, weights.f2_bias, 1.0))
}

/// A linear layer at every position of a map.
fn linear<B: KernelOps>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    (slope, rounding): (f32, Rounding),
) -> FloatTensor<B> {
    let (map, [inner, columns]) = (x.shape(), [0, 1].map(|axis| weight.shape()[axis]));
    let positions = map[0] * map[1] * map[2];
    let x = B::float_reshape(x, Shape::new([positions, inner]));
    let out = B::fused_linear(x, weight, bias, slope, rounding);
    B::float_reshape(out, Shape::new([map[0], map[1], map[2], columns]))
}

/// The side of a square kernel with `taps` taps.
pub(super) fn kernel_side(taps: usize) -> usize {
    let side = taps.isqrt();
    assert!(
        side * side == taps && side % 2 == 1,
        "{taps} taps are no odd square kernel"
    );
    side
}
