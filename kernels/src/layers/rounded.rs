//! Matrix products of factors rounded to 16-bit integers, with exact sums: two to four times as fast as those of `f32` where the
//! machine has dot products for it, and closer to them than those of bf16. All forms give the same bits.
//!
//! The inputs of a position have a step in common, and so have the weights of an output. Weights are as fine as they can be while
//! no sum of products leaves 32 bits.

use super::End;
use crate::dots::{self, PANEL, PanelRow, Sink};
use crate::isa::Isa;
use crate::scratch;

/// The largest rounded input.
const INPUT_MAX: f32 = 8191.0;
/// What the magnitudes of the rounded weights of an output add up to at most.
const WEIGHTS_SUM: f32 = (i32::MAX / 8192) as f32;
/// The largest rounded weight.
const WEIGHT_MAX: f32 = i16::MAX as f32;
/// Added to a number of less than 2^21, leaves it rounded to a whole one, to an even one if it is between two, in the lowest bits.
const ROUNDING: f32 = 1.5 * (1u32 << 23) as f32;

/// A linear layer with its weights rounded and packed for the kernels.
#[derive(Debug, Clone)]
pub(super) struct Rounded {
    isa: Isa,
    /// Pairs of inputs: the rows of a panel.
    pairs: usize,
    outputs: usize,
    panels: Vec<PanelRow>,
    /// What a unit of the weights of an output is worth, padded to whole panels.
    steps: Vec<[f32; PANEL]>,
    /// Padded to whole panels.
    bias: Vec<[f32; PANEL]>,
}

/// Memory for rounded inputs.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Whole numbers, position after position.
    values: Vec<i16>,
    /// What a unit of the inputs of a position is worth.
    steps: Vec<f32>,
}

impl Rounded {
    /// Rounds and packs `weight`, `[inputs, outputs]`, of an even number of inputs.
    pub(super) fn new(weight: &[f32], bias: &[f32], isa: Isa) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs;
        let (pairs, panels) = (inputs / 2, outputs.div_ceil(PANEL));
        let mut packed = vec![[0; PANEL]; panels * pairs];
        let factors = isa.run(
            #[inline(always)]
            || {
                let factors = factors(weight, outputs);
                pack(weight, &factors, &mut packed);
                factors
            },
        );
        Self {
            isa,
            pairs,
            outputs,
            panels: packed,
            steps: in_panels(factors.iter().map(|factor| factor.recip())),
            bias: in_panels(bias.iter().copied()),
        }
    }

    /// The layer for all positions of `x`.
    pub(super) fn run(&self, x: &[f32], inputs: &mut Inputs, end: End, out: &mut [f32]) {
        self.isa.run(
            #[inline(always)]
            || inputs.fill(x, self.pairs),
        );
        for (index, rows) in self.panels.chunks_exact(self.pairs).enumerate() {
            let mut outputs = PanelOutputs {
                units: &self.steps[index],
                bias: &self.bias[index],
                steps: &inputs.steps,
                first: index * PANEL,
                count: PANEL.min(self.outputs - index * PANEL),
                outputs: self.outputs,
                end,
                out,
            };
            dots::panel(self.isa, rows, &[0; PANEL], &inputs.values[..x.len()], &mut outputs);
        }
    }
}

impl Inputs {
    /// Rounds the inputs of all positions, each with its own step.
    #[inline(always)]
    fn fill(&mut self, x: &[f32], pairs: usize) {
        let positions = x.chunks_exact(2 * pairs);
        let steps = scratch::first(&mut self.steps, positions.len());
        let out = scratch::first(&mut self.values, x.len()).chunks_exact_mut(2 * pairs);
        for ((x, step), out) in positions.zip(steps).zip(out) {
            let largest = largest(x).max(f32::MIN_POSITIVE);
            *step = largest / INPUT_MAX;
            let factor = INPUT_MAX / largest;
            for (x, out) in x.iter().zip(out) {
                *out = whole(x * factor);
            }
        }
    }
}

/// The largest magnitude.
#[inline(always)]
fn largest(x: &[f32]) -> f32 {
    const LANES: usize = 32;
    let (wide, rest) = x.as_chunks::<LANES>();
    let mut most = [0.0f32; LANES];
    for x in wide {
        for (most, x) in most.iter_mut().zip(x) {
            *most = greater(*most, x.abs());
        }
    }
    let mut lanes = LANES / 2;
    while lanes > 0 {
        for lane in 0..lanes {
            most[lane] = greater(most[lane], most[lane + lanes]);
        }
        lanes /= 2;
    }
    rest.iter().fold(most[0], |most, x| greater(most, x.abs()))
}

