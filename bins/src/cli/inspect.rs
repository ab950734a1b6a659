//! Arguments of the subcommands that look but do not write.

use std::path::PathBuf;

use clap::Args;

use super::DeviceArgs;

/// Arguments of `lmc info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// .lmc files, or - for stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Report on stdout as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `lmc verify`.
#[derive(Debug, Args)]
#[command(after_help = "Symbols are integers and decoded on the CPU, whatever --device says.")]
pub(crate) struct VerifyArgs {
    /// .lmc files, folders of them, or - for stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Weights to use besides the ones that ship with the program
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Accepted for the sake of scripts.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// Report on stdout as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `lmc selftest`.
#[derive(Debug, Args)]
pub(crate) struct SelftestArgs {
    /// Report on stdout as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `lmc models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// Weight files, or folders of them, to list besides the models that ship with the program
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Report on stdout as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
