//! A network of whose outputs a position needs one half or the other, in turn as on a checkerboard.

use rayon::prelude::*;

use super::pointwise::{Pointwise, TASK};
use super::{Activations, LayerSpec, Network, PointwiseSpec, Rescale};
use crate::error::Result;
use crate::isa::Isa;

/// Positions of one task: those of one half are as many as elsewhere.
const BOTH: usize = 2 * TASK;

/// A network, and which of its outputs are of which half.
#[derive(Debug, Clone)]
pub struct Checkered {
    /// All of it, or all but its last layer.
    network: Network,
    halves: [Vec<usize>; 2],
    /// The last layer for each half, where it can be divided.
    last: Option<[Pointwise; 2]>,
}

impl Checkered {
    /// Prepares a network for `inputs` channels whose outputs are divided into `halves`.
    ///
    /// # Errors
    ///
    /// Those of [`Network::new`].
    pub fn new(layers: &[LayerSpec], inputs: usize, halves: [Vec<usize>; 2]) -> Result<Self> {
        let whole = Network::new(layers, inputs)?;
        if let Some((LayerSpec::Pointwise(spec), body)) = layers.split_last()
            && halves.iter().flatten().all(|&output| output < spec.outputs)
        {
            let half = |outputs: &[usize]| Pointwise::new(&part(spec, outputs), body.len());
            return Ok(Self {
                network: Network::new(body, inputs)?,
                last: Some([half(&halves[0])?, half(&halves[1])?]),
                halves,
            });
        }
        Ok(Self {
            network: whole,
            halves,
            last: None,
        })
    }

    /// Runs the network. The position `(i, j)` gets the outputs of the half `(first + i + j) % 2`, at the front of its
    /// channels.
    ///
    /// # Errors
    ///
    /// Those of [`Network::run`].
    pub fn run(&self, input: Activations, first: usize) -> Result<Activations> {
        let x = self.network.run(input)?;
        let stride = self.halves.iter().map(Vec::len).max().unwrap_or(0);
        let mut out = Activations::zeros(x.height, x.width, stride);
        let half = |position: usize| (first + position / x.width + position % x.width) % 2;
        let tasks = x.data.par_chunks(BOTH * x.channels);
        let tasks = tasks.zip(out.data.par_chunks_mut(BOTH * stride)).enumerate();
        tasks.for_each_init(Scratch::default, |scratch, (task, (x_task, out))| {
            let half = |index: usize| half(task * BOTH + index);
            match &self.last {
                Some(last) => {
                    for (which, layer) in last.iter().enumerate() {
                        scratch.run(layer, x_task, out, stride, |index| half(index) == which);
                    }
                }
                None => {
                    let positions = x_task.chunks_exact(x.channels).zip(out.chunks_exact_mut(stride));
                    for (index, (x, out)) in positions.enumerate() {
                        for (out, &output) in out.iter_mut().zip(&self.halves[half(index)]) {
                            *out = x[output];
                        }
                    }
                }
            }
        });
        Ok(out)
    }
}

/// The positions of one half.
#[derive(Default)]
struct Scratch {
    x: Vec<i16>,
    out: Vec<i16>,
}

impl Scratch {
    /// Runs a layer for the positions that are `wanted`.
    fn run(&mut self, layer: &Pointwise, x: &[i16], out: &mut [i16], stride: usize, wanted: impl Fn(usize) -> bool) {
        self.x.clear();
        let positions = x.chunks_exact(layer.inputs()).enumerate();
        for (_, x) in positions.filter(|(index, _)| wanted(*index)) {
            self.x.extend_from_slice(x);
        }
        let outputs = layer.outputs();
        self.out.resize(self.x.len() / layer.inputs() * outputs, 0);
        layer.run_task(Isa::best(), &self.x, false, &mut self.out);
        let positions = out.chunks_exact_mut(stride).enumerate();
        let wanted = positions.filter(|(index, _)| wanted(*index));
        for ((_, to), from) in wanted.zip(self.out.chunks_exact(outputs)) {
            to[..outputs].copy_from_slice(from);
        }
    }
}

/// The layer that has only some of the outputs. What is wrong with the layer is wrong with its parts.
fn part(spec: &PointwiseSpec, outputs: &[usize]) -> PointwiseSpec {
    let rescale = &spec.rescale;
    let weights = |&output: &usize| &spec.weights[output * spec.inputs..(output + 1) * spec.inputs];
    PointwiseSpec {
        inputs: spec.inputs,
        outputs: outputs.len(),
        weights: outputs.iter().flat_map(weights).copied().collect(),
        rescale: Rescale {
            bias: outputs.iter().map(|&output| rescale.bias[output]).collect(),
            mult: outputs.iter().map(|&output| rescale.mult[output]).collect(),
            shift: outputs.iter().map(|&output| rescale.shift[output]).collect(),
            leaky: rescale.leaky,
        },
    }
}
