//! Arguments of `lmc decode`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lmc_codec::{Rect, Scale};

use super::video::FfmpegArgs;
use super::{LimitArgs, ModelArgs, RangeArgs, WriteArgs, values};

/// Arguments of `lmc decode`.
#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// .lmc files, folders of them, pipes, or - for stdin
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The picture, sound or video to write, its format by its ending (png, jpg, ppm, webp, tiff; wav, raw; y4m, mp4, mov,
    /// mkv, webm), frames/%05d.png for a file for each frame, or - for PNG, WAV or y4m on stdout; a folder for several
    /// inputs, which become PNG, WAV and MP4 [default: beside each input]
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Keep the subfolders of input folders below the output folder
    #[arg(long, requires = "output")]
    pub(crate) keep_tree: bool,
    /// Give outputs the times of their inputs
    #[arg(long)]
    pub(crate) preserve: bool,
    /// Decode what can be decoded of a damaged stream and fill the rest from its surroundings
    #[arg(long)]
    pub(crate) conceal: bool,
    /// Write the samples of a sound alone, little-endian, without the header of a WAV file
    #[arg(long)]
    pub(crate) raw: bool,
    /// Decode this part only: left, top, width and height in pixels
    #[arg(long, value_name = "X,Y,W,H", value_parser = values::region)]
    pub(crate) region: Option<Rect>,
    /// Decode in this size
    #[arg(long, value_enum, default_value_t = ScaleArg::Full)]
    pub(crate) scale: ScaleArg,
    /// Which part of a video.
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    /// Where the program is.
    #[command(flatten)]
    pub(crate) ffmpeg: FfmpegArgs,
    /// What ffmpeg is to do with the frames and the sound of a video, such as "-c:v libx265 -crf 20 -c:a copy"
    #[arg(long, value_name = "ARGUMENTS", allow_hyphen_values = true)]
    pub(crate) ffmpeg_args: Option<String>,
    /// What to compute with.
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Bounds on inputs.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Compute pixels in floating point on the GPU: only nearly those that the CPU and every other machine make. No effect on
    /// the CPU
    #[arg(long)]
    pub(crate) fast: bool,
    /// How results are written.
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// The sizes that pictures are decoded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScaleArg {
    /// All pixels
    #[value(name = "1/1")]
    Full,
    /// Half of width and height
    #[value(name = "1/2")]
    Half,
    /// A quarter of width and height
    #[value(name = "1/4")]
    Quarter,
    /// An eighth of width and height
    #[value(name = "1/8")]
    Eighth,
}

impl From<ScaleArg> for Scale {
    fn from(scale: ScaleArg) -> Self {
        match scale {
            ScaleArg::Full => Self::Full,
            ScaleArg::Half => Self::Half,
            ScaleArg::Quarter => Self::Quarter,
            ScaleArg::Eighth => Self::Eighth,
        }
    }
}
