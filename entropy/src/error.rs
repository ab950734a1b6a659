//! What can go wrong in the exact world.

/// The result of every fallible call of this crate.
pub type Result<T> = std::result::Result<T, EntropyError>;

/// Why a call of this crate failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntropyError {
    /// The bytes are not what an encoder of this crate writes: cut, damaged or of something else.
    #[error("malformed data: {0}")]
    Malformed(&'static str),
    /// A size is larger than what the caller, or this crate, allows.
    #[error("{what} is {value}, more than the limit of {limit}")]
    Limit {
        /// The name of the size.
        what: &'static str,
        /// The size asked for.
        value: u64,
        /// The largest size allowed.
        limit: u64,
    },
    /// A frequency table breaks the contract of [`crate::table::CdfTable`].
    #[error("invalid frequency table: {reason} (at entry {index})")]
    Table {
        /// The rule that is broken.
        reason: &'static str,
        /// The entry that breaks it, or the number of entries.
        index: usize,
    },
    /// A network is not well formed, or was called with what it cannot take.
    #[error(transparent)]
    Kernel(#[from] lmc_kernels::KernelError),
    /// An argument is out of its range.
    #[error("invalid parameter: {what} is {value}")]
    Parameter {
        /// The argument and its rule.
        what: &'static str,
        /// Its value.
        value: i64,
    },
    /// A symbol cannot be coded: it is further than 32767 from zero.
    #[error("symbol {0} is outside -32767..=32767")]
    Symbol(i64),
}

/// Refuses `value` when it is more than `limit`.
pub(crate) fn check_limit(what: &'static str, value: u64, limit: u64) -> Result<()> {
    if value > limit {
        return Err(EntropyError::Limit { what, value, limit });
    }
    Ok(())
}
