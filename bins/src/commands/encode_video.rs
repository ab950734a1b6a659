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
use lmc_codec::{Effort, MediaKind, Quality, Watch};
use serde::Serialize;

use super::video_rate::Search;
use crate::cli::{AudioArg, EncodeArgs};
use crate::input::Source;
use crate::jobs::Job;
use crate::models::{Loaded, ModelUsed};
use crate::output::Spool;
use crate::talk::{Talk, thousands};
use crate::usage::usage;

/// Frames of the longest video that is encoded again and again until it has the wanted size; longer ones get there by
/// the way.
const MOST_SEARCHED_FRAMES: u64 = 3000;

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

/// What a video is to take.
#[derive(Debug, Clone, Copy)]
enum Goal {
    Bytes(u64),
    BitsPerSecond(f64),
}

impl Goal {
    fn of(args: &EncodeArgs) -> Option<Self> {
        let bits = args.target.bitrate.map(Self::BitsPerSecond);
        bits.or(args.target.target_size.map(Self::Bytes))
    }

    /// The size of a stream over that of the goal.
    fn ratio(self, stats: &VideoStats) -> f64 {
        match self {
            Self::Bytes(bytes) => stats.bytes.total as f64 / bytes.max(1) as f64,
            Self::BitsPerSecond(bits) => stats.kbps * 1000.0 / bits,
        }
    }

    /// Bits a second, of a video of so many frames.
    fn bits_per_second(self, frames: Option<u64>, format: &VideoFormat) -> Result<f64> {
        let bytes = match self {
            Self::BitsPerSecond(bits) => return Ok(bits),
            Self::Bytes(bytes) => bytes,
        };
        let frames = frames.filter(|&frames| frames > 0);
        let frames = frames.ok_or_else(|| usage("--target-size needs a video whose length is known: a file"))?;
        Ok(bytes as f64 * 8.0 / (frames as f64 * format.frame_rate.inverse().value()))
    }
}

fn options(args: &EncodeArgs) -> Result<VideoEncodeOptions> {
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
    Ok(options)
}

/// A video that is being encoded, once or a few times.
struct Work<'a> {
    job: &'a Job,
    loaded: &'a Loaded,
    codec: &'a dyn VideoCodec,
    args: &'a EncodeArgs,
    talk: &'a Talk,
    start: Instant,
}

impl Work<'_> {
    /// Gives frames and sound to an encoder.
    fn encoded<T>(
        &self,
        frames: &mut Frames,
        options: &VideoEncodeOptions,
        encode: impl FnOnce(&mut (dyn VideoSource + Send), Option<SoundInput<'_>>, &mut dyn Watch) -> lmc_codec::Result<T>,
    ) -> Result<T> {
        let mut sound = open_sound(self.job, frames, self.args)?;
        let sound = match &mut sound {
            Some((source, offset)) => {
                let registry = self.loaded.models().registry();
                let row = registry.usual(MediaKind::Sound, options.sound_quality);
                let row = row.context("this program has no codec of sounds")?;
                Some(SoundInput {
                    codec: self.loaded.for_sounds(row.name)?.1,
                    source: source as &mut dyn SoundSource,
                    offset: *offset,
                })
            }
            None => None,
        };
        let mut progress = |done: u64, total: u64| {
            self.talk.speed(done, self.start.elapsed().as_secs_f64());
            self.talk.steps(done as usize, total as usize);
        };
        Ok(encode(frames.source(), sound, &mut progress)?)
    }

    /// Encodes into a file that becomes the target later.
    fn spooled(&self, frames: &mut Frames, options: &VideoEncodeOptions) -> Result<(BufWriter<Spool>, VideoStats)> {
        let out = BufWriter::new(Spool::new(&self.job.target)?);
        self.encoded(frames, options, |source, sound, watch| {
            encode_video(self.codec, source, sound, options, out, watch)
        })
    }

    /// Encodes a file until its size is that of the goal. `frames` are those of the first pass.
    fn searched(
        &self,
        path: &Path,
        goal: Goal,
        frames: &mut Frames,
        options: &mut VideoEncodeOptions,
    ) -> Result<(BufWriter<Spool>, VideoStats)> {
        let (mut search, mut best, mut again) = (Search::default(), None, None);
        loop {
            let quality = options.frames.quality;
            let made = self.spooled(again.as_mut().unwrap_or(frames), options)?;
            search.found(f64::from(quality.hundredths()) / 100.0, goal.ratio(&made.1));
            if search.is_best() {
                best = Some((made, quality));
            }
            let Some(next) = search.next() else { break };
            options.frames = options.frames.with_quality(Quality::new(next as f32)?);
            again = Some(open(Input::File(path), self.codec, self.args)?);
        }
        let (made, quality) = best.context("no pass was better than another")?;
        options.frames = options.frames.with_quality(quality);
        let ratio = goal.ratio(&made.1);
        if !Search::is_near(ratio) {
            self.talk.warn(format_args!(
                "{}: no quality was found that has the wanted size: the stream has {:.1}% of it",
                self.job.source.name(),
                100.0 * ratio
            ));
        }
        Ok(made)
    }
}

/// Encodes one video.
pub(super) fn encode(job: &Job, input: Input<'_>, loaded: &Loaded, args: &EncodeArgs, talk: &Talk) -> Result<Record> {
    let start = Instant::now();
    let name = codec_name(args, loaded.models().registry())?;
    let codec = loaded.for_videos(name)?;
    let path = match &input {
        Input::File(path) => Some(*path),
        Input::Passing(_) => None,
    };
    let mut frames = open(input, &*codec, args)?;
    let (format, total) = (*frames.source().format(), frames.source().frames());
    let mut options = options(args)?;
    if let (Frames::Program(_), Some(path)) = (&frames, job.source.file()) {
        options = options.with_tags(args.video.ffmpeg.program().tags(path));
    }
    let work = Work {
        job,
        loaded,
        codec: &*codec,
        args,
        talk,
        start,
    };
    let (goal, live) = (Goal::of(args), job.target.live()?);
    let short = path.filter(|_| live.is_none() && total.is_some_and(|frames| frames <= MOST_SEARCHED_FRAMES));
    if let (Some(goal), None) = (goal, short) {
        options = options.with_bitrate(Some(goal.bits_per_second(total, &format)?));
    }
    let (bytes, stats) = match (live, goal.zip(short)) {
        // Whoever reads the pipe wants to decode it as it comes.
        (Some(out), _) => {
            let (_, stats) = work.encoded(&mut frames, &options, |source, sound, watch| {
                encode_video_to_pipe(&*codec, source, sound, &options, out, watch)
            })?;
            (stats.bytes.total, stats)
        }
        (None, goal) => {
            let (out, stats) = match goal {
                Some((goal, path)) => work.searched(path, goal, &mut frames, &mut options)?,
                None => work.spooled(&mut frames, &options)?,
            };
            let spool = out.into_inner().map_err(|error| error.into_error());
            let spool = spool.context("cannot write it")?;
            (spool.commit(&job.target, args.force)?, stats)
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
