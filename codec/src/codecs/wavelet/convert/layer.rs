//! Layers in integers.
//!
//! A layer whose outputs have the steps `t`, and whose inputs the steps `s`, has the weights `w * s / t * 2^shift`. The
//! larger the shift, the finer they are, until a sum could leave 32 bits. Where the steps of outputs are free, coarser
//! ones make room for finer weights; the best of both has the least noise.

use lmc_kernels::net::shifted::{LinearSpec, MAX_SHIFT, Settling, TapsSpec};

use super::steps::Scale;
use crate::codecs::wavelet::transforms::Values;

/// What sums may come to, with room for the rounding of weights.
const SUM_MAX: f64 = i32::MAX as f64;
/// The largest weight.
const WEIGHT_MAX: f64 = i16::MAX as f64;

/// A linear layer; the steps of `outputs` may change.
pub(super) fn linear((weight, bias): &Values, inputs: &Scale, outputs: &mut Scale, leaky: bool) -> LinearSpec {
    let count = bias.len();
    let at = |input: usize, output: usize| f64::from(weight[input * count + output]);
    let place = |input: usize, _: usize| input;
    let (weights, settling) = Layer {
        at: &at,
        place: &place,
        terms: inputs.steps.len(),
        bias,
        inputs,
    }
    .rounded(outputs, leaky);
    LinearSpec {
        inputs: inputs.steps.len(),
        outputs: count,
        weights,
        settling,
    }
}

/// A convolution of each channel with itself; the steps of `outputs` may change.
pub(super) fn convolution((weight, bias): &Values, channels: usize, inputs: &Scale, outputs: &mut Scale) -> TapsSpec {
    let at = |tap: usize, channel: usize| f64::from(weight[tap * channels + channel]);
    let place = |_: usize, channel: usize| channel;
    let terms = weight.len() / channels;
    let (weights, settling) = Layer {
        at: &at,
        place: &place,
        terms,
        bias,
        inputs,
    }
    .rounded(outputs, false);
    TapsSpec {
        channels,
        weights,
        settling,
    }
}

/// A layer in floating point, each of whose outputs is a sum of terms.
struct Layer<'a> {
    /// The weight of a term of an output.
    at: &'a dyn Fn(usize, usize) -> f64,
    /// The input channel of a term of an output.
    place: &'a dyn Fn(usize, usize) -> usize,
    terms: usize,
    bias: &'a [f32],
    inputs: &'a Scale,
}

impl Layer<'_> {
    fn rounded(&self, outputs: &mut Scale, leaky: bool) -> (Vec<i16>, Settling) {
        let shift = self.best_shift(outputs);
        if !outputs.is_fixed {
            outputs.steps = self.steps(outputs, shift);
        }
        let (count, scale) = (self.bias.len(), f64::from(shift).exp2());
        let mut weights = vec![0; self.terms * count];
        let mut biases = Vec::with_capacity(count);
        for output in 0..count {
            let step = outputs.steps[output];
            // Weights that are rounded shift the mean of the sum, which the bias makes good.
            let mut moved = 0.0;
            for term in 0..self.terms {
                let input = (self.place)(term, output);
                let exact = (self.at)(term, output) * self.inputs.steps[input] / step * scale;
                let whole = exact.round().clamp(-WEIGHT_MAX, WEIGHT_MAX);
                moved += (whole - exact) * self.inputs.means[input] / self.inputs.steps[input];
                weights[term * count + output] = whole as i16;
            }
            let exact = f64::from(self.bias[output]) / step * scale - moved;
            biases.push(exact.round() as i32);
        }
        let settling = Settling {
            bias: biases,
            shift,
            limit: outputs.limit,
            leaky,
        };
        (weights, settling)
    }

    /// What the sum of an output comes to at most, and its largest weight times the step of its input.
    fn largest(&self, output: usize) -> [f64; 2] {
        let limit = f64::from(self.inputs.limit);
        let terms = (0..self.terms).map(|term| {
            let step = self.inputs.steps[(self.place)(term, output)];
            (self.at)(term, output).abs() * step
        });
        let (sum, most) = terms.fold((0.0, 0.0f64), |(sum, most), term| (sum + term, most.max(term)));
        // Means may move a bias, by no more than a percent of the largest sum.
        [sum * limit * 1.01 + f64::from(self.bias[output]).abs(), most]
    }

    /// The least step of an output that a shift allows.
    fn least_step(&self, output: usize, shift: u8) -> f64 {
        let ([sum, most], scale) = (self.largest(output), f64::from(shift).exp2());
        let rounding = (self.terms as f64 + 1.0) * f64::from(self.inputs.limit) + scale;
        (sum * scale / (SUM_MAX - rounding).max(1.0)).max(most * scale / WEIGHT_MAX)
    }

    /// The steps of all outputs with a shift.
    fn steps(&self, outputs: &Scale, shift: u8) -> Vec<f64> {
        let steps = outputs.steps.iter().enumerate();
        steps
            .map(|(output, step)| step.max(self.least_step(output, shift)))
            .collect()
    }

    fn best_shift(&self, outputs: &Scale) -> u8 {
        if outputs.is_fixed {
            let fits = |shift: &u8| {
                let all = outputs.steps.iter().enumerate();
                all.into_iter()
                    .all(|(output, step)| self.least_step(output, *shift) <= *step)
            };
            return (1..=MAX_SHIFT).rev().find(fits).unwrap_or(1);
        }
        let noise = |shift: u8| {
            let steps = self.steps(outputs, shift).into_iter().enumerate();
            steps
                .map(|(output, step)| self.noise(output, step, shift) / outputs.squares[output].max(1e-12))
                .sum::<f64>()
        };
        let all = (1..=MAX_SHIFT).min_by(|a, b| noise(*a).total_cmp(&noise(*b)));
        all.unwrap_or(1)
    }

    /// The squared error that the rounding of an output and of its weights makes.
    fn noise(&self, output: usize, step: f64, shift: u8) -> f64 {
        let squares = (0..self.terms).map(|term| {
            let input = (self.place)(term, output);
            self.inputs.squares[input] / self.inputs.steps[input].powi(2)
        });
        step * step / 12.0 * (1.0 + squares.sum::<f64>() / f64::from(shift).exp2().powi(2))
    }
}
