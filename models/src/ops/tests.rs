//! The kernels against the same operations composed of Burn's own, values and gradients.

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, Tensor, activation};

use super::{
    Rounding, depthwise, depthwise_rows, linear, linear_from_space, linear_onto, linear_to_space, residual_block,
};
use crate::nn::{depth_to_space, space_to_depth};

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
        let ours = linear(x.clone(), w.clone(), b.clone(), slope, Rounding::Never);
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
    let grads = linear(x.clone(), w.clone(), b, 1.0, Rounding::Never).sum().backward();
    assert!(x.grad(&grads).is_none());
    assert_close("weight", w.grad(&grads).unwrap(), Tensor::full([4, 2], 3.0, &device()));
}

/// Weights and biases of a block of `channels` with `inner` and `wide` channels inside.
fn block_layers(channels: usize, inner: usize, wide: usize, side: usize) -> [(Tensor<2>, Tensor<1>); 5] {
    let layer = |inputs: usize, outputs| {
        let weight = random([inputs, outputs]).inner() / (inputs as f32).sqrt();
        (weight, random([outputs]).inner())
    };
    [
        layer(channels, inner),
        layer(side * side, inner),
        layer(inner, channels),
        layer(channels, wide),
        layer(wide, channels),
    ]
}

/// A block, layer by layer.
fn layer_by_layer(x: Tensor<4>, layers: [(Tensor<2>, Tensor<1>); 5], slope: f32) -> Tensor<4> {
    let [a, d, b, f1, f2] = layers;
    let layer = |x: Tensor<4>, (weight, bias): (Tensor<2>, Tensor<1>), slope| {
        let [batch, height, width, channels] = x.dims();
        let outputs = weight.dims()[1];
        let rows = x.reshape([batch * height * width, channels]);
        linear(rows, weight, bias, slope, Rounding::Never).reshape([batch, height, width, outputs])
    };
    let inner = depthwise(layer(x.clone(), a, slope), d.0, d.1);
    let x = x + layer(inner, b, 1.0);
    let inner = layer(x.clone(), f1, slope);
    x + layer(inner, f2, 1.0)
}

/// Sizes of maps and blocks: batch, height, width, channels, inner and wide channels, side of the kernel.
const BLOCKS: [[usize; 7]; 6] = [
    [1, 1, 1, 2, 2, 4, 3],
    [2, 5, 4, 6, 10, 8, 3],
    [1, 40, 7, 8, 8, 16, 5],
    [3, 9, 50, 66, 64, 130, 3],
    [1, 100, 97, 16, 16, 32, 3],
    [1, 33, 120, 4, 6, 2, 5],
];

#[test]
fn a_block_in_strips_is_the_same_layer_by_layer() {
    for [batch, height, width, channels, inner, wide, side] in BLOCKS {
        let x = random([batch, height, width, channels]).inner();
        let layers = block_layers(channels, inner, wide, side);
        let theirs = layer_by_layer(x.clone(), layers.clone(), 0.1);
        let ours = residual_block(x, layers, 0.1, Rounding::Never);
        assert_close("output", ours, theirs);
    }
}

#[test]
fn a_rounded_block_is_nearly_the_same() {
    for [batch, height, width, channels, inner, wide, side] in BLOCKS {
        let x = random([batch, height, width, channels]).inner();
        let layers = block_layers(channels, inner, wide, side);
        let theirs = residual_block(x.clone(), layers.clone(), 0.1, Rounding::Never);
        let ours = residual_block(x, layers, 0.1, Rounding::Int16);
        assert_near(ours, theirs);
    }
}

/// The root mean square of the difference over that of `theirs`.
fn apart<const D: usize>(ours: Tensor<D>, theirs: Tensor<D>) -> f32 {
    let power = |x: Tensor<D>| x.powf_scalar(2.0).mean().into_scalar::<f32>().sqrt();
    power(ours - theirs.clone()) / power(theirs)
}

fn assert_near<const D: usize>(ours: Tensor<D>, theirs: Tensor<D>) {
    let apart = apart(ours, theirs);
    assert!(apart < 0.002, "off by {apart}");
}

#[test]
fn rounded_layers_are_nearly_the_same() {
    for (batch, height, width, inputs, outputs) in [
        (1, 2, 2, 2, 4),
        (2, 6, 4, 7, 12),
        (1, 30, 22, 50, 132),
        (1, 8, 8, 320, 192),
    ] {
        let x = random([batch, height, width, inputs]).inner();
        let (w, b) = (random([inputs, outputs]).inner(), random([outputs]).inner());
        let both = |run: &dyn Fn(Rounding) -> Tensor<4>| assert_near(run(Rounding::Int16), run(Rounding::Never));
        both(&|rounding| linear_to_space(x.clone(), w.clone(), b.clone(), rounding));
        let (v, c) = (random([4 * inputs, outputs]).inner(), random([outputs]).inner());
        both(&|rounding| linear_from_space(x.clone(), v.clone(), c.clone(), rounding));
        let rows = batch * height * width;
        let (flat, base) = (x.clone().reshape([rows, inputs]), random([rows, outputs]).inner());
        let plain = |x: Tensor<2>| x.reshape([1, 1, rows, outputs]);
        both(&|rounding| plain(linear(flat.clone(), w.clone(), b.clone(), 0.1, rounding)));
        both(&|rounding| plain(linear_onto(flat.clone(), w.clone(), b.clone(), base.clone(), rounding)));
    }
}

