//! `lmc decode`: streams to pictures and sounds.

use std::io::{BufWriter, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use lmc_codec::codecs::{Codecs, Need};
use lmc_codec::container::{PartKind, StreamReader};
use lmc_codec::files::{self, Format, Lost};
use lmc_codec::{CodecError, DecodeOptions, Image, ImageDecoder, MediaKind};
use serde::Serialize;

use super::decode_sound;
use super::decode_video;
use super::streams::{Details, bpp, details, row_of};
use super::video_output;
use crate::batch::{Batch, Item};
use crate::cli::{DecodeArgs, ScaleArg};
use crate::damage::Faults;
use crate::device;
use crate::input::{Wanted, expand};
use crate::jobs::{Job, Request};
use crate::models::{self, Loaded, ModelUsed, set_threads};
use crate::output::{Spool, Target};
use crate::talk::{Talk, thousands};
use crate::usage::{Faulty, usage};

/// What became of a stream.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Image(Record),
    Sound(decode_sound::Record),
    Video(decode_video::Record),
}

/// What became of the stream of a picture.
#[derive(Debug, Serialize)]
struct Record {
    /// Bytes of the stream, which is all of the input.
    bytes: u64,
    output_bytes: u64,
    width: u32,
    height: u32,
    bpp: f64,
    bits: u32,
    format: &'static str,
    codec: &'static str,
    /// What else the codec says of the stream.
    #[serde(flatten)]
    fields: Details,
    /// What was wrong with the stream and concealed.
    #[serde(flatten)]
    damage: Faults,
    /// What the picture file has no room for.
    lost: Vec<&'static str>,
    #[serde(flatten)]
    model: Option<ModelUsed>,
}

/// Runs `lmc decode`.
pub(crate) fn run(args: &DecodeArgs, talk: &Talk) -> Result<ExitCode> {
    let start = Instant::now();
    let inputs = expand(&args.inputs, Wanted::Streams);
    let request = Request {
        names: &args.inputs,
        inputs: &inputs,
        output: args.output.as_deref(),
        new_ending: &|source| match source.media() {
            Some(MediaKind::Sound) if args.raw => "raw",
            Some(MediaKind::Sound) => "wav",
            Some(MediaKind::Video) => "mp4",
            _ => "png",
        },
        keep_tree: args.keep_tree,
        force: args.write.force,
        json: args.write.json,
    };
    let jobs = request.resolve()?;
    // An unknown ending is found before anything is decoded.
    jobs.iter().try_for_each(|job| check_ending(job, args))?;
    let items: Vec<Item<Job>> = jobs.into_iter().map(Item::from).collect();
    set_threads(args.model.device.threads)?;
    let models = models::find(args.model.model.as_deref())?;
    let device = device::open(args.model.device.device, talk)?.with_fast(args.fast);
    let loaded = Loaded::new(models, device);
    let batch = Batch {
        command: "decode",
        talk,
        json: args.write.json,
        inputs: &inputs,
    };
    // What can be read only once is not looked at before its turn.
    let overlapped = items.len() > 1 && loaded.is_on_cpu() && items.iter().all(|item| may_overlap(&item.job));
    let (records, code) = if overlapped {
        let device = loaded.device().to_owned();
        batch.run_overlapped(
            &items,
            |job| match job.source.stream()? {
                (MediaKind::Image, stream) => Opened::new(stream, &loaded, args),
                (other, _) => bail!("it is a {} now, and was none a moment ago", other.name()),
            },
            |job, opened, talk| {
                let record = decode_picture(job, opened, &device, args, talk);
                record
                    .map(Outcome::Image)
                    .and_then(|record| finished(job, args, record))
            },
        )?
    } else {
        batch.run(&items, |job, talk| {
            let record = decode(job, &loaded, args, talk);
            record.and_then(|record| finished(job, args, record))
        })?
    };
    if items.len() > 1 {
        let seconds = start.elapsed().as_secs_f64();
        let (done, all) = (records.len(), items.len());
        talk.note(format_args!("{done} of {all} streams, {seconds:.2} s"));
    }
    Ok(code)
}

