//! Matrix products in `f32`, with sums over the inputs in their order: the same bits with all instructions.

use super::End;
use crate::isa::Isa;

/// Outputs that are summed in registers.
const LANES: usize = 32;
/// Positions that share the loads of weights.
const POSITIONS: usize = 4;

/// Weights of one input for the outputs of a panel.
type Row = [f32; LANES];

/// The weights of a linear layer in panels of [`LANES`] outputs.
#[derive(Debug, Clone)]
pub(super) struct Plain {
    isa: Isa,
    inputs: usize,
    outputs: usize,
    /// Panel after panel, a row for each input.
    rows: Vec<Row>,
    /// Padded to whole panels.
    bias: Vec<Row>,
}

impl Plain {
    pub(super) fn new(weight: &[f32], bias: &[f32], isa: Isa) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs;
        let panels = outputs.div_ceil(LANES);
        let mut rows = vec![[0.0; LANES]; panels * inputs];
        for (panel, rows) in rows.chunks_exact_mut(inputs).enumerate() {
            let columns = panel * LANES..outputs.min((panel + 1) * LANES);
            for (row, weight) in rows.iter_mut().zip(weight.chunks_exact(outputs)) {
                row[..columns.len()].copy_from_slice(&weight[columns.clone()]);
            }
        }
        let mut padded = vec![[0.0; LANES]; panels];
        padded.as_flattened_mut()[..outputs].copy_from_slice(bias);
        let bias = padded;
        Self {
            isa,
            inputs,
            outputs,
            rows,
            bias,
        }
    }

    /// The layer at all positions of `x`.
    pub(super) fn run(&self, x: &[f32], end: End, out: &mut [f32]) {
        self.isa.run(
            #[inline(always)]
            || {
                let panels = self.rows.chunks_exact(self.inputs).zip(&self.bias);
                for (index, (rows, bias)) in panels.enumerate() {
                    self.panel(rows, bias, index * LANES, x, end, out);
                }
            },
        );
    }

    /// The outputs from `first` on of all positions.
    #[inline(always)]
    fn panel(&self, rows: &[Row], bias: &Row, first: usize, x: &[f32], end: End, out: &mut [f32]) {
        let count = LANES.min(self.outputs - first);
        let xs = x.chunks(POSITIONS * self.inputs);
        for (x, out) in xs.zip(out.chunks_mut(POSITIONS * self.outputs)) {
            let mut sums = [[0.0; LANES]; POSITIONS];
            if x.len() == POSITIONS * self.inputs {
                let x: [&[f32]; POSITIONS] = std::array::from_fn(|p| &x[p * self.inputs..(p + 1) * self.inputs]);
                add_products(rows, x, &mut sums);
            } else {
                for (x, sums) in x.chunks_exact(self.inputs).zip(&mut sums) {
                    add_products(rows, [x], std::array::from_mut(sums));
                }
            }
            for (sums, out) in sums.iter().zip(out.chunks_exact_mut(self.outputs)) {
                let sums = sums.iter().zip(bias).map(|(sum, bias)| sum + bias);
                end.enter(sums, &mut out[first..first + count]);
            }
        }
    }
}

/// Adds the products of the inputs of `N` positions to their sums.
#[inline(always)]
fn add_products<const N: usize>(rows: &[Row], x: [&[f32]; N], sums: &mut [Row; N]) {
    let mut local = *sums;
    let x = x.map(|x| &x[..rows.len()]);
    for (input, row) in rows.iter().enumerate() {
        for (sums, x) in local.iter_mut().zip(&x) {
            let x = x[input];
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += x * weight;
            }
        }
    }
    *sums = local;
}
