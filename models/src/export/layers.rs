//! One layer in floating point to one layer in integers.
//!
//! An activation with `k` fractional bits holds `round(value * 2^k)`. Weights are 8 bits with a step per output, so a sum of
//! products has the unit `step * 2^-k`; a multiplication and a shift bring it to the fractional bits of the output.

use lmc_kernels::net::{BlockSpec, DepthwiseSpec, PointwiseSpec, Rescale};

use crate::wavelet::{NamedTensor, Params};
use crate::{ModelError, Result};

/// Fractional bits of inputs and outputs of a layer, and what follows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fixed {
    pub(super) input: u32,
    pub(super) output: u32,
    pub(super) leaky: bool,
}

/// Fractional bits inside a residual block.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockBits {
    pub(super) stream: u32,
    pub(super) a: u32,
    pub(super) d: u32,
    pub(super) f1: u32,
}

/// The largest quantised weight.
const WEIGHT_MAX: f32 = 127.0;
/// Biases stay below this, far from where sums could overflow.
const BIAS_MAX: f64 = (1u32 << 28) as f64;

/// Weights of one output, quantised together.
struct Output {
    weights: Vec<i8>,
    bias: i32,
    mult: i32,
    shift: u8,
}

fn quantise(weights: &[f32], bias: f32, fixed: Fixed) -> Output {
    let largest = weights.iter().fold(0.0f32, |max, w| max.max(w.abs()));
    let input = f64::from(1u32 << fixed.input);
    // A tiny step under a large bias would overflow the sum.
    let step = f64::from(largest / WEIGHT_MAX)
        .max(f64::from(bias.abs()) * input / BIAS_MAX)
        .max(1e-9);
    let factor = step * f64::from(1u32 << fixed.output) / input;
    let (mult, shift) = dyadic(factor);
    Output {
        weights: weights.iter().map(|w| (f64::from(*w) / step).round() as i8).collect(),
        bias: (f64::from(bias) * input / step).round() as i32,
        mult,
        shift,
    }
}

/// `factor` as `mult / 2^shift` with as many bits as the format has room for.
fn dyadic(factor: f64) -> (i32, u8) {
    let shift = (30.0 - factor.log2().ceil()).clamp(1.0, 47.0) as u8;
    let mult = (factor * (shift as f64).exp2()).round().clamp(0.0, f64::from(i32::MAX));
    (mult as i32, shift)
}

fn rescale(outputs: &[Output], leaky: bool) -> Rescale {
    Rescale {
        bias: outputs.iter().map(|output| output.bias).collect(),
        mult: outputs.iter().map(|output| output.mult).collect(),
        shift: outputs.iter().map(|output| output.shift).collect(),
        leaky,
    }
}

/// A linear layer; output `i` of the result is output `order(i)` of the trained one, with `fixed(i)`.
pub(super) fn pointwise(
    params: &Params,
    name: &str,
    fixed: impl Fn(usize) -> Fixed,
    order: impl Fn(usize, usize) -> usize,
) -> Result<PointwiseSpec> {
    let (weight, bias) = (get(params, name, "weight")?, get(params, name, "bias")?);
    let (inputs, outputs) = matrix(weight, name)?;
    let columns: Vec<Output> = (0..outputs)
        .map(|index| {
            let source = order(index, outputs);
            let column: Vec<f32> = (0..inputs).map(|input| weight.data[input * outputs + source]).collect();
            quantise(&column, bias.data[source], fixed(index))
        })
        .collect();
    Ok(PointwiseSpec {
        inputs,
        outputs,
        rescale: rescale(&columns, fixed(0).leaky),
        weights: columns.into_iter().flat_map(|column| column.weights).collect(),
    })
}

/// A linear layer whose outputs keep their order and share one scale.
pub(super) fn plain(params: &Params, name: &str, fixed: Fixed) -> Result<PointwiseSpec> {
    pointwise(params, name, |_| fixed, |index, _| index)
}

/// A linear layer before a pixel shuffle: from the order (row, column, channel) to (channel, row, column).
pub(super) fn before_shuffle(params: &Params, name: &str, fixed: Fixed) -> Result<PointwiseSpec> {
    pointwise(
        params,
        name,
        |_| fixed,
        |index, outputs| index % 4 * (outputs / 4) + index / 4,
    )
}

/// A depthwise convolution.
fn depthwise(params: &Params, name: &str, fixed: Fixed) -> Result<DepthwiseSpec> {
    let (weight, bias) = (get(params, name, "weight")?, get(params, name, "bias")?);
    let (taps, channels) = matrix(weight, name)?;
    let outputs: Vec<Output> = (0..channels)
        .map(|channel| {
            let column: Vec<f32> = (0..taps).map(|tap| weight.data[tap * channels + channel]).collect();
            quantise(&column, bias.data[channel], fixed)
        })
        .collect();
    Ok(DepthwiseSpec {
        channels,
        kernel: taps.isqrt(),
        rescale: rescale(&outputs, fixed.leaky),
        weights: outputs.into_iter().flat_map(|output| output.weights).collect(),
    })
}

/// A residual block.
pub(super) fn block(params: &Params, name: &str, bits: BlockBits) -> Result<BlockSpec> {
    let fixed = |input, output, leaky| Fixed { input, output, leaky };
    let part = |part: &str| format!("{name}.{part}");
    Ok(BlockSpec {
        a: plain(params, &part("a"), fixed(bits.stream, bits.a, true))?,
        d: depthwise(params, &part("d"), fixed(bits.a, bits.d, false))?,
        b: plain(params, &part("b"), fixed(bits.d, bits.stream, false))?,
        f1: plain(params, &part("f1"), fixed(bits.stream, bits.f1, true))?,
        f2: plain(params, &part("f2"), fixed(bits.f1, bits.stream, false))?,
    })
}

fn get<'a>(params: &'a Params, name: &str, part: &str) -> Result<&'a NamedTensor> {
    let name = format!("{name}.{part}");
    params
        .get(&name)
        .ok_or_else(|| ModelError::Weights(format!("{name} is missing")))
}

fn matrix(tensor: &NamedTensor, name: &str) -> Result<(usize, usize)> {
    match tensor.shape[..] {
        [rows, columns] => Ok((rows, columns)),
        _ => Err(ModelError::Weights(format!("{name} is no matrix"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dyadic_factors_are_close() {
        for factor in [1e-6, 3.3e-4, 0.017, 0.5, 1.0, 37.2] {
            let (mult, shift) = dyadic(factor);
            let back = f64::from(mult) / f64::from(shift).exp2();
            assert!((back / factor - 1.0).abs() < 1e-5, "{factor}: {mult} >> {shift}");
        }
    }

    #[test]
    fn a_dead_output_with_a_bias_does_not_overflow() {
        let fixed = Fixed {
            input: 10,
            output: 4,
            leaky: false,
        };
        let output = quantise(&[0.0; 8], 100.0, fixed);
        assert!(f64::from(output.bias).abs() <= BIAS_MAX);
        let value = (f64::from(output.bias) * f64::from(output.mult) / f64::from(output.shift).exp2()).round();
        assert_eq!(value, 1600.0);
    }
}