/// The format that the name of the output asks for; PNG where there is no name.
fn format_of(target: &Target) -> Result<Format> {
    match target {
        Target::File(path) if !is_nameless(path) => Format::from_path(path).map_err(|error| usage(error.to_string())),
        _ => Ok(Format::Png),
    }
}

/// Refuses flags and names that fit nothing that the stream can be.
fn check_ending(job: &Job, args: &DecodeArgs) -> Result<()> {
    let wrong = match job.source.media() {
        Some(MediaKind::Sound) if args.region.is_some() => Some(("--region", "a sound")),
        Some(MediaKind::Sound) if args.scale != ScaleArg::Full => Some(("--scale", "a sound")),
        Some(MediaKind::Image) if args.raw => Some(("--raw", "a picture")),
        Some(MediaKind::Video) if args.raw => Some(("--raw", "a video")),
        Some(MediaKind::Video) if args.region.is_some() => Some(("--region", "a video")),
        Some(MediaKind::Video) if args.scale != ScaleArg::Full => Some(("--scale", "a video")),
        Some(media @ (MediaKind::Image | MediaKind::Sound)) if args.range.given().is_some() => {
            let is = if media == MediaKind::Image {
                "a picture"
            } else {
                "a sound"
            };
            args.range.given().map(|flag| (flag, is))
        }
        _ => None,
    };
    if let Some((flag, is)) = wrong {
        return Err(usage(format!(
            "{} is {is}, and {flag} is not for that",
            job.source.name()
        )));
    }
    let (picture, sound) = (format_of(&job.target), decode_sound::Format::of(&job.target, args));
    match job.source.media() {
        Some(MediaKind::Sound) => sound.map(drop),
        Some(MediaKind::Video) => video_output::Format::of(&job.target).map(drop),
        Some(MediaKind::Image) => picture.map(drop),
        None if sound.is_ok() || video_output::Format::of(&job.target).is_ok() => Ok(()),
        None => picture.map(drop),
    }
}

/// Devices such as `/dev/null` have no ending and take any format.
pub(super) fn is_nameless(path: &Path) -> bool {
    path.extension().is_none() && crate::output::is_special(path)
}

fn may_overlap(job: &Job) -> bool {
    job.source.file().is_some() && job.source.media() == Some(MediaKind::Image)
}

/// What is left to do for an output that was written.
fn finished<T>(job: &Job, args: &DecodeArgs, record: T) -> Result<T> {
    if args.preserve {
        job.keep_times()?;
    }
    Ok(record)
}

fn decode(job: &Job, loaded: &Loaded, args: &DecodeArgs, talk: &Talk) -> Result<Outcome> {
    match job.source.stream()? {
        (MediaKind::Image, stream) => {
            let (opened, _) = Opened::new(stream, loaded, args)?;
            decode_picture(job, opened, loaded.device(), args, talk).map(Outcome::Image)
        }
        (MediaKind::Sound, stream) => {
            let reader = decode_sound::open(stream, args)?;
            let codec = loaded.sound_for_stream(reader.header())?;
            decode_sound::decode(job, reader, codec, loaded.device(), args, talk).map(Outcome::Sound)
        }
        (MediaKind::Video, _) if job.source.file().is_some() => {
            decode_video::decode(job, None::<std::io::Empty>, loaded, args, talk).map(Outcome::Video)
        }
        (MediaKind::Video, stream) => decode_video::decode(job, Some(stream), loaded, args, talk).map(Outcome::Video),
    }
}

/// The stream of a picture, of which the header was read, with all that its decoding needs.
struct Opened<R> {
    stream: StreamReader<R>,
    codecs: Codecs,
}

impl<R: Read> Opened<R> {
    /// Reads the header of the stream and opens its codec; returns also the pixels that it has.
    fn new(stream: R, loaded: &Loaded, args: &DecodeArgs) -> Result<(Self, u64)> {
        let stream = decode_sound::open(stream, args)?;
        let header = stream.header();
        let codecs = loaded.for_stream(header)?;
        let pixels = match &header.media {
            lmc_codec::Media::Image(image) => u64::from(image.width) * u64::from(image.height),
            _ => 0,
        };
        Ok((Self { stream, codecs }, pixels))
    }
}

