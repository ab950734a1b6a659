//! How latents become what the decoder gets, in floating point.

use burn::tensor::{Tensor, TensorData};
#[cfg(test)]
use lmc_entropy::prior::PriorSpec;
use lmc_entropy::prior::Step;
use lmc_entropy::trellis::{Element, Machine, Prices, Quantisation, Search, State};
use rayon::prelude::*;

use super::prior::{LOG_SCALE_FRACTION_BITS, straight_through};
use super::{WaveletConfig, host_values};
use crate::Result;
use crate::export::{scale_lut, trellis_tables};

/// Elements with a lower scale index stay at their means while training, as streams do not code them.
const SKIP_BELOW: u8 = 3;

/// The quantisation that a model is trained with.
#[derive(Debug)]
pub enum LatentQuantiser {
    /// The nearest value at an integer distance from the mean.
    Rounding,
    /// The symbols that an encoder would find that has tables of Gaussians.
    Trellis(TrellisTwin),
}

impl LatentQuantiser {
    /// The quantisation that a model is configured for.
    ///
    /// # Errors
    /// [`crate::ModelError::Prior`] if there can be no tables.
    pub fn new(config: &WaveletConfig) -> Result<Self> {
        if !config.trellis {
            return Ok(Self::Rounding);
        }
        Ok(Self::Trellis(TrellisTwin {
            prices: Prices::new(&trellis_tables()?),
            lut: scale_lut(),
            skip_below: SKIP_BELOW,
            machine: Machine::USUAL,
        }))
    }

    /// The elements of a step of `y` as the decoder gets them, whatever the others are; gradients pass to `y`.
    ///
    /// # Shapes
    /// `[batch, h, w, M]` for all
    pub(crate) fn reconstruct(&self, step: Step, y: Tensor<4>, mean: Tensor<4>, log_scale: Tensor<4>) -> Tensor<4> {
        let distance = y - mean.clone();
        let distance = match self {
            Self::Rounding => straight_through(distance, Tensor::round),
            Self::Trellis(twin) => straight_through(distance, |distance| twin.code(step, distance, log_scale.detach())),
        };
        distance + mean
    }
}

/// The search of the encoder in floating point.
#[derive(Debug)]
pub struct TrellisTwin {
    prices: Prices,
    /// Scale index of log-scales in fixed point, and the first of them.
    lut: (Vec<u8>, i32),
    skip_below: u8,
    machine: Machine,
}

impl TrellisTwin {
    /// The search with the tables of a prior.
    #[cfg(test)]
    pub(crate) fn of_prior(spec: &PriorSpec, machine: Machine) -> Self {
        Self {
            prices: Prices::new(&spec.trellis_tables),
            lut: (spec.scale_lut.clone(), spec.lut_min),
            skip_below: spec.skip_below,
            machine,
        }
    }

    /// Distances of the elements of a step to their means as the decoder gets them, 0 for the others.
    ///
    /// # Shapes
    /// `[batch, h, w, M]` for all
    pub(crate) fn code(&self, step: Step, distance: Tensor<4>, log_scale: Tensor<4>) -> Tensor<4> {
        let (shape, device) = (distance.dims(), distance.device());
        let [_, height, width, latents] = shape;
        let picture = height * width * latents;
        let (distance, log_scale) = (host_values(distance), host_values(log_scale));
        let mut points = vec![0.0; distance.len()];
        points
            .par_chunks_mut(picture)
            .zip(distance.par_chunks(picture).zip(log_scale.par_chunks(picture)))
            .for_each(|(points, (distance, log_scale))| {
                let scales: Vec<u8> = log_scale.iter().map(|log_scale| self.scale(*log_scale)).collect();
                let places = step.elements([height, width, latents]);
                let places: Vec<usize> = places.filter(|at| scales[*at] >= self.skip_below).collect();
                self.path(&places, distance, &scales, points);
            });
        Tensor::from_data(TensorData::new(points, shape), &device)
    }

    /// The best path through the elements at `places`.
    fn path(&self, places: &[usize], distances: &[f32], scales: &[u8], points: &mut [f32]) {
        let mut search = Search::new(&self.prices, places.len());
        for &at in places {
            let distance = (distances[at] * 256.0).round() as i32;
            let scale = scales[at];
            search.push(Element { distance, scale });
        }
        let mut state = State::start(Quantisation::Trellis(self.machine));
        for (&at, symbol) in places.iter().zip(search.finish(self.machine)) {
            let symbol = i32::from(symbol);
            points[at] = state.quantiser().point(symbol) as f32 * 0.5;
            state = state.after(symbol);
        }
    }

    fn scale(&self, log_scale: f32) -> u8 {
        let (lut, first) = &self.lut;
        let fixed = (log_scale * (1u32 << LOG_SCALE_FRACTION_BITS) as f32).round() as i32;
        let place = fixed.saturating_sub(*first).clamp(0, lut.len() as i32 - 1);
        lut[place as usize]
    }
}
