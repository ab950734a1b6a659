//! A network of whose outputs each position needs one group of several.

use rayon::prelude::*;

use super::pointwise::{Pointwise, TASK};
use super::{Activations, LayerSpec, Network, PointwiseSpec, Rescale};
use crate::error::Result;
use crate::isa::Isa;

/// A network, and which of its outputs are of which group.
#[derive(Debug, Clone)]
pub struct Divided {
    /// All of it, or all but its last layer.
    network: Network,
    groups: Vec<Vec<usize>>,
    /// The last layer for each group, where it can be divided.
    last: Option<Vec<Pointwise>>,
}

impl Divided {
    /// Prepares a network for `inputs` channels whose outputs are divided into `groups`.
    ///
    /// # Errors
    ///
    /// Those of [`Network::new`].
    pub fn new(layers: &[LayerSpec], inputs: usize, groups: Vec<Vec<usize>>) -> Result<Self> {
        Network::check(layers, inputs)?;
        if let Some((LayerSpec::Pointwise(spec), body)) = layers.split_last()
            && groups.iter().flatten().all(|&output| output < spec.outputs)
        {
            let part = |outputs: &Vec<usize>| Pointwise::new(&part(spec, outputs), body.len());
            return Ok(Self {
                network: Network::new(body, inputs)?,
                last: Some(groups.iter().map(part).collect::<Result<_>>()?),
                groups,
            });
        }
        Ok(Self {
            network: Network::new(layers, inputs)?,
            groups,
            last: None,
        })
    }

    /// Runs the network. The position `(i, j)` gets the outputs of the group `group(i, j)`, at the front of its channels.
    ///
    /// # Errors
    ///
    /// Those of [`Network::run`].
    pub fn run(&self, input: Activations, group: impl Fn(usize, usize) -> usize + Sync) -> Result<Activations> {
        let x = self.network.run(input)?;
        let stride = self.groups.iter().map(Vec::len).max().unwrap_or(0);
        let mut out = Activations::zeros(x.height, x.width, stride);
        // Positions of one task; each group has the same number.
        let positions = self.groups.len().max(1) * TASK;
        let tasks = x.data.par_chunks(positions * x.channels);
        let tasks = tasks.zip(out.data.par_chunks_mut(positions * stride)).enumerate();
        tasks.for_each_init(Scratch::default, |scratch, (task, (x_task, out))| {
            let group = |index: usize| {
                let position = task * positions + index;
                group(position / x.width, position % x.width)
            };
            match &self.last {
                Some(last) => {
                    for (which, layer) in last.iter().enumerate() {
                        scratch.run(layer, x_task, out, stride, |index| group(index) == which);
                    }
                }
                None => {
                    let positions = x_task.chunks_exact(x.channels).zip(out.chunks_exact_mut(stride));
                    for (index, (x, out)) in positions.enumerate() {
                        for (out, &output) in out.iter_mut().zip(&self.groups[group(index)]) {
                            *out = x[output];
                        }
                    }
                }
            }
        });
        Ok(out)
    }
}

/// The positions of one group.
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

/// The layer restricted to some of its outputs. It is valid if the whole layer is.
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
