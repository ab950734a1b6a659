//! The kernels against the same operations composed of Burn's own, values and gradients.

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, Tensor, activation};

use super::{depthwise, depthwise_rows, linear};

fn device() -> Device {
    Device::flex().autodiff()
}

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &device()).require_grad()
}

fn assert_close<const D: usize>(what: &str, ours: Tensor<D>, theirs: Tensor<D>) {
    assert_eq!(ours.dims(), theirs.dims(), "{what}");
    let scale: f32 = theirs.clone().abs().max().into_scalar();
    let error: f32 = (ours - theirs).abs().max().into_scalar();
    assert!(error <= 2e-5 * (1.0 + scale), "{what}: off by {error} of {scale}");
}

#[test]
fn linear_is_a_product_a_bias_and_an_activation() {
    for (rows, inner, columns, slope) in [(1, 1, 1, 1.0), (7, 5, 3, 0.1), (700, 64, 33, 0.1), (513, 17, 130, 1.0)] {
        let (x, w, b) = (random([rows, inner]), random([inner, columns]), random([columns]));
        let mask = random([rows, columns]).detach();
        let ours = linear(x.clone(), w.clone(), b.clone(), slope);
        let sum = x.clone().matmul(w.clone()) + b.clone().reshape([1, columns]);
        let theirs = activation::leaky_relu(sum, f64::from(slope));
        assert_close("output", ours.clone(), theirs.clone());
        let ours = (ours * mask.clone()).sum().backward();
        let theirs = (theirs * mask).sum().backward();
        assert_close("x", x.grad(&ours).unwrap(), x.grad(&theirs).unwrap());
        assert_close("weight", w.grad(&ours).unwrap(), w.grad(&theirs).unwrap());
        assert_close("bias", b.grad(&ours).unwrap(), b.grad(&theirs).unwrap());
    }
}

#[test]
fn depthwise_is_a_grouped_convolution() {
    for (batch, height, width, channels, side) in
        [(1, 1, 1, 1, 3), (2, 5, 4, 3, 3), (2, 2, 9, 8, 5), (1, 16, 16, 20, 5)]
    {
        let x = random([batch, height, width, channels]);
        let w = random([side * side, channels]);
        let b = random([channels]);
        let mask = random([batch, height, width, channels]).detach();
        let ours = depthwise(x.clone(), w.clone(), b.clone());
        let kernel = w.clone().transpose().reshape([channels, 1, side, side]);
        let options = ConvOptions::new([1, 1], [side / 2, side / 2], [1, 1], channels);
        let theirs = conv2d(x.clone().permute([0, 3, 1, 2]), kernel, Some(b.clone()), options).permute([0, 2, 3, 1]);
        assert_close("output", ours.clone(), theirs.clone());
        let ours = (ours * mask.clone()).sum().backward();
        let theirs = (theirs * mask).sum().backward();
        assert_close("x", x.grad(&ours).unwrap(), x.grad(&theirs).unwrap());
        assert_close("weight", w.grad(&ours).unwrap(), w.grad(&theirs).unwrap());
        assert_close("bias", b.grad(&ours).unwrap(), b.grad(&theirs).unwrap());
    }
}

#[test]
fn depthwise_along_rows_is_a_flat_grouped_convolution() {
    for (batch, height, width, channels, taps) in [(1, 1, 1, 1, 7), (3, 1, 20, 8, 7), (2, 3, 5, 4, 3)] {
        let x = random([batch, height, width, channels]);
        let w = random([taps, channels]);
        let b = random([channels]);
        let mask = random([batch, height, width, channels]).detach();
        let ours = depthwise_rows(x.clone(), w.clone(), b.clone());
        let kernel = w.clone().transpose().reshape([channels, 1, 1, taps]);
        let options = ConvOptions::new([1, 1], [0, taps / 2], [1, 1], channels);
        let theirs = conv2d(x.clone().permute([0, 3, 1, 2]), kernel, Some(b.clone()), options).permute([0, 2, 3, 1]);
        assert_close("output", ours.clone(), theirs.clone());
        let ours = (ours * mask.clone()).sum().backward();
        let theirs = (theirs * mask).sum().backward();
        assert_close("x", x.grad(&ours).unwrap(), x.grad(&theirs).unwrap());
        assert_close("weight", w.grad(&ours).unwrap(), w.grad(&theirs).unwrap());
        assert_close("bias", b.grad(&ours).unwrap(), b.grad(&theirs).unwrap());
    }
}

#[test]
fn untracked_inputs_need_no_gradient() {
    let x = Tensor::<2>::ones([3, 4], &device());
    let w = random([4, 2]);
    let b = random([2]);
    let grads = linear(x.clone(), w.clone(), b, 1.0).sum().backward();
    assert!(x.grad(&grads).is_none());
    assert_close("weight", w.grad(&grads).unwrap(), Tensor::full([4, 2], 3.0, &device()));
}
