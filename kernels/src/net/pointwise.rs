//! 1x1 convolutions: a matrix product over positions.

use rayon::prelude::*;

use super::kernel::{PanelOutputs, Settle};
use super::rescale::Packed;
use super::spec::prove;
use super::{Activations, PointwiseSpec};
use crate::dots::{self, PANEL, PanelRow};
use crate::error::Result;
use crate::isa::Isa;

/// Positions of one task: their inputs and outputs stay in the cache of a core.
pub(super) const TASK: usize = 48;

/// Rows of a panel that are packed at a time.
const PACKED_ROWS: usize = 32;

/// A 1x1 convolution with its weights packed for the kernels.
#[derive(Debug, Clone)]
pub(super) struct Pointwise<R = Packed> {
    inputs: usize,
    outputs: usize,
    /// Pairs of inputs: the rows of a panel.
    pairs: usize,
    /// The panels of 64 outputs one after another, zeros where there is no output or input.
    panels: Vec<PanelRow>,
    rescale: R,
}

impl Pointwise {
    pub(super) fn new(spec: &PointwiseSpec, layer: usize) -> Result<Self> {
        Self::check(spec, layer)?;
        let (inputs, pairs) = (spec.inputs, spec.inputs.div_ceil(2));
        let mut panels = vec![[0i32; PANEL]; spec.outputs.div_ceil(PANEL) * pairs];
        for (panel, weights) in panels.chunks_exact_mut(pairs).zip(spec.weights.chunks(PANEL * inputs)) {
            // Few rows at a time stay in the fastest memory, though outputs come one after the other.
            for (block, rows) in panel.chunks_mut(PACKED_ROWS).enumerate() {
                let first = 2 * PACKED_ROWS * block;
                for (output, weights) in weights.chunks_exact(inputs).enumerate() {
                    for (row, pair) in rows.iter_mut().zip(weights[first..].chunks(2)) {
                        let high = pair.get(1).copied().unwrap_or(0);
                        row[output] = i32::from(pair[0]) & 0xffff | i32::from(high) << 16;
                    }
                }
            }
        }
        let rescale = Packed::new(&spec.rescale, spec.outputs.next_multiple_of(PANEL));
        Ok(Self::packed([spec.inputs, spec.outputs], panels, rescale))
    }

    /// What [`Self::new`] refuses.
    pub(super) fn check(spec: &PointwiseSpec, layer: usize) -> Result<()> {
        prove(&spec.weights, spec.outputs, spec.inputs, &spec.rescale, layer)
    }
}

impl<R: Settle> Pointwise<R> {
    /// A layer of `[inputs, outputs]` whose weights are in panels already.
    pub(super) fn packed([inputs, outputs]: [usize; 2], panels: Vec<PanelRow>, rescale: R) -> Self {
        Self {
            inputs,
            outputs,
            pairs: inputs.div_ceil(2),
            panels,
            rescale,
        }
    }

    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Runs over a grid, in parallel.
    pub(super) fn run(&self, x: &Activations) -> Activations {
        let mut out = Activations::zeros(x.height, x.width, self.outputs);
        let tasks = x.data.par_chunks(self.inputs * TASK);
        tasks
            .zip(out.data.par_chunks_mut(self.outputs * TASK))
            .for_each(|(x, out)| self.run_task(Isa::best(), x, false, out));
        out
    }

    /// Runs over a few positions; with `add`, adds to `out` with saturation.
    pub(super) fn run_task(&self, isa: Isa, x: &[i16], add: bool, out: &mut [i16]) {
        let filled;
        let x = if self.inputs.is_multiple_of(2) {
            x
        } else {
            filled = fill_pairs(x, self.inputs);
            &filled
        };
        for (index, rows) in self.panels.chunks_exact(self.pairs).enumerate() {
            let first = index * PANEL;
            let mut outputs = PanelOutputs {
                rescale: &self.rescale,
                first,
                count: PANEL.min(self.outputs - first),
                add,
                outputs: self.outputs,
                out,
            };
            if let Some(start) = self.rescale.start()[first..].first_chunk() {
                dots::panel(isa, rows, start, x, &mut outputs);
            }
        }
    }
}

/// The inputs with one zero after each position, so that they come in pairs.
fn fill_pairs(x: &[i16], inputs: usize) -> Vec<i16> {
    let mut filled = Vec::with_capacity(x.len() / inputs * (inputs + 1));
    for x in x.chunks_exact(inputs) {
        filled.extend_from_slice(x);
        filled.push(0);
    }
    filled
}
