//! A 1x1 convolution for positions that come one by one, as each depends on what was made of those before.

use super::PointwiseSpec;
use super::pointwise::Pointwise;
use crate::error::{KernelError, Result};
use crate::isa::Isa;

/// A 1x1 convolution that runs at one position at a time, on the thread that asks.
#[derive(Debug, Clone)]
pub struct Single(Pointwise);

impl Single {
    /// Checks and prepares the layer.
    ///
    /// # Errors
    ///
    /// Those of [`Network::new`](super::Network::new).
    pub fn new(spec: &PointwiseSpec) -> Result<Self> {
        Pointwise::new(spec, 0).map(Self)
    }

    /// The outputs at a position, whose inputs are in -32767..=32767.
    ///
    /// # Errors
    ///
    /// [`KernelError::Parameter`] when there are more or less inputs than the layer has.
    pub fn run(&self, inputs: &[i16]) -> Result<Vec<i16>> {
        self.run_with(Isa::best(), inputs)
    }

    pub(super) fn run_with(&self, isa: Isa, inputs: &[i16]) -> Result<Vec<i16>> {
        if inputs.len() != self.0.inputs() {
            return Err(KernelError::Parameter {
                what: "inputs of a position",
                value: inputs.len() as i64,
            });
        }
        let mut outputs = vec![0; self.0.outputs()];
        self.0.run_task(isa, inputs, false, &mut outputs);
        Ok(outputs)
    }
}
