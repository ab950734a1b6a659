//! Arguments of `lmc encode`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lmc::Tune;
use lmc_codec::codecs::Row;
use lmc_codec::{MaxError, MediaKind};

use super::raw::RawArgs;
use super::video::VideoArgs;
use super::{DeviceArgs, LimitArgs, codecs, values};

/// The end of the help.
const KEPT: &str = "\
Kept of pictures: alpha, 16 bits where the codec has them, ICC profile or CICP, gamma and primaries, light levels, EXIF, \
XMP, IPTC, texts, comments and density; EXIF's orientation is applied. Kept of sounds: the exact length, rate, channels \
and loudspeakers, tags of any key, and chunks such as bext and cue. Not kept, with a warning and in `lost` of --json: \
further pages, frames, pictures and tracks, gain maps, previews, makers' segments, cover art, chapters, and what stands \
behind the end. docs/IMAGE_FILES.md and docs/SOUND_FILES.md have tables.";

/// Arguments of `lmc encode`.
#[derive(Debug, Args)]
#[command(after_help = KEPT)]
pub(crate) struct EncodeArgs {
    /// Pictures, sounds, videos, folders of them, pipes, or - for stdin
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The .lmc file to write, or - for stdout; a folder for several inputs [default: beside each input]. Inputs whose
    /// names differ in their endings alone keep them: a.png.lmc and a.jpg.lmc
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Keep the subfolders of input folders below the output folder
    #[arg(long, requires = "output")]
    pub(crate) keep_tree: bool,
    /// Give outputs the times of their inputs
    #[arg(long)]
    pub(crate) preserve: bool,
    /// The codec.
    #[arg(long, value_parser = codecs::parser(), help = codecs::help())]
    codec: Option<codecs::Asked>,
    /// Keep every sample of pictures exactly
    #[arg(long, conflicts_with_all = ["codec", "quality", "target", "effort", "tune", "model"])]
    lossless: bool,
    /// Keep every sample of pictures within this many steps of 255: near-lossless
    #[arg(long, value_name = "1..4", value_parser = clap::value_parser!(u8).range(1..=i64::from(MaxError::MAX)),
        conflicts_with_all = ["lossless", "codec", "quality", "target", "effort", "tune", "model"])]
    max_error: Option<u8>,
    /// From 0 (smallest) to 100 (best); fractions count. Pictures from 99 on are near-lossless: within 2 of 255, at 100
    /// within 1
    #[arg(short = 'Q', long, value_name = "0..100", default_value = "60", value_parser = values::quality)]
    pub(crate) quality: f32,
    /// What to reach instead of a quality.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// From 1 (fast) to 9 (slow): refines what is coded, for smaller files of the same quality [default: 1]
    #[arg(short, long, value_name = "1..9", value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) effort: Option<u8>,
    /// What pictures are to keep of the original
    #[arg(long, value_enum, default_value_t = TuneChoice::Psnr, conflicts_with = "model")]
    pub(crate) tune: TuneChoice,
    /// Weights to use instead of the ones that ship with the program; the decoder needs them too
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Width and height of the independently decodable tiles, a multiple of 64
    #[arg(long, value_name = "PIXELS", value_parser = values::tile_size)]
    pub(crate) tile_size: Option<u32>,
    /// Write a hash of the decoded pixels into streams of pictures, which decoders compare: 24 bytes, and the time to
    /// decode
    #[arg(long)]
    pub(crate) pixel_hash: bool,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// Take what there is of a cut or damaged input, with a warning, instead of refusing it
    #[arg(long)]
    pub(crate) salvage: bool,
    /// Read sounds through an installed program, which knows more formats. What it tells of tags and loudspeakers is
    /// kept
    #[arg(long, value_enum, value_name = "PROGRAM")]
    pub(crate) via: Option<Via>,
    /// Of samples without a header.
    #[command(flatten)]
    pub(crate) raw: RawArgs,
    /// The page of a TIFF file, or the frame of an animated GIF or WebP file, to encode
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page: Option<u32>,
    /// Keep the colours of pixels that are wholly transparent, which otherwise become what costs the least. Lossless
    /// and near-lossless encoding always keeps them
    #[arg(long)]
    pub(crate) keep_hidden: bool,
    /// Of videos.
    #[command(flatten)]
    pub(crate) video: VideoArgs,
    /// Bounds on inputs.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Overwrite what exists
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Report on stdout as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

