//! The command line as clap sees it: one struct for each subcommand, values checked for themselves alone.

mod decode;
mod encode;
mod eval;
mod inspect;
#[cfg(feature = "full")]
mod train;
pub(crate) mod values;

use clap::{Args, Parser, Subcommand};

pub(crate) use decode::{DecodeArgs, ScaleArg};
pub(crate) use encode::{Codec, EncodeArgs, TargetArgs, TuneChoice};
pub(crate) use eval::EvalArgs;
pub(crate) use inspect::{ExportLatentsArgs, InfoArgs, ModelsArgs, SelftestArgs, VerifyArgs};
#[cfg(feature = "full")]
pub(crate) use train::TrainArgs;

/// Learned media codecs: small files that decode to the same symbols on every machine.
#[derive(Debug, Parser)]
#[command(name = "lmc", version, long_version = crate::device::VERSION, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// How much to say.
    #[command(flatten)]
    pub(crate) talk: TalkArgs,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How much goes to stderr.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct TalkArgs {
    /// Say more on stderr
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Encode pictures (PNG, JPEG, WebP, PPM, TIFF) and sounds (WAV, FLAC, Ogg, MP3, M4A) to .lmc
    #[command(visible_alias = "e")]
    Encode(EncodeArgs),
    /// Decode .lmc to PNG, JPEG, PPM, WebP or TIFF, and to WAV
    #[command(visible_alias = "d")]
    Decode(DecodeArgs),
    /// Show what a stream holds and what is needed to decode it; decodes nothing
    Info(InfoArgs),
    /// Check streams: every CRC, every checksum, and the hash of all symbols; makes no pixels or samples
    Verify(VerifyArgs),
    /// Write the latents of an image as a NumPy file, for learning on compressed images; makes no pixels
    ExportLatents(ExportLatentsArgs),
    /// Decode the bundled streams on every device of this machine and compare
    Selftest(SelftestArgs),
    /// Measure rate-distortion curves of codecs side by side, and write a report
    Eval(EvalArgs),
    /// Train a model, or go on training it
    #[cfg(feature = "full")]
    Train(TrainArgs),
    /// List the models that can be used
    Models(ModelsArgs),
}

impl Command {
    /// Whether the command ends by itself when it is interrupted: training saves a checkpoint first.
    pub(crate) fn saves_itself(&self) -> bool {
        #[cfg(feature = "full")]
        return matches!(self, Self::Train(_));
        #[cfg(not(feature = "full"))]
        false
    }
}

/// Where to compute, shared by the subcommands that do.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeviceArgs {
    /// Where to compute pixels: auto, cpu, gpu or gpu:N. Auto takes the GPU if a real one answers.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: lmc_codec::codecs::DeviceChoice,
    /// CPU threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

#[cfg(test)]
mod tests;
