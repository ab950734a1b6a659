//! Arguments of the subcommands that join the program to shells and desktops.

use std::path::PathBuf;

use clap::Args;

use super::LimitArgs;

/// Arguments of `lmc thumbnail`.
#[derive(Debug, Args)]
pub(crate) struct ThumbnailArgs {
    /// The .lmc file of a picture, or - for stdin
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// The PNG file to write, over what is there; or - for stdout
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// The longest side in pixels; small pictures are not enlarged
    #[arg(short, long, value_name = "PIXELS", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) size: u32,
    /// Weights to use besides the ones that ship with the program
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Bounds on inputs.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Arguments of `lmc completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Arguments of `lmc man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The subcommand whose page is wanted [default: that of the program]
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}