#[test]
fn rounded_layers_have_nearly_the_same_gradients() {
    let (x, mask) = (random([2, 9, 8, 64]), random([2, 9, 8, 64]).detach());
    let layers =
        block_layers(64, 32, 128, 3).map(|(weight, bias)| (Tensor::from_inner(weight), Tensor::from_inner(bias)));
    let gradient = |rounding| {
        let out = residual_block(x.clone(), layers.clone(), 0.1, rounding);
        x.grad(&(out * mask.clone()).sum().backward()).unwrap()
    };
    // Where an activation is nearly zero, its gradient may be that of the other side.
    let (ours, theirs) = (gradient(Rounding::Int16), gradient(Rounding::Never));
    assert!(apart(ours, theirs) < 0.02);
}

/// One large input or weight leaves few bits for the others, and no sum may overflow.
#[test]
fn rounded_sums_do_not_overflow() {
    for large in [1.0f32, 1e-30, 1e30] {
        let x = Tensor::<2>::full([7, 768], large, &Device::flex());
        let w = Tensor::<2>::full([768, 65], 0.5, &Device::flex());
        let b = Tensor::<1>::zeros([65], &Device::flex());
        let out = linear(x, w, b, 1.0, Rounding::Int16) / large;
        assert_near(out.clone(), out.full_like(384.0));
    }
    let zero = Tensor::<2>::zeros([3, 4], &Device::flex());
    let out = linear(
        zero.clone(),
        zero.clone().transpose(),
        Tensor::ones([3], &Device::flex()),
        1.0,
        Rounding::Int16,
    );
    assert_eq!(out.into_data().try_into_vec::<f32>().unwrap(), [1.0; 9]);
}

#[test]
fn a_block_has_the_gradients_of_its_layers() {
    let x = random([2, 5, 4, 6]);
    let trained = |(weight, bias)| {
        (
            Tensor::from_inner(weight).require_grad(),
            Tensor::from_inner(bias).require_grad(),
        )
    };
    let layers = block_layers(6, 10, 8, 3).map(trained);
    let mask = random([2, 5, 4, 6]).detach();
    let theirs = (layer_by_layer(x.clone(), layers.clone(), 0.1) * mask.clone())
        .sum()
        .backward();
    let ours = (residual_block(x.clone(), layers.clone(), 0.1, Rounding::Never) * mask)
        .sum()
        .backward();
    assert_close("x", x.grad(&ours).unwrap(), x.grad(&theirs).unwrap());
    for (weight, bias) in layers {
        assert_close("weight", weight.grad(&ours).unwrap(), weight.grad(&theirs).unwrap());
        assert_close("bias", bias.grad(&ours).unwrap(), bias.grad(&theirs).unwrap());
    }
}

#[test]
fn layers_change_the_resolution_and_have_gradients() {
    for (batch, height, width, channels) in [(1, 1, 1, 1), (2, 3, 5, 4), (1, 30, 70, 9)] {
        let x = random([batch, height, width, channels]);
        let (w, b) = (random([channels, 12]), random([12]));
        let flat = |x: Tensor<4>, w: &Tensor<2>, b: &Tensor<1>| {
            let [batch, height, width, channels] = x.dims();
            let out = linear(
                x.reshape([batch * height * width, channels]),
                w.clone(),
                b.clone(),
                1.0,
                Rounding::Never,
            );
            let columns = out.dims()[1];
            out.reshape([batch, height, width, columns])
        };
        let up = linear_to_space(x.clone(), w.clone(), b.clone(), Rounding::Never);
        assert_close(
            "up",
            up.clone().inner(),
            depth_to_space(flat(x.clone(), &w, &b)).inner(),
        );
        let plain = linear_to_space(x.clone().inner(), w.clone().inner(), b.clone().inner(), Rounding::Never);
        assert_close("up on the plain backend", plain, up.clone().inner());
        let (v, c) = (random([12, 5]), random([5]));
        let down = linear_from_space(up.clone(), v.clone(), c.clone(), Rounding::Never);
        assert_close(
            "down",
            down.clone().inner(),
            flat(space_to_depth(up.clone()), &v, &c).inner(),
        );
        let plain = linear_from_space(up.inner(), v.clone().inner(), c.inner(), Rounding::Never);
        assert_close("down on the plain backend", plain, down.clone().inner());
        let grads = down.sum().backward();
        assert!(x.grad(&grads).is_some() && w.grad(&grads).is_some() && v.grad(&grads).is_some());
    }
}

#[test]
fn a_layer_adds_to_what_is_there() {
    let (x, w, b) = (random([70, 6]).inner(), random([6, 5]).inner(), random([5]).inner());
    let base = random([70, 5]).inner();
    let theirs = base.clone() + linear(x.clone(), w.clone(), b.clone(), 1.0, Rounding::Never);
    let before = base.clone();
    assert_close("output", linear_onto(x, w, b, base.clone(), Rounding::Never), theirs);
    assert_close("what is shared stays", base, before);
}
