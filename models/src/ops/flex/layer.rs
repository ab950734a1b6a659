//! The prepared layers of the kernel crate on tensors. Weights change from step to step of a training, so each call prepares its own.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use lmc_kernels::KernelError;
use lmc_kernels::layers::{self, BlockParams, End, Linear};
use rayon::prelude::*;

use super::{Map, Matrix, accumulate, row_block, tensor, values};
use crate::ops::{BlockWeights, Rounding};

/// A layer of tensors whose shapes the caller has checked.
fn prepared<T>(layer: Result<T, KernelError>) -> T {
    layer.unwrap_or_else(|error| panic!("shapes of a layer: {error}"))
}

/// `out` after the layer of all positions, which are the rows of `x`.
pub(super) fn apply(
    mut out: Vec<f32>,
    x: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    bias: FloatTensor<Flex>,
    end: End,
    rounding: Rounding,
) -> FloatTensor<Flex> {
    let x = x.to_contiguous();
    let (rows, inner) = (x.shape()[0], x.shape()[1]);
    let layer = linear(weight, bias, rounding);
    layer.run(values(&x, rows * inner), end, &mut out);
    tensor(out, vec![rows, layer.outputs()])
}

fn linear(weight: FloatTensor<Flex>, bias: FloatTensor<Flex>, rounding: Rounding) -> Linear {
    let (weight, bias) = (weight.to_contiguous(), bias.to_contiguous());
    let (inner, columns) = (weight.shape()[0], weight.shape()[1]);
    prepared(Linear::new(
        values(&weight, inner * columns),
        values(&bias, columns),
        rounding,
    ))
}

/// Adds to `out` the gradients that `grad`, `[positions, columns]`, brings back through the weight, `[inputs, columns]`.
pub(super) fn apply_transposed(weight: &[f32], columns: usize, grad: &[f32], rounding: Rounding, out: &mut [f32]) {
    let inputs = weight.len() / columns;
    if rounding == Rounding::Int16 {
        let column = |column| weight.iter().skip(column).step_by(columns).copied();
        let turned: Vec<f32> = (0..columns).flat_map(column).collect();
        return prepared(Linear::new(&turned, &vec![0.0; inputs], rounding)).run(grad, End::Add, out);
    }
    let block = row_block(out.len() / inputs);
    let tasks = out.par_chunks_mut(block * inputs).zip(grad.par_chunks(block * columns));
    tasks.for_each(|(out, grad)| {
        let weight = Matrix::columns(weight, columns);
        accumulate(out, Matrix::rows(grad, columns), weight, inputs);
    });
}

pub(super) fn block(
    x: FloatTensor<Flex>,
    weights: BlockWeights<Flex>,
    slope: f32,
    rounding: Rounding,
) -> FloatTensor<Flex> {
    let x = x.to_contiguous();
    let map = Map::of(&x);
    let all = [
        (weights.a_weight, weights.a_bias),
        (weights.d_weight, weights.d_bias),
        (weights.b_weight, weights.b_bias),
        (weights.f1_weight, weights.f1_bias),
        (weights.f2_weight, weights.f2_bias),
    ]
    .map(|(weight, bias)| [weight, bias].map(|tensor| tensor.to_contiguous()));
    let [a, d, b, f1, f2] = all
        .each_ref()
        .map(|pair| {
            pair.each_ref()
                .map(|tensor| values(tensor, tensor.shape().num_elements()))
        })
        .map(|[weight, bias]| (weight, bias));
    let block = prepared(layers::Block::new(BlockParams { a, d, b, f1, f2 }, slope, rounding));
    tensor(block.run(map.sizes(), values(&x, map.len())), map.shape())
}

pub(super) fn to_space(
    x: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    bias: FloatTensor<Flex>,
    rounding: Rounding,
) -> FloatTensor<Flex> {
    let x = x.to_contiguous();
    let map = Map::of(&x);
    let layer = linear(weight, bias, rounding);
    let out = layers::to_space(&layer, map.sizes(), values(&x, map.len()));
    let shape = vec![map.batch, 2 * map.height, 2 * map.width, layer.outputs() / 4];
    tensor(out, shape)
}

pub(super) fn from_space(
    x: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    bias: FloatTensor<Flex>,
    rounding: Rounding,
) -> FloatTensor<Flex> {
    let x = x.to_contiguous();
    let map = Map::of(&x);
    let layer = linear(weight, bias, rounding);
    let shape = vec![map.batch, map.height / 2, map.width / 2, layer.outputs()];
    let mut out = vec![0.0; shape.iter().product()];
    let end = End::Leaky(1.0);
    layers::from_space(&layer, map.sizes(), values(&x, map.len()), end, &mut out);
    tensor(out, shape)
}
