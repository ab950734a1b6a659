//! ST-LPIPS: squared differences of unit features, weighted by channel, averaged over places, summed over taps.

use burn::tensor::{Device, Tensor};

use super::LooksNetwork;
use super::network::Pass;

/// Keeps the length of features off zero.
const TINY: f32 = 1e-10;

/// The distance between pictures, `[batch]`, by the features of both.
///
/// # Shapes
/// For each tap `[batch, channels, height, width]`
pub fn st_lpips(network: &LooksNetwork, a: &[Tensor<4>], b: &[Tensor<4>]) -> Tensor<1> {
    weighted(network.heads(), a, b)
}

fn weighted(heads: &[Tensor<4>], a: &[Tensor<4>], b: &[Tensor<4>]) -> Tensor<1> {
    let taps = heads.iter().zip(a.iter().zip(b));
    let parts = taps.map(|(head, (a, b))| tap(head.clone(), a.clone(), b.clone()));
    let sum = parts.reduce(|sum, part| sum + part);
    sum.unwrap_or_else(|| Tensor::zeros([1], &Device::default()))
}

fn tap(head: Tensor<4>, a: Tensor<4>, b: Tensor<4>) -> Tensor<1> {
    let [batch, _, height, width] = a.dims();
    let difference = (unit(a) - unit(b)).powi_scalar(2) * head;
    difference.reshape([batch as i32, -1]).sum_dim(1).reshape([batch]) / (height * width) as f32
}

fn unit(x: Tensor<4>) -> Tensor<4> {
    // The gradient of a root is infinite at zero.
    let length = (x.clone().powi_scalar(2).sum_dim(1) + TINY * TINY).sqrt();
    x / (length + TINY)
}

/// The distances of the pictures of a pass to others by their features, `[batch]`, and the gradients of their mean in
/// pixels.
pub fn st_lpips_backward(pass: Pass<'_>, network: &LooksNetwork, wanted: &[Tensor<4>]) -> (Tensor<1>, Tensor<4>) {
    let taps: Vec<Tensor<4>> = pass
        .features()
        .into_iter()
        .map(|tap| Tensor::from_inner(tap).require_grad())
        .collect();
    let distances = {
        let heads: Vec<Tensor<4>> = network.heads().iter().cloned().map(Tensor::from_inner).collect();
        let wanted: Vec<Tensor<4>> = wanted.iter().cloned().map(Tensor::from_inner).collect();
        weighted(&heads, &taps, &wanted)
    };
    let gradients = distances.clone().mean().backward();
    let features = taps
        .iter()
        .map(|tap| tap.grad(&gradients).unwrap_or_else(|| tap.clone().inner().zeros_like()));
    (distances.inner(), pass.backward(features.collect()))
}
