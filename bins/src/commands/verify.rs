//! `lmc verify`: do the symbols of a stream come out as they went in, and with `--pixels` the pixels too? Needs no device.

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Result, bail};
use lmc_codec::codecs::Need;
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::sound::verify_sound;
use lmc_codec::video::verify_video;
use lmc_codec::{Limits, Media, MediaKind, ModelHash, VerifiedPixels, read_limited, verify_pixels, verify_stream};
use serde::Serialize;

use super::streams::row_of;
use crate::batch::{Batch, Item};
use crate::cli::VerifyArgs;
use crate::damage::Faults;
use crate::input::{Source, Wanted, expand};
use crate::models::{self, Loaded, ModelUsed, set_threads};
use crate::talk::{Talk, thousands};
use crate::usage::{Faulty, is_broken_pipe};

/// What was found.
#[derive(Debug, Serialize)]
struct Record {
    bytes: u64,
    #[serde(flatten)]
    shape: Shape,
    symbols: u64,
    /// Hash of all symbols: the same on every machine.
    symbol_hash: String,
    /// Hash of the pixels: the same on every machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pixel_hash: Option<String>,
    /// Whether the stream says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pixel_hash_in_stream: Option<bool>,
    #[serde(flatten)]
    model: Option<ModelUsed>,
}

/// What the stream decodes to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Shape {
    Image {
        width: u32,
        height: u32,
        tiles: usize,
    },
    Sound {
        rate: u32,
        channels: u16,
        samples: u64,
        packets: u64,
    },
    Video {
        width: u32,
        height: u32,
        frames: u64,
        packets: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        sound_hash: Option<String>,
    },
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Image { tiles, .. } => write!(f, "tiles: {tiles}"),
            Self::Sound { packets, .. } => write!(f, "packets: {packets}"),
            Self::Video {
                frames,
                packets,
                sound_hash: Some(hash),
                ..
            } => write!(f, "frames: {frames}, packets: {packets}, sound: {hash}"),
            Self::Video { frames, .. } => write!(f, "frames: {frames}"),
        }
    }
}

/// Runs `lmc verify`.
pub(crate) fn run(args: &VerifyArgs, talk: &Talk) -> Result<ExitCode> {
    set_threads(args.device.threads)?;
    let inputs = expand(&args.files, Wanted::Streams);
    let items: Vec<Item<Source>> = inputs.sources().cloned().map(Item::input_only).collect();
    let limits = args.limits.limits();
    let loaded = Loaded::without_device(models::find(args.model.as_deref())?);
    let batch = Batch {
        command: "verify",
        talk,
        json: args.json,
        inputs: &inputs,
    };
    let (_, code) = batch.run(&items, |source, talk| {
        let record = check(source, &loaded, (&limits, args.pixels), talk)?;
        if !args.json {
            let symbols = thousands(record.symbols);
            let pixels = match (&record.pixel_hash, record.pixel_hash_in_stream) {
                (Some(hash), Some(true)) => format!(", pixels: {hash}, as the stream says"),
                (Some(hash), _) => format!(", pixels: {hash}"),
                (None, _) => String::new(),
            };
            let line = format!(
                "{}  {}  {}, symbols: {symbols}{pixels}\n",
                record.symbol_hash,
                source.name(),
                record.shape
            );
            match talk.print(&line) {
                // Nobody reads on, but the exit code still speaks of all files.
                Err(error) if is_broken_pipe(&error) => {}
                printed => printed?,
            }
        }
        Ok(record)
    })?;
    Ok(code)
}

/// What was found of a stream, whatever it is.
struct Found {
    bytes: u64,
    shape: Shape,
    symbols: u64,
    symbol_hash: Option<u64>,
    pixels: Option<VerifiedPixels>,
    model: Option<ModelHash>,
    damage: Faults,
}

