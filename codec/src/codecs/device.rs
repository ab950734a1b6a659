//! Where a user wants networks to run.

use std::fmt;
use std::str::FromStr;

use crate::{CodecError, Result};

/// What the user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// A GPU if a real one answers, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU of this index; software adapters count, after the real ones.
    Gpu(usize),
    /// The CUDA device of this index, where compiled in.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = CodecError;

    fn from_str(text: &str) -> Result<Self> {
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => {
                let index = index
                    .parse()
                    .map_err(|_| CodecError::Parameter(format!("'{index}' is no device index")))?;
                (name, Some(index))
            }
            None => (text, None),
        };
        match (name, index) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            ("gpu", index) => Ok(Self::Gpu(index.unwrap_or(0))),
            ("cuda", index) => Ok(Self::Cuda(index.unwrap_or(0))),
            _ => Err(CodecError::Parameter(format!(
                "unknown device '{text}': use auto, cpu, gpu or gpu:N"
            ))),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu(index) => write!(f, "gpu:{index}"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}
