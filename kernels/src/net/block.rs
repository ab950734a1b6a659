//! The residual block, run in two passes: into the depthwise convolution, and all the rest.

use rayon::prelude::*;

use super::depthwise::Depthwise;
use super::pointwise::{Pointwise, TASK};
use super::{Activations, BlockSpec};
use crate::error::{KernelError, Result};
use crate::isa::Isa;

/// See [`BlockSpec`].
#[derive(Debug, Clone)]
pub(super) struct Block {
    a: Pointwise,
    d: Depthwise,
    b: Pointwise,
    f1: Pointwise,
    f2: Pointwise,
}

impl Block {
    pub(super) fn new(spec: &BlockSpec, layer: usize) -> Result<Self> {
        Self::check(spec, layer)?;
        Ok(Self {
            a: Pointwise::new(&spec.a, layer)?,
            d: Depthwise::new(&spec.d, layer)?,
            b: Pointwise::new(&spec.b, layer)?,
            f1: Pointwise::new(&spec.f1, layer)?,
            f2: Pointwise::new(&spec.f2, layer)?,
        })
    }

    /// What [`Self::new`] refuses.
    pub(super) fn check(spec: &BlockSpec, layer: usize) -> Result<()> {
        let BlockSpec { a, d, b, f1, f2 } = spec;
        for pointwise in [a, b, f1, f2] {
            Pointwise::check(pointwise, layer)?;
        }
        Depthwise::check(d, layer)?;
        let outer = a.inputs;
        let fits = a.outputs == d.channels
            && d.channels == b.inputs
            && b.outputs == outer
            && f1.inputs == outer
            && f1.outputs == f2.inputs
            && f2.outputs == outer;
        if !fits {
            return Err(KernelError::Network {
                reason: "channels inside a block do not fit",
                layer,
                value: outer as i64,
            });
        }
        Ok(())
    }

    pub(super) fn channels(&self) -> usize {
        self.a.inputs()
    }

    /// Runs over a grid, in parallel.
    pub(super) fn run(&self, mut x: Activations) -> Activations {
        let isa = Isa::best();
        let inner = self.a.run(&x);
        let tasks = x.data.par_chunks_mut(self.channels() * TASK).enumerate();
        tasks.for_each_init(Vec::new, |scratch, (task, x)| {
            let positions = x.len() / self.channels();
            let widest = self.d.channels().max(self.f1.outputs());
            scratch.resize(TASK * widest, 0);
            let d = &mut scratch[..positions * self.d.channels()];
            self.d.run_positions(isa, inner.rows(), task * TASK, d);
            self.b.run_task(isa, d, true, x);
            let f = &mut scratch[..positions * self.f1.outputs()];
            self.f1.run_task(isa, x, false, f);
            self.f2.run_task(isa, f, true, x);
        });
        x
    }
}
