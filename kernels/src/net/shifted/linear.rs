//! A linear layer over positions that lie one after another.

use std::cell::Cell;

use rayon::prelude::*;

use super::settle::Shifted;
use super::spec::{LinearSpec, prove};
use crate::Result;
use crate::dots::{PANEL, PanelRow};
use crate::isa::Isa;
use crate::net::pointwise::Pointwise;
use crate::scratch;

/// Positions of a task: whole tiles of the kernels, whose outputs stay in the cache of a core.
const TASK: usize = 96;

/// A linear layer, ready to run.
#[derive(Debug, Clone)]
pub struct Linear {
    layer: Pointwise<Shifted>,
    limit: i16,
}

thread_local! {
    /// Outputs of a strip before they are spread.
    static STRIP: Cell<Vec<i16>> = const { Cell::new(Vec::new()) };
}

impl Linear {
    /// Checks and packs a layer whose inputs are of at most `input_limit`.
    ///
    /// # Errors
    /// [`KernelError::Network`](crate::KernelError::Network) when its sizes do not fit each other, when a parameter is
    /// out of its range, or when a sum could leave 32 bits.
    pub fn new(spec: &LinearSpec, input_limit: i16) -> Result<Self> {
        prove(&spec.weights, [spec.inputs, spec.outputs], &spec.settling, input_limit)?;
        let settle = Shifted::new(&spec.settling, spec.outputs.next_multiple_of(PANEL));
        Ok(Self {
            limit: settle.limit(),
            layer: Pointwise::packed([spec.inputs, spec.outputs], packed(spec), settle),
        })
    }

    /// Values of a position that come in.
    pub fn inputs(&self) -> usize {
        self.layer.inputs()
    }

    /// Values of a position that go out.
    pub fn outputs(&self) -> usize {
        self.layer.outputs()
    }

    /// The largest magnitude of an output.
    pub fn limit(&self) -> i16 {
        self.limit
    }

    /// Runs the layer at every position of `x` with all threads; with `add`, adds to `out` with saturation.
    ///
    /// # Shapes
    /// - `x`: `[positions, inputs]`, of at most the limit of the inputs
    /// - `out`: `[positions, outputs]`
    pub fn run(&self, x: &[i16], add: bool, out: &mut [i16]) {
        let tasks = out.par_chunks_mut(TASK * self.outputs());
        let tasks = tasks.zip(x.par_chunks(TASK * self.inputs()));
        tasks.for_each(|(out, x)| self.apply(Isa::best(), x, add, out));
    }

    /// As [`Self::run`], on the calling thread.
    #[inline]
    pub(super) fn apply(&self, isa: Isa, x: &[i16], add: bool, out: &mut [i16]) {
        self.layer.run_task(isa, x, add, out);
    }

    /// Runs the layer, whose outputs are those of 2x2 positions at twice the resolution, ordered (row, column, channel).
    ///
    /// # Shapes
    /// `[height, width, inputs]` to `[2 height, 2 width, outputs / 4]`
    pub fn to_space(&self, [height, width]: [usize; 2], x: &[i16]) -> Vec<i16> {
        let (columns, channels) = (self.outputs(), self.outputs() / 4);
        let mut out = vec![0; height * width * columns];
        let strip = (TASK.div_ceil(width.max(1)) * width).max(1);
        let strips = out.par_chunks_mut(strip * columns);
        let strips = strips.zip(x.par_chunks(strip * self.inputs()));
        strips.for_each(|(out, x)| {
            scratch::with(&STRIP, |positions| {
                let positions = scratch::first(positions, out.len());
                self.apply(Isa::best(), x, false, positions);
                for (position, parts) in positions.chunks_exact(columns).enumerate() {
                    let (i, j) = (position / width, position % width);
                    for (part, values) in parts.chunks_exact(channels.max(1)).enumerate() {
                        let place = ((2 * i + part / 2) * 2 * width + 2 * j + part % 2) * channels;
                        out[place..place + channels].copy_from_slice(values);
                    }
                }
            });
        });
        out
    }
}

/// The panels of 64 outputs one after another, zeros where there is no output or input.
fn packed(spec: &LinearSpec) -> Vec<PanelRow> {
    let outputs = spec.outputs;
    let pairs = spec.inputs.div_ceil(2);
    let mut panels = vec![[0; PANEL]; outputs.div_ceil(PANEL) * pairs];
    for (panel, rows) in panels.chunks_exact_mut(pairs).enumerate() {
        let columns = panel * PANEL..outputs.min((panel + 1) * PANEL);
        for (row, weights) in rows.iter_mut().zip(spec.weights.chunks(2 * outputs)) {
            let (low, high) = weights.split_at(outputs);
            for (word, low) in row.iter_mut().zip(&low[columns.clone()]) {
                *word = i32::from(*low) & 0xffff;
            }
            for (word, high) in row.iter_mut().zip(high.get(columns.clone()).unwrap_or_default()) {
                *word |= i32::from(*high) << 16;
            }
        }
    }
    panels
}
