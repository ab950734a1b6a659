//! A convolution that filters every channel on its own.

use burn::module::{Module, Param};
use burn::tensor::{Device, Distribution, Tensor};

use super::Precision;
use super::linear::at_precision;
use crate::ops;

/// Depthwise convolution with a square kernel, zero padding, same size.
#[derive(Module, Debug)]
pub struct Depthwise {
    /// `[kernel * kernel, channels]`, taps in row-major order
    pub weight: Param<Tensor<2>>,
    /// `[channels]`
    pub bias: Param<Tensor<1>>,
}

impl Depthwise {
    /// Uniform weights, zero bias; `kernel` is odd.
    pub fn new(channels: usize, kernel: usize, device: &Device) -> Self {
        let bound = 1.0 / kernel as f64;
        let weight = Tensor::random(
            [kernel * kernel, channels],
            Distribution::Uniform(-bound, bound),
            device,
        );
        Self {
            weight: Param::from_tensor(weight),
            bias: Param::from_tensor(Tensor::zeros([channels], device)),
        }
    }

    /// # Shapes
    /// `[batch, height, width, channels]` in and out
    pub fn forward(&self, x: Tensor<4>, precision: Precision) -> Tensor<4> {
        let (weight, bias) = self.at(precision);
        ops::depthwise(x, weight, bias)
    }

    /// Weight and bias as a precision sees them.
    pub(super) fn at(&self, precision: Precision) -> (Tensor<2>, Tensor<1>) {
        (at_precision(self.weight.val(), precision), self.bias.val())
    }
}
