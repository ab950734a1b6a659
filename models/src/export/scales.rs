//! Scales of hyper-latents, linear in their contexts, fitted for the fewest bits.

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use super::tables::{HYPER_LEVELS, hyper_mass, level_of, levels_per_log_scale};
use crate::wavelet::host_values;

/// Steps of a fit.
const STEPS: usize = 30;
/// Distances to means are told apart in parts of a step, ...
const PARTS: f32 = 16.0;
/// ... up to this many steps; larger ones count as this.
const DISTANCE_MAX: f32 = 255.0;
/// The first step is this share of a whole one.
const FIRST: f32 = 0.5;

/// What each distance to a mean costs at each level of the scale, in units of `1 / ln 2` bits.
pub(super) struct Costs(Vec<Vec<f32>>);

impl Costs {
    pub(super) fn new() -> Self {
        let parts = 0..=(DISTANCE_MAX * PARTS) as usize;
        let cost = |part: usize, level| -hyper_mass(part as f64 / f64::from(PARTS), level).ln() as f32;
        let level = |level| parts.clone().map(|part| cost(part, level)).collect();
        Self((0..HYPER_LEVELS).map(level).collect())
    }

    /// The part of a step that a distance is.
    fn part(distance: f32) -> u16 {
        (distance.abs().min(DISTANCE_MAX) * PARTS).round() as u16
    }

    /// The cost of a distance, and its slope by the log-scale; what lies between levels is interpolated.
    fn at(&self, part: u16, log_scale: f32) -> [f32; 2] {
        let wanted = level_of(f64::from(log_scale)) as f32;
        let place = wanted.clamp(0.0, self.0.len() as f32 - 1.001);
        let (below, share) = (place as usize, place.fract());
        let [low, high] = [below, below + 1].map(|level| self.0[level][usize::from(part)]);
        let slope = high - low;
        // Beyond the levels only what leads back to them counts.
        let inside = wanted == place || slope * (place - wanted) < 0.0;
        let by_log_scale = slope * levels_per_log_scale(f64::from(log_scale)) as f32;
        [low + share * slope, if inside { by_log_scale } else { 0.0 }]
    }
}

/// Factors of log-scales, a column for each channel, by Fisher scoring: the Fisher information of a channel is taken for that
/// of a single log-scale times the second moments of `known`, of which `inverse` is the inverse.
///
/// `known` ends with a 1 and has a row, with its weight, for each position; `residuals` are the distances to means at all positions, row
/// by row.
pub(super) fn fit_scales(
    costs: &Costs,
    residuals: &[f32],
    known: &Tensor<2>,
    weights: &Tensor<2>,
    inverse: &Tensor<2>,
) -> Tensor<2> {
    let [rows, inputs] = known.dims();
    let channels = residuals.len() / rows;
    let parts: Vec<u16> = residuals.iter().map(|value| Costs::part(*value)).collect();
    let weighted = (known.clone() * weights.clone()).transpose();
    let weights = host_values(weights.clone());
    let mut search = Search::new(first_guess(residuals, channels, inputs), channels);
    for _ in 0..STEPS {
        let log_scales = known.clone().matmul(tensor(&search.now, channels, known));
        let slopes = search.measure(costs, &parts, &host_values(log_scales), &weights);
        let gradient = weighted.clone().matmul(tensor(&slopes, channels, known));
        search.step(&host_values(inverse.clone().matmul(gradient)));
    }
    tensor(&search.best, channels, known)
}

fn tensor(data: &[f32], columns: usize, like: &Tensor<2>) -> Tensor<2> {
    Tensor::from_data(
        TensorData::new(data.to_vec(), [data.len() / columns, columns]),
        &like.device(),
    )
}

/// Scales that know nothing: those of all residuals of a channel.
fn first_guess(residuals: &[f32], channels: usize, inputs: usize) -> Vec<f32> {
    let mut squares = vec![0.0f32; channels];
    for row in residuals.chunks_exact(channels) {
        squares
            .iter_mut()
            .zip(row)
            .for_each(|(sum, value)| *sum += value * value);
    }
    let count = (residuals.len() / channels) as f32;
    let mut factors = vec![0.0; inputs * channels];
    for (factor, square) in factors[(inputs - 1) * channels..].iter_mut().zip(squares) {
        let scale = (square / count).sqrt().max(0.12);
        // The inverse of the softplus.
        *factor = scale + (-(-scale).exp()).ln_1p().max(-4.0);
    }
    factors
}

/// A search for the least cost, in each channel of its own.
struct Search {
    channels: usize,
    /// Factors to try.
    now: Vec<f32>,
    /// The best that were tried.
    best: Vec<f32>,
    /// Where to go from there.
    direction: Vec<f32>,
    /// How far.
    lengths: Vec<f32>,
    least: Vec<f64>,
    /// What those to try cost.
    costs: Vec<f64>,
    /// Their mean squared slopes: the Fisher information of a log-scale.
    information: Vec<f64>,
}

impl Search {
    fn new(start: Vec<f32>, channels: usize) -> Self {
        Self {
            channels,
            best: start.clone(),
            direction: vec![0.0; start.len()],
            now: start,
            lengths: vec![FIRST; channels],
            least: vec![f64::INFINITY; channels],
            costs: vec![0.0; channels],
            information: vec![0.0; channels],
        }
    }

    /// Sums costs and squared slopes; returns the slopes.
    fn measure(&mut self, costs: &Costs, parts: &[u16], log_scales: &[f32], weights: &[f32]) -> Vec<f32> {
        let pairs = parts.par_iter().zip(log_scales);
        let pairs: Vec<[f32; 2]> = pairs.map(|(part, log_scale)| costs.at(*part, *log_scale)).collect();
        self.costs.fill(0.0);
        self.information.fill(1e-9);
        for (row, weight) in pairs.chunks_exact(self.channels).zip(weights) {
            let sums = self.costs.iter_mut().zip(&mut self.information);
            for ((cost, information), [own, slope]) in sums.zip(row) {
                *cost += f64::from(weight * own);
                *information += f64::from(weight * slope * slope);
            }
        }
        let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        self.information.iter_mut().for_each(|sum| *sum /= total);
        pairs.into_iter().map(|[_, slope]| slope).collect()
    }

    /// Goes on where the cost fell, and back and less far where it rose. `descent` is the gradient of the costs by the inverse of moments.
    fn step(&mut self, descent: &[f32]) {
        for channel in 0..self.channels {
            let fell = self.costs[channel] <= self.least[channel];
            if fell {
                self.least[channel] = self.costs[channel];
            }
            let length = if fell {
                1.5 * self.lengths[channel]
            } else {
                0.4 * self.lengths[channel]
            };
            self.lengths[channel] = length.min(1.0);
            for at in (channel..self.now.len()).step_by(self.channels) {
                if fell {
                    self.best[at] = self.now[at];
                    self.direction[at] = descent[at] / self.information[channel] as f32;
                }
                self.now[at] = self.best[at] - self.lengths[channel] * self.direction[at];
            }
        }
    }
}
