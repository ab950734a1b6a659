//! A 1x1 convolution: the same linear layer at every position.

use burn::module::{Module, Param};
use burn::tensor::{Device, Distribution, Tensor};

use crate::ops::{self, Rounding};

/// How exactly a layer computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Weights as they are.
    Float,
    /// As [`Self::Float`]; the factors of products may be rounded to 16 bits where that is faster.
    Rounded,
    /// As [`Self::Rounded`], with weights rounded to 8 bits per output channel, as the exported integer layer has them; gradients pass through.
    Int8,
}

impl Precision {
    /// What it lets kernels do.
    pub(super) fn rounding(self) -> Rounding {
        match self {
            Self::Rounded | Self::Int8 => Rounding::Int16,
            Self::Float => Rounding::Never,
        }
    }
}

/// `y = x * weight + bias` over the channels of every position.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[channels_in, channels_out]`
    pub weight: Param<Tensor<2>>,
    /// `[channels_out]`
    pub bias: Param<Tensor<1>>,
}

impl Linear {
    /// Uniform weights of variance 1 / (3 channels_in), zero bias.
    pub fn new(channels_in: usize, channels_out: usize, device: &Device) -> Self {
        let bound = 1.0 / (channels_in as f64).sqrt();
        let weight = Tensor::random(
            [channels_in, channels_out],
            Distribution::Uniform(-bound, bound),
            device,
        );
        Self {
            weight: Param::from_tensor(weight),
            bias: Param::from_tensor(Tensor::zeros([channels_out], device)),
        }
    }

    /// A layer that gives zero until it is trained.
    pub fn zeros(channels_in: usize, channels_out: usize, device: &Device) -> Self {
        Self {
            weight: Param::from_tensor(Tensor::zeros([channels_in, channels_out], device)),
            bias: Param::from_tensor(Tensor::zeros([channels_out], device)),
        }
    }

    /// The layer followed by a leaky ReLU of the given slope ([`super::NO_ACTIVATION`] for none).
    ///
    /// # Shapes
    /// - `x`: `[batch, height, width, channels_in]`
    /// - output: `[batch, height, width, channels_out]`
    pub fn forward(&self, x: Tensor<4>, slope: f32, precision: Precision) -> Tensor<4> {
        let [batch, height, width, channels_in] = x.dims();
        let (weight, bias) = self.at(precision);
        let channels_out = weight.dims()[1];
        let rows = x.reshape([batch * height * width, channels_in]);
        ops::linear(rows, weight, bias, slope, precision.rounding()).reshape([batch, height, width, channels_out])
    }

    /// The layer followed by [`super::depth_to_space`].
    ///
    /// # Shapes
    /// - `x`: `[batch, height, width, channels_in]`
    /// - output: `[batch, 2 height, 2 width, channels_out / 4]`
    pub fn forward_to_space(&self, x: Tensor<4>, precision: Precision) -> Tensor<4> {
        let (weight, bias) = self.at(precision);
        ops::linear_to_space(x, weight, bias, precision.rounding())
    }

    /// The layer after [`super::space_to_depth`].
    ///
    /// # Shapes
    /// - `x`: `[batch, height, width, channels_in / 4]`
    /// - output: `[batch, height / 2, width / 2, channels_out]`
    pub fn forward_from_space(&self, x: Tensor<4>, precision: Precision) -> Tensor<4> {
        let (weight, bias) = self.at(precision);
        ops::linear_from_space(x, weight, bias, precision.rounding())
    }

    /// What the layer makes of `x`, added to `onto`.
    ///
    /// # Shapes
    /// - `x`: `[batch, height, width, channels_in]`
    /// - `onto` and output: `[batch, height, width, channels_out]`
    pub fn forward_onto(&self, x: Tensor<4>, onto: Tensor<4>, precision: Precision) -> Tensor<4> {
        let ([batch, height, width, channels_in], shape) = (x.dims(), onto.dims());
        let rows = batch * height * width;
        let (x, onto) = (x.reshape([rows, channels_in]), onto.reshape([rows, shape[3]]));
        let (weight, bias) = self.at(precision);
        ops::linear_onto(x, weight, bias, onto, precision.rounding()).reshape(shape)
    }

    /// Weight and bias as a precision sees them.
    pub(super) fn at(&self, precision: Precision) -> (Tensor<2>, Tensor<1>) {
        (at_precision(self.weight.val(), precision), self.bias.val())
    }
}

/// A weight of `[inputs, channels_out]` as the chosen precision sees it.
pub(super) fn at_precision(weight: Tensor<2>, precision: Precision) -> Tensor<2> {
    match precision {
        Precision::Float | Precision::Rounded => weight,
        Precision::Int8 => {
            let plain = weight.clone().detach();
            let step = plain.clone().abs().max_dim(0).clamp_min(1e-9) / 127.0;
            let rounded = (plain.clone() / step.clone()).round() * step;
            weight + (rounded - plain)
        }
    }
}
