//! The layers of a network out of the parameters of a weights file.

use lmc_kernels::layers::{Linear, Rounding, TimeTaps};

use crate::weights::{NamedTensor, Params};
use crate::{CodecError, Result};

/// Parameters that are taken out by name, each once.
pub(super) struct Parts {
    params: Params,
}

impl Parts {
    pub(super) fn new(params: Params) -> Self {
        Self { params }
    }

    /// A linear layer, `<path>.weight` and `<path>.bias`.
    pub(super) fn linear(&mut self, path: &str, [inputs, outputs]: [usize; 2]) -> Result<Linear> {
        let weight = self.take(&format!("{path}.weight"), &[inputs, outputs])?;
        let bias = self.take(&format!("{path}.bias"), &[outputs])?;
        Linear::new(&weight, &bias, Rounding::Never).map_err(|error| CodecError::Weights(format!("{path}: {error}")))
    }

    /// A convolution over time, `<path>` and `<path>_bias`.
    pub(super) fn taps(&mut self, path: &str, [taps, channels]: [usize; 2]) -> Result<TimeTaps> {
        let weight = self.take(path, &[taps, channels])?;
        let bias = self.take(&format!("{path}_bias"), &[channels])?;
        TimeTaps::new(&weight, &bias).map_err(|error| CodecError::Weights(format!("{path}: {error}")))
    }

    /// The values of a parameter.
    pub(super) fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        match self.params.remove(name) {
            Some(NamedTensor { shape: found, data }) if found == shape => Ok(data),
            Some(tensor) => {
                let found = tensor.shape;
                Err(CodecError::Weights(format!(
                    "{name} has the shape {found:?}, not {shape:?}"
                )))
            }
            None => Err(CodecError::Weights(format!("{name} is missing"))),
        }
    }

    /// The values of a parameter that may be missing.
    pub(super) fn take_if_there(&mut self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>> {
        self.params
            .contains_key(name)
            .then(|| self.take(name, shape))
            .transpose()
    }

    /// Checks that nothing is left.
    pub(super) fn finish(self) -> Result<()> {
        match self.params.keys().next() {
            Some(name) => Err(CodecError::Weights(format!("the model has no {name}"))),
            None => Ok(()),
        }
    }
}
