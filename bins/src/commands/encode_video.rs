//! `lmc encode` of videos.

use std::fs::File;
use std::io::{self, BufWriter, Read};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use lmc_codec::codecs::Registry;
use lmc_codec::files::{Content, HEAD_BYTES};
use lmc_codec::sound::SoundSource;
use lmc_codec::video::files::{Ffmpeg, FfmpegSound, FfmpegVideo, Y4m, has_video_ending, is_y4m};
use lmc_codec::video::{
    SoundInput, VideoCodec, VideoEncodeOptions, VideoFormat, VideoSource, VideoStats, encode_video,
    encode_video_to_pipe,
};
use lmc_codec::{Effort, MediaKind, Quality};
use serde::Serialize;

use crate::cli::{AudioArg, EncodeArgs};
use crate::input::Source;
use crate::jobs::Job;
use crate::models::{Loaded, ModelUsed};
use crate::output::Spool;
use crate::talk::{Talk, thousands};
use crate::usage::usage;

/// What became of a video.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    /// Bytes of the stream, which is all of the output.
    pub(super) bytes: u64,
    width: u32,
    height: u32,
    chroma: &'static str,
    bits: u8,
    frames: u64,
    key_frames: u64,
    pub(super) duration_seconds: f64,
    frames_per_second: f64,
    kbps: f64,
    bpp: f64,
    codec: &'static str,
    quality: f64,
    key_frame_bytes: u64,
    predicted_frame_bytes: u64,
    /// Samples of each channel of the sound; 0 without one.
    samples: u64,
    sound_bytes: u64,
    symbols: u64,
    symbol_hash: String,
    warnings: Vec<String>,
    /// Frames encoded in each second of work.
    speed: f64,
    #[serde(flatten)]
    model: ModelUsed,
}

/// Whether an input is a video. Of what may be a sound as well, such as MP4, ffmpeg tells, if there is one.
pub(super) fn is_video(source: &Source, args: &EncodeArgs) -> bool {
    if args.media().is_some_and(|media| media != MediaKind::Video) {
        return false;
    }
    let Some(path) = source.file() else {
        return args.media() == Some(MediaKind::Video);
    };
    if args.media() == Some(MediaKind::Video) || starts_as_y4m(path) {
        return true;
    }
    match source.content() {
        Some(Content::Other(_)) => has_video_ending(path),
        Some(Content::Sound(_)) if has_video_ending(path) && has_codec() => args.video.ffmpeg.program().has_video(path),
        _ => false,
    }
}

/// Tells users of a file without a sound that it may be a video, where no program could tell.
pub(super) fn hint(error: anyhow::Error, path: &Path, ffmpeg: &Ffmpeg) -> anyhow::Error {
    if !has_video_ending(path) || !has_codec() || ffmpeg.is_there() {
        return error;
    }
    anyhow!("{error:#}; if it is a video, install the program ffmpeg, or name it with --ffmpeg")
}

/// Whether this program has a codec of videos.
fn has_codec() -> bool {
    Registry::default().of(MediaKind::Video).next().is_some()
}

fn starts_as_y4m(path: &Path) -> bool {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head));
    read.is_ok() && is_y4m(&head)
}

/// The name of the codec for videos.
pub(super) fn codec_name(args: &EncodeArgs, registry: &Registry) -> Result<&'static str> {
    if let Some(row) = args.codec_of(MediaKind::Video) {
        return Ok(row.name);
    }
    let quality = Quality::new(args.quality)?;
    let row = registry
        .usual(MediaKind::Video, quality)
        .or(registry.of(MediaKind::Video).next());
    Ok(row.context("this program has no codec of videos")?.name)
}

/// The frames of an input, wherever they come from.
enum Frames {
    Y4m(Y4m<Box<dyn Read + Send>>),
    Program(Box<FfmpegVideo>),
}

impl Frames {
    fn source(&mut self) -> &mut (dyn VideoSource + Send) {
        match self {
            Self::Y4m(frames) => frames,
            Self::Program(frames) => &mut **frames,
        }
    }
}

/// Where the bytes of a video come from.
pub(super) enum Input<'a> {
    File(&'a Path),
    /// What gives them once, which must be y4m.
    Passing(Box<dyn Read + Send>),
}

impl<'a> Input<'a> {
    /// The input of a source.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn of(source: &'a Source) -> Result<Self> {
        match source.file() {
            Some(path) => Ok(Self::File(path)),
            None => Ok(Self::Passing(passing(source)?)),
        }
    }
}

/// What a pipe gives, for another thread to read.
///
/// # Errors
/// When it cannot be opened.
pub(super) fn passing(source: &Source) -> Result<Box<dyn Read + Send>> {
    Ok(match source.path() {
        Some(path) => Box::new(File::open(path).context("cannot read it")?),
        None => Box::new(io::stdin()),
    })
}

fn open(input: Input<'_>, codec: &dyn VideoCodec, args: &EncodeArgs) -> Result<Frames> {
    let limits = args.limits.limits();
    let path = match input {
        Input::File(path) => path,
        Input::Passing(reader) => return Ok(Frames::Y4m(Y4m::new(reader, &limits)?)),
    };
    if starts_as_y4m(path) {
        let file = File::open(path).context("cannot read it")?;
        let bytes = file.metadata().context("cannot read it")?.len();
        let reader: Box<dyn Read + Send> = Box::new(file);
        return Ok(Frames::Y4m(Y4m::new(reader, &limits)?.with_file_bytes(bytes)));
    }
    let takes = |chroma, depth| {
        let even = VideoFormat {
            chroma,
            depth,
            ..VideoFormat::new(64, 64, lmc_codec::video::Ratio::new(25, 1))
        };
        codec.check(&even).is_ok()
    };
    let video = args.video.ffmpeg.program().open(path, &limits, &takes)?;
    Ok(Frames::Program(Box::new(video)))
}