fn decode_picture(
    job: &Job,
    opened: Opened<impl Read>,
    device: &str,
    args: &DecodeArgs,
    talk: &Talk,
) -> Result<Record> {
    let start = Instant::now();
    let Opened { stream, codecs } = opened;
    let options = DecodeOptions::default()
        .with_limits(args.limits.limits())
        .with_check_pixels(!args.fast)
        .with_conceal(args.conceal)
        .with_region(args.region)
        .with_scale(args.scale.into());
    let mut progress = |done: u64, total: u64| talk.steps(done as usize, total as usize);
    let decoded = ImageDecoder::new(codecs.clone(), options).decode_stream(stream, &mut progress);
    let decoded = decoded.map_err(advise)?;
    let damage = Faults::new(&decoded.damage, &decoded.places);
    damage.warn(&job.source.name(), "concealed: ", talk);
    let format = format_of(&job.target)?;
    let (output_bytes, lost) = write(&decoded.picture, format, &job.target, args.write.force)?;
    let lost = lost.names();
    if !lost.is_empty() {
        let (name, lost) = (job.target.name(), lost.join(", "));
        talk.warn(format_args!("{name}: {} does not hold the {lost}", format.name()));
    }
    talk.result(format_args!(
        "{} -> {}: {}x{}, {} bytes, {:.2} s",
        job.source.name(),
        job.target.name(),
        decoded.picture.width(),
        decoded.picture.height(),
        thousands(output_bytes),
        start.elapsed().as_secs_f64()
    ));
    let header = &decoded.header;
    if decoded.is_mostly_lost() {
        let (lost, all) = (decoded.damage.lost(PartKind::Symbols), header.media.parts());
        return Err(mostly_lost(
            format!("{lost} of {all} tiles are lost: what was written is mostly made up"),
            damage,
        ));
    }
    let row = row_of(codecs.registry(), header)?;
    Ok(Record {
        bytes: decoded.stream_bytes,
        output_bytes,
        width: decoded.picture.width(),
        height: decoded.picture.height(),
        bpp: bpp(header, decoded.stream_bytes),
        bits: decoded.picture.depth().bits(),
        format: format.name(),
        codec: row.name,
        fields: details(row, header)?,
        damage,
        lost,
        model: (row.weights == Need::Required).then(|| ModelUsed::new(header.model, Some(device))),
    })
}

/// Writes a picture; into a file piece by piece, so that the file never lies in memory whole.
fn write(picture: &Image, format: Format, target: &Target, force: bool) -> Result<(u64, Lost)> {
    if !target.is_file() {
        let (bytes, lost) = files::to_bytes(picture, format)?;
        return Ok((target.write(&bytes, force)?, lost));
    }
    let failed = |error| match error {
        CodecError::Io(error) => anyhow::Error::new(error).context(format!("cannot write {}", target.name())),
        other => other.into(),
    };
    let mut out = BufWriter::new(Spool::new(target)?);
    let lost = files::write(picture, format, &mut out).map_err(failed)?;
    let spool = out.into_inner().map_err(|error| failed(error.into_error().into()))?;
    Ok((spool.commit(target, force)?, lost))
}

/// The error of a stream of which little was left, though an output was written.
pub(super) fn mostly_lost(reason: String, damage: Faults) -> anyhow::Error {
    let (is_written, found) = (true, Some(damage));
    let faulty = Faulty {
        reason,
        is_written,
        found,
    };
    faulty.into()
}

/// Tells users of damaged streams what can still be done.
pub(super) fn advise(error: CodecError) -> anyhow::Error {
    match error {
        CodecError::Malformed { .. }
        | CodecError::Desync { .. }
        | CodecError::AlphaDesync { .. }
        | CodecError::FrameDesync { .. }
        | CodecError::PacketDesync { .. } => {
            anyhow!("{error}; what is whole can be decoded with --conceal")
        }
        other => other.into(),
    }
}
