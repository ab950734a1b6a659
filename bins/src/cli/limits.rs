//! Arguments that bound what inputs may ask for, shared by the subcommands that read any.

use clap::Args;
use lmc_codec::Limits;

use super::values;

/// Bounds on inputs.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LimitArgs {
    /// Refuse pictures of more pixels; 100M is understood [default: 268435456]
    #[arg(long, value_name = "N", value_parser = values::size)]
    max_pixels: Option<u64>,
    /// Refuse what may take more memory than this, before any of it is taken; 500M and 2G are understood
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    max_memory: Option<u64>,
}

impl LimitArgs {
    /// The limits that these arguments stand for.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(pixels) = self.max_pixels {
            limits.max_pixels = pixels;
        }
        match self.max_memory {
            Some(bytes) => limits.with_max_memory(bytes),
            None => limits,
        }
    }
}
