//! The layers of the decoder by least squares.

use lmc_entropy::index::IndexPrior;
use lmc_kernels::packet::{BANDS, exact};

use super::FitConfig;
use super::algebra::{add_products, least_squares};
use super::field::{Field, Square, real};
use super::klt::Basis;
use crate::codecs::vq::VECTOR_BITS;
use crate::codecs::vq::synthesis::{AROUND, COEFFICIENT_BITS, SynthesisSpec, Weights, around};
use crate::{CodecError, Result};

/// What keeps weights small where cells say nothing, as a share of the mean square of inputs.
const RIDGE: f64 = 1e-3;
/// Cells are refined where that gains this share of the mean.
const REFINED: f32 = 0.8;
/// The largest shift of a layer: sums of some hundred products of 16 bits fit 32.
const MAX_SHIFT: u8 = 14;
/// Largest sum of magnitudes of weights for each output, so that sums of their products with inputs fit 32 bits.
const BOUND: f64 = 2_147_400_000.0;

/// The layers, and the mean squared errors of coefficients at all depths from 1 on.
pub(super) fn layers(
    config: &FitConfig,
    field: &Field,
    prior: &IndexPrior,
    basis: &Basis,
) -> Result<(SynthesisSpec, Vec<f64>)> {
    let mut errors = Vec::new();
    let mut spread = Vec::new();
    let limit = (0..2)
        .filter_map(|stage| prior.tree(stage))
        .map(|tree| f64::from(tree.limit()))
        .sum::<f64>();
    for layer in 0..config.model.depths() {
        let (weights, error) = layer_of(config, field, prior, layer);
        errors.push(error);
        let gain = f64::from(1u32 << COEFFICIENT_BITS) / f64::from(1u32 << VECTOR_BITS);
        spread.push(rounded(&weights, field.coefficients, gain, limit)?);
    }
    let mut inverse = basis.inverse();
    for (at, value) in inverse.iter_mut().enumerate() {
        *value *= exact::unscaled(at % BANDS);
    }
    let gain = f64::from(1u32 << exact::BAND_BITS) / f64::from(1u32 << COEFFICIENT_BITS);
    let inverse = rounded(&inverse, super::super::CELL_BANDS, gain, 8191.0)?;
    Ok((SynthesisSpec { spread, inverse }, errors))
}

/// Weights `[9, channels]` to coefficients, and the mean squared error that they leave.
fn layer_of(config: &FitConfig, field: &Field, prior: &IndexPrior, layer: usize) -> (Vec<f64>, f64) {
    let (inputs, outputs) = (AROUND * field.channels, field.coefficients);
    let (mut gram, mut cross) = (vec![0.0; inputs * inputs], vec![0.0; inputs * outputs]);
    let (mut energy, mut count) = (0.0, 0.0);
    for (_, square) in field.some(config.decoder_cells) {
        let x = inputs_of(config, field, prior, square, layer);
        let y: Vec<f32> = square.values.iter().map(|value| real(*value)).collect();
        add_products(&mut gram, &x, inputs, &x, inputs);
        add_products(&mut cross, &x, inputs, &y, outputs);
        energy += y.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
        count += (y.len() / outputs) as f64;
    }
    let weights = least_squares(gram, cross.clone(), inputs, RIDGE);
    let explained: f64 = weights.iter().zip(&cross).map(|(weight, cross)| weight * cross).sum();
    (weights, (energy - explained) / count)
}

/// The code vectors around each cell of a crop, for a layer of the synthesis.
pub(super) fn inputs_of(
    config: &FitConfig,
    field: &Field,
    prior: &IndexPrior,
    square: &Square,
    layer: usize,
) -> Vec<f32> {
    let depth = config.model.depth;
    let nodes = match layer < depth as usize {
        true => square.plain(layer as u32 + 1, 0),
        false => square.both(config.model.refinement, field.gain * REFINED),
    };
    let values = around(prior, &nodes, [field.side, field.side]);
    values.iter().map(|value| real(f32::from(*value))).collect()
}

/// Integers of weights `[inputs, outputs]` that turn inputs into outputs `gain` times as large, with the largest shift
/// whose sums fit 32 bits.
fn rounded(weights: &[f64], outputs: usize, gain: f64, limit: f64) -> Result<Weights> {
    let mut largest: f64 = 0.0;
    let mut sums = vec![0.0; outputs];
    for row in weights.chunks_exact(outputs) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += weight.abs();
            largest = largest.max(weight.abs());
        }
    }
    let sum = sums.iter().copied().fold(0.0, f64::max);
    let fits = |shift: &u8| {
        let scale = gain * f64::from(1u32 << shift);
        let rounding = 0.5 * (weights.len() / outputs) as f64;
        largest * scale < 32_766.0 && (sum * scale + rounding) * limit + f64::from(1u32 << shift) < BOUND
    };
    let shift = (1..=MAX_SHIFT).rev().find(fits);
    let shift = shift.ok_or_else(|| CodecError::Parameter("the weights of the decoder are too large".into()))?;
    let scale = gain * f64::from(1u32 << shift);
    Ok(Weights {
        shift,
        values: weights.iter().map(|weight| (weight * scale).round() as i16).collect(),
    })
}

/// The coefficients that a layer predicts for the cells of a crop: `[cells, coefficients]`.
pub(super) fn predicted(weights: &Weights, x: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
    let gain = f64::from(1u32 << COEFFICIENT_BITS) / f64::from(1u32 << VECTOR_BITS);
    let scale = (gain * f64::from(1u32 << weights.shift)).recip() as f32;
    let mut out = Vec::with_capacity(x.len() / inputs * outputs);
    for x in x.chunks_exact(inputs) {
        let mut sums = vec![0f32; outputs];
        for (x, row) in x.iter().zip(weights.values.chunks_exact(outputs)) {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, weight)| *sum += x * f32::from(*weight));
        }
        out.extend(sums.iter().map(|sum| sum * scale));
    }
    out
}
