//! Arguments of the subcommands that look but do not write.

use std::path::PathBuf;

use clap::Args;

use super::{DeviceArgs, LimitArgs};

/// Arguments of `lmc info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// .lmc files, folders of them, pipes, or - for stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// List the frames of videos: kind, time and bytes of each
    #[arg(long)]
    pub(crate) frames: bool,
    /// Bounds on inputs.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Report on stdout as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `lmc verify`.
#[derive(Debug, Args)]
#[command(after_help = "Symbols and pixels are integers and decoded on the CPU, whatever --device says.")]
pub(crate) struct VerifyArgs {
    /// .lmc files, folders of them, pipes, or - for stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Bounds on inputs.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Weights to use besides the ones that ship with the program
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Decode pictures too: print the hash of their pixels, the same on every machine, and compare it with that in the stream
    #[arg(long)]
    pub(crate) pixels: bool,
    /// Accepted for the sake of scripts.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// Report on stdout as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `lmc export-latents`.
#[derive(Debug, Args)]
#[command(after_help = "\
The array has the axes rows, columns, channels: one position for each 16x16 pixels, or 64x64 with --hyper. Latents are
float32, those of the network before the rounding of the quality; hyper-latents are int16.")]
pub(crate) struct ExportLatentsArgs {
    /// An image: an .lmc file, or - for stdin
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// The file to write, such as photo.npy, or - for stdout
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Write the hyper-latents instead
    #[arg(long)]
    pub(crate) hyper: bool,
    /// Weights to use besides the ones that ship with the program
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// CPU threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Overwrite what exists
    #[arg(short, long)]
    pub(crate) force: bool,
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
