//! Gradients through the loop: from the prediction of a frame into the decoded frame before it.

use burn::tensor::{Device, Tensor, TensorData};
use lmc_datasets::ClipSample;
use rayon::prelude::*;

use crate::video::compensate_adjoint;
use crate::wavelet::{host_values, packet};

/// The gradients of the bands of the frames before from those of the bands of the predictions of frame `index`; both
/// are those of squares of `side` pixels. The wavelet packet counts as orthonormal, as it does in the loss.
pub(super) fn into_reference(
    gradients: Tensor<4>,
    (samples, index): (&[ClipSample], usize),
    side: usize,
    device: &Device,
) -> Tensor<4> {
    let shape = gradients.dims();
    let values = host_values(gradients);
    let each = values.len() / samples.len().max(1);
    let parts = values.par_chunks_exact(each).zip(samples);
    let parts: Vec<Vec<f32>> = parts.map(|(bands, sample)| one(bands, sample, index, side)).collect();
    Tensor::from_data(TensorData::new(parts.concat(), shape), device)
}

fn one(bands: &[f32], sample: &ClipSample, index: usize, side: usize) -> Vec<f32> {
    let whole = sample.clip.side;
    let [left, top] = sample.place;
    let field = &sample.clip.fields[index];
    let planes = packet::inverse(bands, side, side);
    let mut pixels = Vec::with_capacity(planes.len());
    for plane in planes.chunks_exact(side * side) {
        let mut spread = vec![0.0; whole * whole];
        for (row, line) in plane.chunks_exact(side).enumerate() {
            spread[(top + row) * whole + left..][..side].copy_from_slice(line);
        }
        let reference = compensate_adjoint(&spread, field, [whole, whole]);
        for row in top..top + side {
            pixels.extend_from_slice(&reference[row * whole + left..][..side]);
        }
    }
    packet::forward(&pixels, side, side)
}
