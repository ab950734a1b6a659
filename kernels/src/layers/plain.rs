//! Matrix products in `f32`, with sums over the inputs in their order: the same bits with all instructions.

use super::End;
use crate::isa::Isa;

/// Outputs that are summed in registers.
pub(super) const LANES: usize = 32;
/// Positions that share the loads of weights.
const POSITIONS: usize = 4;
/// The same where there are the registers of AVX-512.
#[cfg(target_arch = "x86_64")]
pub(super) const WIDE: usize = 12;

/// Weights of one input for the outputs of a panel.
pub(super) type Row = [f32; LANES];

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
        #[cfg(target_arch = "x86_64")]
        if let Isa::Avx512(_) = self.isa {
            return self.run_wide(x, end, out);
        }
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

    /// [`Self::run`] with AVX-512: blocks of [`WIDE`] positions; the last may be shorter.
    #[cfg(target_arch = "x86_64")]
    fn run_wide(&self, x: &[f32], end: End, out: &mut [f32]) {
        let mut block = vec![[0.0; WIDE]; self.inputs];
        for (x, out) in x.chunks(WIDE * self.inputs).zip(out.chunks_mut(WIDE * self.outputs)) {
            turn(x, &mut block);
            for (index, (rows, bias)) in self.rows.chunks_exact(self.inputs).zip(&self.bias).enumerate() {
                // SAFETY: only a token of AVX-512 leads here, which proves that the machine has the instructions.
                #[allow(unsafe_code)]
                let sums = unsafe { super::x86::products(rows, &block) };
                self.isa.run(
                    #[inline(always)]
                    || self.enter(&sums, bias, index * LANES, end, out),
                );
            }
        }
    }

    /// Enters the sums of a panel whose first output is `first`.
    #[inline(always)]
    fn enter(&self, sums: &[Row], bias: &Row, first: usize, end: End, out: &mut [f32]) {
        let count = LANES.min(self.outputs - first);
        for (sums, out) in sums.iter().zip(out.chunks_exact_mut(self.outputs)) {
            let sums = sums.iter().zip(bias).map(|(sum, bias)| sum + bias);
            end.enter(sums, &mut out[first..first + count]);
        }
    }

    /// The outputs from `first` on of all positions.
    #[inline(always)]
    fn panel(&self, rows: &[Row], bias: &Row, first: usize, x: &[f32], end: End, out: &mut [f32]) {
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
            self.enter(&sums, bias, first, end, out);
        }
    }
}

/// The inputs of up to [`WIDE`] positions, so that those of one kind lie side by side.
#[cfg(target_arch = "x86_64")]
fn turn(x: &[f32], block: &mut [[f32; WIDE]]) {
    for (position, x) in x.chunks_exact(block.len()).enumerate() {
        for (of_all, x) in block.iter_mut().zip(x) {
            of_all[position] = *x;
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
