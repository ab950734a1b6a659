//! The error of a window as a function of the latents of a tile in it.

use burn::tensor::{Device, Tensor, TensorData, s};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::RefineTask;
use crate::wavelet::packet::{self, BANDS, BLOCK};
use crate::wavelet::{Distortion, ErrorWeights, LatentField, Synthesis, Weigh, host_values};
use crate::{ModelError, Result};

/// How far latents are moved to see how the gradient changes, in quantiser steps.
const PROBE: f32 = 0.25;
/// The smallest curvature of a channel, as a share of the mean of all: what was measured has some noise.
const LEAST_CURVATURE: f32 = 0.25;

/// An error and how it changes with each latent.
pub(super) struct Error {
    pub(super) value: f32,
    pub(super) gradient: Vec<f32>,
}

/// The decoder's errors, all but the latents of the tile fixed.
pub(super) struct Errors<'a> {
    synthesis: &'a Synthesis,
    device: &'a Device,
    start: [usize; 2],
    size: [usize; 2],
    bands: Tensor<4>,
    /// Of the squared errors of bands; zero outside of the picture.
    weights: ErrorWeights,
    inverse_gain: Tensor<4>,
    surroundings: Tensor<4>,
    /// Bits that a squared error of bands is worth.
    worth: f64,
}

impl<'a> Errors<'a> {
    /// `field` are the latents of the window, `inverse_gain` is by channel, and `worth` the bits that a squared error of 1 in a
    /// sample, on 0..1, is worth.
    ///
    /// `synthesis` and `device` track gradients.
    pub(super) fn new(
        (synthesis, device): (&'a Synthesis, &'a Device),
        distortion: Distortion,
        task: &RefineTask<'_>,
        field: &LatentField,
        inverse_gain: Vec<f32>,
        worth: f64,
    ) -> Self {
        let tensor = |data: Vec<f32>, shape: [usize; 4]| Tensor::from_data(TensorData::new(data, shape), device);
        let (height, width) = (task.window.height, task.window.width);
        let [rows, columns] = [height / BLOCK, width / BLOCK];
        let bands = packet::bands_of(&task.window.data, height, width);
        let visible = corner(rows, columns, task.visible.map(|side| side.div_ceil(BLOCK)));
        Self {
            synthesis,
            device,
            start: task.start,
            size: task.size,
            weights: distortion
                .weights(&bands, [1, rows, columns], device)
                .masked(tensor(visible, [1, rows, columns, 1])),
            bands: tensor(bands, [1, rows, columns, BANDS]),
            inverse_gain: tensor(inverse_gain, [1, 1, 1, field.channels]),
            surroundings: tensor(field.data.clone(), [1, field.height, field.width, field.channels]),
            worth,
        }
    }

    /// The weighted squared error in bits if the latents of the tile are `y`.
    pub(super) fn at(&self, y: &[f32]) -> Result<Error> {
        let [[top, left], [rows, columns]] = [self.start, self.size];
        let shape = [1, rows, columns, y.len() / (rows * columns)];
        let y = Tensor::<4>::from_data(TensorData::new(y.to_vec(), shape), self.device).require_grad();
        let whole = self
            .surroundings
            .clone()
            .slice_assign(s![.., top..top + rows, left..left + columns, ..], y.clone());
        let bands = self.synthesis.forward(whole * self.inverse_gain.clone());
        let squares = self.weights.apply(bands - self.bands.clone()).powi_scalar(2);
        let error = squares.sum() * self.worth;
        let value = error.clone().into_scalar();
        let gradient = y
            .grad(&error.backward())
            .ok_or_else(|| ModelError::Parameter("the latents have no gradient".into()))?;
        Ok(Error {
            value,
            gradient: host_values(gradient),
        })
    }

    /// What a squared step of a latent costs in bits by curvature alone, for each channel the mean over the tile.
    pub(super) fn curvatures(&self, tile: &LatentField) -> Result<Vec<f32>> {
        let (y, channels) = (&tile.data, tile.channels);
        // Of random signs, what other latents do to the gradient of one cancels.
        let mut random = SmallRng::seed_from_u64(0);
        let signs: Vec<f32> = y.iter().map(|_| if random.random() { PROBE } else { -PROBE }).collect();
        let moved = |factor: f32| y.iter().zip(&signs).map(|(y, sign)| y + factor * sign).collect();
        let [ahead, behind]: [Vec<f32>; 2] = [moved(1.0), moved(-1.0)];
        let (ahead, behind) = (self.at(&ahead)?.gradient, self.at(&behind)?.gradient);
        let mut curvatures = vec![0.0; channels];
        let positions = (tile.height * tile.width) as f32;
        for (at, sign) in signs.iter().enumerate() {
            curvatures[at % channels] += (ahead[at] - behind[at]) / (4.0 * sign) / positions;
        }
        let least = LEAST_CURVATURE * curvatures.iter().sum::<f32>() / channels as f32;
        Ok(curvatures.into_iter().map(|curvature| curvature.max(least)).collect())
    }
}

/// 1 in the first `inner` rows and columns, else 0.
fn corner(rows: usize, columns: usize, inner: [usize; 2]) -> Vec<f32> {
    let at = |row: usize, column: usize| f32::from(u8::from(row < inner[0] && column < inner[1]));
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| at(row, column)))
        .collect()
}