impl EncodeArgs {
    /// Whether latents are to be refined, step by step.
    pub(crate) fn refines(&self) -> bool {
        self.effort.is_some_and(|effort| effort > 1)
    }

    /// What all inputs are, where a flag says so.
    pub(crate) fn media(&self) -> Option<MediaKind> {
        match (self.max_error(), self.codec_row()) {
            (Some(_), _) => Some(MediaKind::Image),
            (None, None) if self.via.is_some() || self.raw.sound().is_some() => Some(MediaKind::Sound),
            (None, codec) => codec.map(|row| row.media),
        }
    }

    /// The codec of these media that was asked for by name, if any was.
    pub(crate) fn codec_of(&self, media: MediaKind) -> Option<&Row> {
        self.codec_row().filter(|row| row.media == media)
    }

    fn codec_row(&self) -> Option<&Row> {
        self.codec.as_ref().and_then(codecs::Asked::row)
    }

    /// How far samples of pictures may be off, where that was asked for.
    pub(crate) fn max_error(&self) -> Option<u8> {
        if self.lossless { Some(0) } else { self.max_error }
    }
}

/// What to reach instead of a quality: at most one of these. The quality is then where the search begins.
#[derive(Debug, Default, Args)]
#[group(id = "target", multiple = false)]
pub(crate) struct TargetArgs {
    /// At most this many bits per pixel of the whole file, within 1%
    #[arg(long, value_name = "BPP", value_parser = values::positive)]
    pub(crate) target_bpp: Option<f64>,
    /// At most this many bytes, within 1%, of a video within 2%, and about this many where it has more than 3000 frames;
    /// 100k and 1.5M are understood
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    pub(crate) target_size: Option<u64>,
    /// This PSNR over RGB in dB, within 0.05
    #[arg(long, value_name = "DB", value_parser = values::positive)]
    pub(crate) target_psnr: Option<f64>,
    /// This SSIMULACRA2, within half a point
    #[arg(long, value_name = "POINTS", value_parser = values::positive)]
    pub(crate) target_ssimulacra2: Option<f64>,
    /// This many bits a second of the whole file, within 2%; about this many of a video that has more than 3000 frames or
    /// comes through a pipe; 48k, 6000 and 2M are understood
    #[arg(long, value_name = "BITS", value_parser = values::bitrate)]
    pub(crate) bitrate: Option<f64>,
}

impl TargetArgs {
    /// Whether any is given.
    pub(crate) fn any(&self) -> bool {
        let sizes = [self.target_bpp, self.target_psnr, self.target_ssimulacra2, self.bitrate];
        self.target_size.is_some() || sizes.iter().any(Option::is_some)
    }
}

/// Programs that read sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Via {
    /// The program ffmpeg, found by PATH
    Ffmpeg,
}

impl Via {
    /// The name of the program.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Ffmpeg => "ffmpeg",
        }
    }
}

/// What encoders of pictures can be asked to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TuneChoice {
    /// Every sample as close as can be: the mean squared error
    Psnr,
    /// What people see: finer in flat areas and low frequencies, coarser in texture and colour
    Perceptual,
}

impl From<TuneChoice> for Tune {
    fn from(choice: TuneChoice) -> Self {
        match choice {
            TuneChoice::Psnr => Self::Psnr,
            TuneChoice::Perceptual => Self::Perceptual,
        }
    }
}
