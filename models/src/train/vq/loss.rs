//! What decoded crops cost: squared errors, and distances of looks.
//!
//! The distance of looks is taken outside the graph of the network: pixels on the host, features and their gradients by
//! [`crate::looks`], and back into bands by the transpose of the inverse packet.

use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;

use super::VqTrainConfig;
use super::data::VqBatch;
use super::network::{VqNetwork, tensors};
use crate::Result;
use crate::looks::{LooksNetwork, st_lpips_backward};
use crate::train::{Loss, Score};
use crate::wavelet::packet::{self, BANDS, BLOCK};
use crate::wavelet::{Planes, host_values};

/// The loss of a batch by one of the networks of looks.
pub(super) fn loss(
    config: &VqTrainConfig,
    network: &VqNetwork,
    looks: &LooksNetwork,
    batch: &VqBatch,
    device: &Device,
) -> Result<Loss> {
    let [inputs, bands] = tensors(&batch.seen, device);
    let found = network.forward(inputs, bands);
    let (distance, gradients) = distances(looks, found.clone().inner(), &batch.pictures);
    let squares = (found.clone() - bands_of(&batch.pictures, device)).powi_scalar(2) * energies(device);
    let samples = batch.pictures.iter().map(|picture| picture.data.len()).sum::<usize>();
    let error = squares.sum() / samples as f64;
    let mse: f32 = error.clone().detach().into_scalar();
    let into = Tensor::<4>::from_inner(gradients);
    let total = error * config.error_weight + (found * into).sum() * config.looks_weight;
    Ok(Loss {
        total,
        earlier: Vec::new(),
        value: (config.error_weight * f64::from(mse) + config.looks_weight * f64::from(distance)) as f32,
        scores: vec![
            Score::new("looks", distance),
            Score::new("psnr_db", -10.0 * mse.max(1e-12).log10()),
        ],
    })
}

/// The mean distance of decoded bands to pictures, and its gradients in bands.
fn distances(looks: &LooksNetwork, bands: Tensor<4>, pictures: &[Planes]) -> (f32, Tensor<4>) {
    let (shape, device) = (bands.dims(), bands.device());
    let decoded = pixels(bands);
    let clamped: Vec<f32> = decoded.iter().map(|value| value.clamp(0.0, 1.0)).collect();
    let size = [shape[1] * BLOCK, shape[2] * BLOCK];
    let tensor =
        |values: Vec<f32>| Tensor::<4>::from_data(TensorData::new(values, [shape[0], 3, size[0], size[1]]), &device);
    let originals = pictures.iter().flat_map(|picture| &picture.data).copied().collect();
    let wanted = looks.run(tensor(originals)).features();
    let (distance, gradients) = st_lpips_backward(looks.run(tensor(clamped)), looks, &wanted);
    let distance: f32 = distance.mean().into_scalar();
    let mut gradients = host_values(gradients);
    // Cut-off pixels move no further out.
    for (gradient, pixel) in gradients.iter_mut().zip(&decoded) {
        if (*pixel < 0.0 && *gradient > 0.0) || (*pixel > 1.0 && *gradient < 0.0) {
            *gradient = 0.0;
        }
    }
    let each = 3 * size[0] * size[1];
    let parts = gradients.par_chunks_exact(each);
    let parts: Vec<Vec<f32>> = parts.map(|pixels| packet::forward(pixels, size[0], size[1])).collect();
    let into = Tensor::<4>::from_data(TensorData::new(parts.concat(), shape), &device);
    // Bands are nearly orthogonal, but not of unit energy.
    (distance, into * energies(&device))
}

/// Planar RGB of bands, one picture after the other, not cut off.
pub(super) fn pixels(bands: Tensor<4>) -> Vec<f32> {
    let [_, rows, columns, _] = bands.dims();
    let values = host_values(bands);
    let pictures = values.par_chunks_exact(rows * columns * BANDS);
    let parts: Vec<Vec<f32>> = pictures
        .map(|bands| packet::picture_of(bands, rows * BLOCK, columns * BLOCK, 0))
        .collect();
    parts.concat()
}

fn bands_of(pictures: &[Planes], device: &Device) -> Tensor<4> {
    let (height, width) = pictures
        .first()
        .map_or((0, 0), |picture| (picture.height, picture.width));
    let parts = pictures
        .par_iter()
        .map(|picture| packet::bands_of(&picture.data, height, width));
    let values = parts.collect::<Vec<_>>().concat();
    let shape = [pictures.len(), height / BLOCK, width / BLOCK, BANDS];
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn energies(device: &Device) -> Tensor<4> {
    Tensor::from_data(TensorData::new(packet::energies().to_vec(), [1, 1, 1, BANDS]), device)
}
