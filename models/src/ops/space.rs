//! Linear layers that also change the resolution, composed of the other operations.

use burn::backend::TensorMetadata;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;

use super::{KernelOps, Rounding};

/// [`KernelOps::linear_to_space`] as a layer and a rearrangement.
pub(super) fn to_space<B: KernelOps>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    rounding: Rounding,
) -> FloatTensor<B> {
    let [batch, height, width, inputs] = sides(&x.shape());
    let channels = weight.shape()[1] / 4;
    let x = B::float_reshape(x, Shape::new([batch * height * width, inputs]));
    let x = B::fused_linear(x, weight, bias, 1.0, rounding);
    let x = B::float_reshape(x, Shape::new([batch, height, width, 2, 2, channels]));
    let x = B::float_permute(x, &[0, 1, 3, 2, 4, 5]);
    B::float_reshape(x, Shape::new([batch, 2 * height, 2 * width, channels]))
}

/// [`KernelOps::linear_from_space`] as a rearrangement and a layer.
pub(super) fn from_space<B: KernelOps>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    rounding: Rounding,
) -> FloatTensor<B> {
    let [batch, height, width, channels] = sides(&x.shape());
    let outputs = weight.shape()[1];
    let x = B::float_reshape(x, Shape::new([batch, height / 2, 2, width / 2, 2, channels]));
    let x = B::float_permute(x, &[0, 1, 3, 2, 4, 5]);
    let x = B::float_reshape(x, Shape::new([batch * height / 2 * (width / 2), 4 * channels]));
    let x = B::fused_linear(x, weight, bias, 1.0, rounding);
    B::float_reshape(x, Shape::new([batch, height / 2, width / 2, outputs]))
}

fn sides(shape: &Shape) -> [usize; 4] {
    [shape[0], shape[1], shape[2], shape[3]]
}