/// Decodes the symbols of one stream; anything wrong with it is an error.
fn check(source: &Source, loaded: &Loaded, (limits, pixels): (&Limits, bool), talk: &Talk) -> Result<Record> {
    let found = match source.stream()? {
        (MediaKind::Image, stream) if pixels => check_pixels(stream, loaded, limits)?,
        (MediaKind::Image, stream) => check_picture(stream, loaded, limits)?,
        (MediaKind::Sound, stream) => check_sound(stream, loaded, limits)?,
        (MediaKind::Video, stream) => check_video(stream, loaded, limits, talk)?,
    };
    found.damage.warn(&source.name(), "", talk);
    match found.symbol_hash {
        Some(hash) if found.damage.is_empty() => Ok(Record {
            bytes: found.bytes,
            shape: found.shape,
            symbols: found.symbols,
            symbol_hash: format!("{hash:016x}"),
            pixel_hash: found.pixels.map(|pixels| pixels.hash.to_string()),
            pixel_hash_in_stream: found.pixels.map(|pixels| pixels.is_in_stream),
            model: found.model.map(|hash| ModelUsed::new(hash, None)),
        }),
        _ => {
            let reason = format!("{}: decode with --conceal to save the rest", found.damage.summary());
            let (is_written, found) = (false, Some(found.damage));
            let faulty = Faulty {
                reason,
                is_written,
                found,
            };
            Err(faulty.into())
        }
    }
}

/// The pixels too, if the symbols are those that were encoded. It takes the whole stream in memory.
fn check_pixels(stream: impl Read, loaded: &Loaded, limits: &Limits) -> Result<Found> {
    let bytes = read_limited(stream, limits)?;
    let mut found = check_picture(&bytes[..], loaded, limits)?;
    if found.damage.is_empty() {
        let reader = StreamReader::new(&bytes[..], limits, Mode::Strict)?;
        let codecs = loaded.for_stream(reader.header())?;
        found.pixels = Some(verify_pixels(&codecs, &bytes, limits)?);
    }
    Ok(found)
}

fn check_picture(stream: impl Read, loaded: &Loaded, limits: &Limits) -> Result<Found> {
    let reader = StreamReader::new(stream, limits, Mode::Tolerant)?;
    let codecs = loaded.for_stream(reader.header())?;
    let verified = verify_stream(&codecs, reader)?;
    let header = &verified.header;
    let row = row_of(codecs.registry(), header)?;
    let (width, height) = match &header.media {
        Media::Image(image) => (image.width, image.height),
        other => bail!("a {} and no image", other.kind().name()),
    };
    Ok(Found {
        bytes: verified.bytes,
        shape: Shape::Image {
            width,
            height,
            tiles: verified.tiles.len(),
        },
        symbols: verified.symbols,
        symbol_hash: verified.symbol_hash,
        pixels: None,
        model: (row.weights == Need::Required).then_some(header.model),
        damage: Faults::new(&verified.damage, &verified.places),
    })
}

fn check_sound(stream: impl Read, loaded: &Loaded, limits: &Limits) -> Result<Found> {
    let reader = StreamReader::new(stream, limits, Mode::Tolerant)?;
    let model = reader.header().model;
    let verified = verify_sound(&loaded.sound_for_stream(reader.header())?, reader)?;
    let (rate, channels, samples) = match &verified.header.media {
        Media::Sound(sound) => (sound.rate, sound.channels, sound.samples),
        other => bail!("a {} and no sound", other.kind().name()),
    };
    Ok(Found {
        bytes: verified.bytes,
        shape: Shape::Sound {
            rate,
            channels,
            samples,
            packets: verified.packets,
        },
        symbols: verified.symbols,
        symbol_hash: verified.symbol_hash,
        pixels: None,
        model: Some(model),
        damage: Faults::new(&verified.damage, &verified.header.media),
    })
}

/// The frames and the sound beside them. Frames are predicted from frames, so pixels are made as well.
fn check_video(stream: impl Read, loaded: &Loaded, limits: &Limits, talk: &Talk) -> Result<Found> {
    let reader = StreamReader::new(stream, limits, Mode::Tolerant)?;
    let codec = loaded.video_for_stream(reader.header())?;
    let sound = match reader.track() {
        Some(track) => Some(loaded.sound_for_stream(track.header())?),
        None => None,
    };
    let mut progress = |done: u64, total: u64| talk.steps(done as usize, total as usize);
    let verified = verify_video(&*codec, sound.as_ref(), reader, &mut progress)?;
    let (width, height) = match &verified.header.media {
        Media::Video(video) => (video.format.width, video.format.height),
        other => bail!("a {} and no video", other.kind().name()),
    };
    Ok(Found {
        bytes: verified.bytes,
        shape: Shape::Video {
            width,
            height,
            frames: verified.frames,
            packets: verified.packets,
            sound_hash: verified.sound_hash.map(|hash| format!("{hash:016x}")),
        },
        symbols: verified.symbols,
        symbol_hash: verified.symbol_hash,
        pixels: None,
        model: (codec.model() != ModelHash([0; 16])).then_some(codec.model()),
        damage: Faults::new(&verified.damage, &verified.header.media),
    })
}