/// The sound of the same file, where it has one that is wanted.
fn open_sound(job: &Job, frames: &Frames, args: &EncodeArgs) -> Result<Option<(FfmpegSound, i64)>> {
    match (frames, job.source.file()) {
        (Frames::Program(video), Some(path)) if video.has_sound() && args.video.audio != Some(AudioArg::None) => {
            let sound = args.video.ffmpeg.program().open_sound(path)?;
            let offset = sound.offset(video);
            Ok(Some((sound, offset)))
        }
        _ => Ok(None),
    }
}

fn options(args: &EncodeArgs, frames: Option<u64>, format: &VideoFormat) -> Result<VideoEncodeOptions> {
    let mut options = VideoEncodeOptions::default()
        .with_key_interval(args.video.keyint)
        .with_limits(args.limits.limits());
    options.frames = options.frames.with_quality(Quality::new(args.quality)?);
    if let Some(effort) = args.effort {
        options.frames = options.frames.with_effort(Effort::new(effort)?);
    }
    if let Some(AudioArg::At(quality)) = args.video.audio {
        options = options.with_sound_quality(quality);
    }
    let bitrate = match (args.target.bitrate, args.target.target_size) {
        (Some(bits), _) => Some(bits),
        (None, Some(bytes)) => {
            let frames = frames.filter(|&frames| frames > 0);
            let frames = frames.ok_or_else(|| usage("--target-size needs a video whose length is known: a file"))?;
            let seconds = frames as f64 * format.frame_rate.inverse().value();
            Some(bytes as f64 * 8.0 / seconds)
        }
        (None, None) => None,
    };
    Ok(options.with_bitrate(bitrate))
}

/// Encodes one video.
pub(super) fn encode(job: &Job, input: Input<'_>, loaded: &Loaded, args: &EncodeArgs, talk: &Talk) -> Result<Record> {
    let start = Instant::now();
    let name = codec_name(args, loaded.models().registry())?;
    let codec = loaded.for_videos(name)?;
    let mut frames = open(input, &*codec, args)?;
    let format = *frames.source().format();
    let mut options = options(args, frames.source().frames(), &format)?;
    if let (Frames::Program(_), Some(path)) = (&frames, job.source.file()) {
        options = options.with_tags(args.video.ffmpeg.program().tags(path));
    }
    let mut sound = open_sound(job, &frames, args)?;
    let sound = match &mut sound {
        Some((source, offset)) => {
            let registry = loaded.models().registry();
            let row = registry.usual(MediaKind::Sound, options.sound_quality);
            let (_, codec) = loaded.for_sounds(row.context("this program has no codec of sounds")?.name)?;
            Some(SoundInput {
                codec,
                source: source as &mut dyn SoundSource,
                offset: *offset,
            })
        }
        None => None,
    };
    let mut progress = |done: u64, total: u64| {
        talk.speed(done, start.elapsed().as_secs_f64());
        talk.steps(done as usize, total as usize);
    };
    let source = frames.source();
    let (bytes, stats) = match job.target.live()? {
        // Whoever reads the pipe wants to decode it as it comes.
        Some(out) => {
            let (_, stats) = encode_video_to_pipe(&*codec, source, sound, &options, out, &mut progress)?;
            (stats.bytes.total, stats)
        }
        None => {
            let out = BufWriter::new(Spool::new(&job.target)?);
            let (out, stats) = encode_video(&*codec, source, sound, &options, out, &mut progress)?;
            let spool = out.into_inner().map_err(|error| error.into_error());
            (
                spool.context("cannot write it")?.commit(&job.target, args.force)?,
                stats,
            )
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    let warnings = frames.source().warnings();
    for warning in &warnings {
        talk.warn(format_args!("{}: {warning}", job.source.name()));
    }
    say(job, &stats, seconds, talk);
    let pixels = f64::from(format.width) * f64::from(format.height) * stats.frames as f64;
    Ok(Record {
        bytes,
        width: format.width,
        height: format.height,
        chroma: format.chroma.name(),
        bits: format.depth,
        frames: stats.frames,
        key_frames: stats.keys,
        duration_seconds: stats.seconds,
        frames_per_second: format.frame_rate.value(),
        kbps: stats.kbps,
        bpp: bytes as f64 * 8.0 / pixels,
        codec: codec.name(),
        quality: f64::from(options.frames.quality.hundredths()) / 100.0,
        key_frame_bytes: stats.bytes.keys,
        predicted_frame_bytes: stats.bytes.predicted,
        samples: stats.samples,
        sound_bytes: stats.bytes.sound,
        symbols: stats.symbols,
        symbol_hash: format!("{:016x}", stats.symbol_hash),
        warnings,
        speed: stats.frames as f64 / seconds.max(1e-9),
        model: ModelUsed::new(codec.model(), Some(loaded.device())),
    })
}

fn say(job: &Job, stats: &VideoStats, seconds: f64, talk: &Talk) {
    talk.result(format_args!(
        "{} -> {}: {} frames, {} bytes, {:.2} kbit/s, {seconds:.2} s, {:.1} frames/s",
        job.source.name(),
        job.target.name(),
        thousands(stats.frames),
        thousands(stats.bytes.total),
        stats.kbps,
        stats.frames as f64 / seconds.max(1e-9)
    ));
}