/// The greater of two, one instruction unlike [`f32::max`], which looks for numbers that are none.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// What the weights of each output are multiplied with before they are rounded.
#[inline(always)]
fn factors(weight: &[f32], outputs: usize) -> Vec<f32> {
    let (mut largest, mut sums) = (vec![0.0f32; outputs], vec![0.0f32; outputs]);
    for row in weight.chunks_exact(outputs) {
        for ((largest, sum), weight) in largest.iter_mut().zip(&mut sums).zip(row) {
            *largest = largest.max(weight.abs());
            *sum += weight.abs();
        }
    }
    // Each weight may be rounded up by a half.
    let room = WEIGHTS_SUM - (weight.len() / outputs) as f32;
    let factor = |(largest, sum): (f32, f32)| (WEIGHT_MAX / largest).min(room / sum).clamp(f32::MIN_POSITIVE, 1e30);
    largest.into_iter().zip(sums).map(factor).collect()
}

/// Values of outputs, padded to whole panels.
fn in_panels(values: impl ExactSizeIterator<Item = f32>) -> Vec<[f32; PANEL]> {
    let mut panels = vec![[0.0; PANEL]; values.len().div_ceil(PANEL)];
    panels
        .as_flattened_mut()
        .iter_mut()
        .zip(values)
        .for_each(|(to, from)| *to = from);
    panels
}

/// Rounds the weights into panels, a pair of inputs after the other in each.
#[inline(always)]
fn pack(weight: &[f32], factors: &[f32], packed: &mut [PanelRow]) {
    let outputs = factors.len();
    let pairs = weight.len() / outputs / 2;
    for (panel, rows) in packed.chunks_exact_mut(pairs).enumerate() {
        let columns = panel * PANEL..outputs.min((panel + 1) * PANEL);
        let factors = &factors[columns.clone()];
        for (row, inputs) in rows.iter_mut().zip(weight.chunks_exact(2 * outputs)) {
            let (low, high) = inputs.split_at(outputs);
            let weights = low[columns.clone()].iter().zip(&high[columns.clone()]);
            for ((word, factor), (low, high)) in row.iter_mut().zip(factors).zip(weights) {
                *word = pair_of(low * factor, high * factor);
            }
        }
    }
}

/// Two numbers, rounded, in the halves of a word.
#[inline(always)]
fn pair_of(low: f32, high: f32) -> i32 {
    i32::from(whole(low)) & 0xffff | i32::from(whole(high)) << 16
}

/// A number rounded to a whole one.
#[inline(always)]
fn whole(value: f32) -> i16 {
    (value + ROUNDING).to_bits() as i16
}

/// The outputs of a panel of a layer, and how they become of its sums.
struct PanelOutputs<'a> {
    /// What a unit of the weights of each output is worth.
    units: &'a [f32; PANEL],
    bias: &'a [f32; PANEL],
    /// What a unit of the inputs of each position is worth.
    steps: &'a [f32],
    /// The first output channel.
    first: usize,
    /// Outputs of the panel.
    count: usize,
    /// Outputs of a position.
    outputs: usize,
    end: End,
    /// All outputs of all positions.
    out: &'a mut [f32],
}

impl Sink for PanelOutputs<'_> {
    #[inline(always)]
    fn take(&mut self, position: usize, sums: &[i32; PANEL]) {
        let settle = Settle {
            units: self.units,
            bias: self.bias,
            step: self.steps[position],
            end: self.end,
        };
        let start = position * self.outputs + self.first;
        let out = &mut self.out[start..start + self.count];
        if let Some(out) = out.as_mut_array() {
            settle.run(sums, out);
        } else {
            let mut whole = [0.0; PANEL];
            whole[..out.len()].copy_from_slice(out);
            settle.run(sums, &mut whole);
            out.copy_from_slice(&whole[..out.len()]);
        }
    }
}

/// From the sums of a position to its outputs.
struct Settle<'a> {
    units: &'a [f32; PANEL],
    bias: &'a [f32; PANEL],
    step: f32,
    end: End,
}

impl Settle<'_> {
    #[inline(always)]
    fn run(&self, sums: &[i32; PANEL], out: &mut [f32; PANEL]) {
        let units = self.units.iter().zip(self.bias);
        let values = sums.iter().zip(units);
        let values = values.map(|(sum, (unit, bias))| *sum as f32 * (unit * self.step) + bias);
        self.end.enter(values, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_the_nearest() {
        for (value, whole) in [
            (0.0, 0),
            (0.5, 0),
            (1.5, 2),
            (-2.6, -3),
            (8191.0, 8191),
            (-32_767.0, -32_767),
        ] {
            let pair = pair_of(value, -value);
            assert_eq!((pair as i16, (pair >> 16) as i16), (whole, -whole), "{value}");
        }
    }
}
