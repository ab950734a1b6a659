//! What can be wrong with a network or its input.

/// The result of every fallible call of this crate.
pub type Result<T> = std::result::Result<T, KernelError>;

/// Why a call of this crate failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// A network is not well formed, or its sums could overflow.
    #[error("invalid network: {reason} (layer {layer}, value {value})")]
    Network {
        /// The broken rule.
        reason: &'static str,
        /// The layer, counted from 0.
        layer: usize,
        /// The value that breaks the rule.
        value: i64,
    },
    /// An argument is out of its range.
    #[error("invalid parameter: {what} is {value}")]
    Parameter {
        /// The argument and its rule.
        what: &'static str,
        /// Its value.
        value: i64,
    },
    /// The environment asks for instructions that there are not.
    #[error("LMC_ISA is {name:?}, but this machine has {}", available.join(", "))]
    Isa {
        /// What was asked for.
        name: String,
        /// The forms that there are.
        available: Vec<&'static str>,
    },
}
