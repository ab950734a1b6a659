//! `lmc decode`: streams to pictures and sounds.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use lmc_codec::codecs::{Codecs, Need};
use lmc_codec::files::{self, Format, Lost};
use lmc_codec::{CodecError, DecodeOptions, Header, ImageDecoder, Limits, MediaKind, read_limited};
use serde::Serialize;

use super::decode_sound;
use super::streams::{Details, bpp, details, row_of};
use crate::batch::{Batch, Item};
use crate::cli::{DecodeArgs, ScaleArg};
use crate::device;
use crate::jobs::{Job, Request};
use crate::models::{self, Loaded, ModelUsed, set_threads};
use crate::output::Target;
use crate::talk::{Talk, thousands};
use crate::usage::usage;

/// What became of a stream.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Image(Record),
    Sound(decode_sound::Record),
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
    damage: Vec<String>,
    /// What the picture file has no room for.
    lost: Vec<&'static str>,
    #[serde(flatten)]
    model: Option<ModelUsed>,
}

/// Runs `lmc decode`.
pub(crate) fn run(args: &DecodeArgs, talk: &Talk) -> Result<ExitCode> {
    let start = Instant::now();
    let request = Request {
        inputs: &args.inputs,
        endings: &["lmc"],
        output: &args.output,
        new_ending: |source| match source.media() {
            Some(MediaKind::Sound) => "wav",
            _ => "png",
        },
        force: args.force,
        json: args.json,
    };
    let jobs = request.resolve()?;
    // An unknown ending is found before anything is decoded.
    jobs.iter().try_for_each(|job| check_ending(job, args))?;
    let items: Vec<Item<Job>> = jobs.into_iter().map(Item::from).collect();
    set_threads(args.device.threads)?;
    let models = models::find(args.model.as_deref())?;
    let loaded = Loaded::new(models, device::open(args.device.device, talk)?);
    let batch = Batch {
        command: "decode",
        talk,
        json: args.json,
    };
    // What comes by stdin is the only item, and is not looked at before its turn.
    let overlapped = items.len() > 1 && loaded.is_on_cpu() && items.iter().all(|item| is_no_sound(&item.job));
    let (records, code) = if overlapped {
        let device = loaded.device().to_owned();
        batch.run_overlapped(
            &items,
            |job| match job.source.stream()? {
                (MediaKind::Image, stream) => Opened::new(stream, &loaded),
                (other, _) => bail!("it is a {} now, and was none a moment ago", other.name()),
            },
            |job, opened, talk| decode_picture(job, opened, &device, args, talk).map(Outcome::Image),
        )?
    } else {
        batch.run(&items, |job, talk| decode(job, &loaded, args, talk))?
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
        Some(_) => picture.map(drop),
        None if sound.is_ok() => Ok(()),
        None => picture.map(drop),
    }
}

/// Devices such as `/dev/null` have no ending and take any format.
pub(super) fn is_nameless(path: &Path) -> bool {
    path.extension().is_none() && crate::output::is_special(path)
}

fn is_no_sound(job: &Job) -> bool {
    !matches!(job.source.media(), Some(MediaKind::Sound))
}

fn decode(job: &Job, loaded: &Loaded, args: &DecodeArgs, talk: &Talk) -> Result<Outcome> {
    match job.source.stream()? {
        (MediaKind::Image, stream) => {
            let (opened, _) = Opened::new(stream, loaded)?;
            decode_picture(job, opened, loaded.device(), args, talk).map(Outcome::Image)
        }
        (MediaKind::Sound, stream) => {
            let reader = decode_sound::open(stream, args)?;
            let codec = loaded.sound_for_stream(reader.header())?;
            decode_sound::decode(job, reader, codec, loaded.device(), args, talk).map(Outcome::Sound)
        }
        (MediaKind::Video, _) => bail!("a video: this program does not read it yet"),
    }
}

/// The stream of a picture with all that its decoding needs.
struct Opened {
    stream: Vec<u8>,
    codecs: Codecs,
}

impl Opened {
    /// Reads the stream and opens its codec; returns also the pixels that it has.
    fn new(stream: impl Read, loaded: &Loaded) -> Result<(Self, u64)> {
        let stream = read_limited(stream, &Limits::default())?;
        let (header, _) = Header::parse(&stream)?;
        let codecs = loaded.for_stream(&header)?;
        let pixels = match header.media {
            lmc_codec::Media::Image(image) => u64::from(image.width) * u64::from(image.height),
            _ => 0,
        };
        Ok((Self { stream, codecs }, pixels))
    }
}

fn decode_picture(job: &Job, opened: Opened, device: &str, args: &DecodeArgs, talk: &Talk) -> Result<Record> {
    let start = Instant::now();
    let Opened { stream, codecs } = opened;
    let options = DecodeOptions::default()
        .with_conceal(args.conceal)
        .with_region(args.region)
        .with_scale(args.scale.into());
    let mut progress = |done: u64, total: u64| talk.steps(done as usize, total as usize);
    let decoded = ImageDecoder::new(codecs.clone(), options).decode_watched(&stream[..], &mut progress);
    let decoded = decoded.map_err(advise)?;
    let damage: Vec<String> = decoded.damage.lines(&decoded.places).collect();
    for damage in &damage {
        talk.warn(format_args!("{}: concealed: {damage}", job.source.name()));
    }
    let format = format_of(&job.target)?;
    let (bytes, lost) = files::to_bytes(&decoded.picture, format)?;
    let lost = names(lost);
    if !lost.is_empty() {
        let (name, lost) = (job.target.name(), lost.join(", "));
        talk.warn(format_args!("{name}: {} does not hold the {lost}", format.name()));
    }
    let output_bytes = job.target.write(&bytes, args.force)?;
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
    let row = row_of(codecs.registry(), header)?;
    Ok(Record {
        bytes: stream.len() as u64,
        output_bytes,
        width: decoded.picture.width(),
        height: decoded.picture.height(),
        bpp: bpp(header, stream.len() as u64),
        bits: decoded.picture.depth().bits(),
        format: format.name(),
        codec: row.name,
        fields: details(row, header)?,
        damage,
        lost,
        model: (row.weights == Need::Required).then(|| ModelUsed::new(header.model, Some(device))),
    })
}

/// Tells users of damaged streams what can still be done.
pub(super) fn advise(error: CodecError) -> anyhow::Error {
    match error {
        CodecError::Malformed { .. }
        | CodecError::Desync { .. }
        | CodecError::AlphaDesync { .. }
        | CodecError::PacketDesync { .. } => {
            anyhow!("{error}; what is whole can be decoded with --conceal")
        }
        other => other.into(),
    }
}

fn names(lost: Lost) -> Vec<&'static str> {
    let all = [
        (lost.icc, "ICC profile"),
        (lost.exif, "EXIF data"),
        (lost.depth, "16-bit samples"),
        (lost.alpha, "alpha (opaque everywhere)"),
    ];
    all.into_iter()
        .filter_map(|(lost, name)| lost.then_some(name))
        .collect()
}
