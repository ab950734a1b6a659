//! The command line as clap sees it: one struct for each subcommand, values checked for themselves alone.

mod codecs;
mod decode;
mod desktop;
mod encode;
mod eval;
mod inspect;
mod limits;
mod raw;
#[cfg(feature = "full")]
mod train;
pub(crate) mod values;
mod video;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use decode::{DecodeArgs, ScaleArg};
pub(crate) use desktop::{CompletionsArgs, ManArgs, ThumbnailArgs};
pub(crate) use encode::{EncodeArgs, TargetArgs, TuneChoice, Via};
pub(crate) use eval::EvalArgs;
pub(crate) use inspect::{ExportLatentsArgs, InfoArgs, ModelsArgs, SelftestArgs, VerifyArgs};
pub(crate) use limits::LimitArgs;
#[cfg(feature = "full")]
pub(crate) use train::TrainArgs;
pub(crate) use video::{AudioArg, CutArgs, JoinArgs, RangeArgs};

/// The end of the help.
const EXIT_CODES: &str = "\
Exit codes: 0 all went well; 1 a file failed or is damaged, or a program that reads stdout went away before all was done \
after one did; 2 the command line makes no sense. Other files are worked on when one fails.";

/// Learned media codecs: small files that decode to the same symbols on every machine.
#[derive(Debug, Parser)]
#[command(name = "lmc", version, long_version = crate::device::VERSION, max_term_width = 100, arg_required_else_help = true,
    after_help = EXIT_CODES)]
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
    /// Encode pictures (PNG, JPEG, WebP, PPM, TIFF), sounds (WAV, FLAC, Ogg, MP3, M4A) and videos (y4m, and MP4 and
    /// others through ffmpeg) to .lmc
    #[command(visible_alias = "e")]
    Encode(EncodeArgs),
    /// Decode .lmc to PNG, JPEG, PPM, WebP or TIFF, to WAV, and to y4m, MP4 or a file for each frame
    #[command(visible_alias = "d")]
    Decode(DecodeArgs),
    /// Show what a stream holds and what is needed to decode it; decodes nothing
    Info(InfoArgs),
    /// Check streams: every CRC, every checksum, and the hash of all symbols; makes no pixels or samples
    Verify(VerifyArgs),
    /// Cut a piece out of a video at key frames, without decoding it
    Cut(CutArgs),
    /// Join videos of one format, without decoding their frames
    Join(JoinArgs),
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
    /// Make a small PNG of a picture, without decoding all of it
    Thumbnail(ThumbnailArgs),
    /// Print a script that completes command lines of this program
    Completions(CompletionsArgs),
    /// Print a manual page, for man -l or a folder of pages
    Man(ManArgs),
}

impl Command {
    /// The name of a command that is to report on files by a JSON object.
    pub(crate) fn reports_files(&self) -> Option<&'static str> {
        let (name, json) = match self {
            Self::Encode(args) => ("encode", args.json),
            Self::Decode(args) => ("decode", args.write.json),
            Self::Info(args) => ("info", args.json),
            Self::Verify(args) => ("verify", args.json),
            Self::Cut(args) => ("cut", args.write.json),
            Self::Join(args) => ("join", args.write.json),
            _ => return None,
        };
        json.then_some(name)
    }

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
    /// Where to compute networks: auto, cpu, gpu or gpu:N. Auto takes the GPU if a real one answers. Pixels are
    /// integers, the same on every device, unless `decode --fast` is given.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: lmc_codec::codecs::DeviceChoice,
    /// CPU threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// What decoders compute with, shared by the subcommands that decode.
#[derive(Debug, Clone, Args)]
pub(crate) struct ModelArgs {
    /// Weights to use besides the ones that ship with the program
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// How results are written, shared by the subcommands that write files.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct WriteArgs {
    /// Overwrite what exists
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Report on stdout as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests;
