//! The residual block of all networks: only 1x1 and depthwise convolutions.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{Depthwise, Linear, NO_ACTIVATION, Precision};
use crate::ops;

/// `x + b(d(leaky(a(x))))`, then `x + f2(leaky(f1(x)))`.
#[derive(Module, Debug)]
pub struct Block {
    /// 1x1
    pub a: Linear,
    /// depthwise
    pub d: Depthwise,
    /// 1x1
    pub b: Linear,
    /// 1x1, twice as many channels out
    pub f1: Linear,
    /// 1x1, back to the channels of the block
    pub f2: Linear,
}

impl Block {
    /// A block whose depthwise convolution has an odd `kernel`.
    pub fn new(channels: usize, kernel: usize, device: &Device) -> Self {
        Self {
            a: Linear::new(channels, channels, device),
            d: Depthwise::new(channels, kernel, device),
            b: Linear::new(channels, channels, device),
            f1: Linear::new(channels, 2 * channels, device),
            f2: Linear::new(2 * channels, channels, device),
        }
    }

    /// Scales what the residual branches add, so that a fresh block is nearly the identity.
    pub fn damped(mut self, factor: f32) -> Self {
        self.b.weight = self.b.weight.map(|weight| weight * factor);
        self.f2.weight = self.f2.weight.map(|weight| weight * factor);
        self
    }

    /// # Shapes
    /// `[batch, height, width, channels]` in and out
    pub fn forward(&self, x: Tensor<4>, slope: f32, precision: Precision) -> Tensor<4> {
        let layers = [
            self.a.at(precision),
            self.d.at(precision),
            self.b.at(precision),
            self.f1.at(precision),
            self.f2.at(precision),
        ];
        ops::residual_block(x, layers, slope, precision.rounding())
    }

    /// [`Self::forward`], layer by layer, that shows its inner feature maps `a`, `d`, `x1`, `f1` and `x2` to an observer, in this order.
    pub fn forward_observed(
        &self,
        x: Tensor<4>,
        slope: f32,
        precision: Precision,
        observe: &mut dyn FnMut(&str, &Tensor<4>),
    ) -> Tensor<4> {
        let inner = self.a.forward(x.clone(), slope, precision);
        observe("a", &inner);
        let inner = self.d.forward(inner, precision);
        observe("d", &inner);
        let x = x + self.b.forward(inner, NO_ACTIVATION, precision);
        observe("x1", &x);
        let inner = self.f1.forward(x.clone(), slope, precision);
        observe("f1", &inner);
        let x = x + self.f2.forward(inner, NO_ACTIVATION, precision);
        observe("x2", &x);
        x
    }
}
