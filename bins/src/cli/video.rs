//! Arguments of videos: those of several subcommands, and the subcommands that are for videos alone.

use std::path::PathBuf;

use clap::Args;
use lmc_codec::Quality;
use lmc_codec::video::files::Ffmpeg;

use super::{LimitArgs, ModelArgs, WriteArgs, values};

/// Where the program is that reads and writes videos other than y4m.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FfmpegArgs {
    /// The ffmpeg program that reads and writes videos other than y4m [default: that of LMC_FFMPEG, else of the PATH]
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) ffmpeg: Option<PathBuf>,
}

impl FfmpegArgs {
    /// The program.
    pub(crate) fn program(&self) -> Ffmpeg {
        Ffmpeg::find(self.ffmpeg.as_deref())
    }
}

/// Which part of a video is wanted.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RangeArgs {
    /// Of a video, begin at this time: seconds, or hours, minutes and seconds as 1:02:03.5
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) start: Option<f64>,
    /// Of a video, end after this time
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) duration: Option<f64>,
    /// Of a video, at most this many frames
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) frames: Option<u64>,
}

impl RangeArgs {
    /// The first of the flags that were given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let all = [
            (self.start.is_some(), "--start"),
            (self.duration.is_some(), "--duration"),
            (self.frames.is_some(), "--frames"),
        ];
        all.into_iter().find_map(|(given, flag)| given.then_some(flag))
    }
}

/// How videos are encoded.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct VideoArgs {
    /// Of a video, the most frames from one key frame to the next [default: those of two seconds]
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keyint: Option<u32>,
    /// Of a video, the quality of the sound, or none to leave it out [default: 60]
    #[arg(long, value_name = "0..100|none", value_parser = values::audio)]
    pub(crate) audio: Option<AudioArg>,
    /// Where the program is.
    #[command(flatten)]
    pub(crate) ffmpeg: FfmpegArgs,
}

impl VideoArgs {
    /// The first of the flags that were given and are for videos alone.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let all = [(self.keyint.is_some(), "--keyint"), (self.audio.is_some(), "--audio")];
        all.into_iter().find_map(|(given, flag)| given.then_some(flag))
    }
}

/// What becomes of the sound of a video.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum AudioArg {
    /// It is left out.
    None,
    /// It is encoded at this quality.
    At(Quality),
}

/// Arguments of `lmc cut`.
#[derive(Debug, Args)]
#[command(after_help = "\
The piece begins with the last key frame at or before the start, for nothing is decoded; `lmc info --frames` lists key \
frames. Frames and sound stay as they are.")]
pub(crate) struct CutArgs {
    /// A video: an .lmc file
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// The .lmc file to write
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Which part.
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    /// Bounds on inputs.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// How results are written.
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// Arguments of `lmc join`.
#[derive(Debug, Args)]
#[command(after_help = "\
All videos must have the codec, model, size, rate and colours of the first. Frames stay as they are; sounds are cut or \
filled to the length of their videos and encoded anew.")]
pub(crate) struct JoinArgs {
    /// Videos: .lmc files
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The .lmc file to write
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// What to compute with.
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Bounds on inputs.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// How results are written.
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}
