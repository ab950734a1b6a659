//! `lmc verify`: do the symbols of a stream come out as they went in? Makes no pixels and needs no device.

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Result, bail};
use lmc_codec::codecs::Need;
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::sound::verify_sound;
use lmc_codec::{Header, Limits, Media, MediaKind, ModelHash, read_limited, verify};
use serde::Serialize;

use super::streams::row_of;
use crate::batch::{Batch, Item};
use crate::cli::VerifyArgs;
use crate::input::{Source, expand};
use crate::models::{self, Loaded, ModelUsed, set_threads};
use crate::talk::{Talk, thousands};

/// What was found.
#[derive(Debug, Serialize)]
struct Record {
    bytes: u64,
    #[serde(flatten)]
    shape: Shape,
    symbols: u64,
    /// Hash of all symbols: the same on every machine.
    symbol_hash: String,
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
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Image { tiles, .. } => write!(f, "tiles: {tiles}"),
            Self::Sound { packets, .. } => write!(f, "packets: {packets}"),
        }
    }
}

/// Runs `lmc verify`.
pub(crate) fn run(args: &VerifyArgs, talk: &Talk) -> Result<ExitCode> {
    set_threads(args.device.threads)?;
    let items: Vec<Item<Source>> = expand(&args.files, &["lmc"])?
        .into_iter()
        .map(Item::input_only)
        .collect();
    let loaded = Loaded::without_device(models::find(args.model.as_deref())?);
    let batch = Batch {
        command: "verify",
        talk,
        json: args.json,
    };
    let (_, code) = batch.run(&items, |source, talk| {
        let record = check(source, &loaded, talk)?;
        if !args.json {
            let symbols = thousands(record.symbols);
            let line = format!(
                "{}  {}  {}, symbols: {symbols}\n",
                record.symbol_hash,
                source.name(),
                record.shape
            );
            talk.print(&line)?;
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
    model: Option<ModelHash>,
    damage: Vec<String>,
}

/// The most lines of damage that are shown.
const SHOWN: usize = 20;

/// Decodes the symbols of one stream; anything wrong with it is an error.
fn check(source: &Source, loaded: &Loaded, talk: &Talk) -> Result<Record> {
    let found = match source.stream()? {
        (MediaKind::Image, stream) => check_picture(stream, loaded)?,
        (MediaKind::Sound, stream) => check_sound(stream, loaded)?,
        (MediaKind::Video, _) => bail!("a video: this program does not read it yet"),
    };
    for damage in found.damage.iter().take(SHOWN) {
        talk.warn(format_args!("{}: {damage}", source.name()));
    }
    match (found.symbol_hash, found.damage.as_slice()) {
        (Some(hash), []) => Ok(Record {
            bytes: found.bytes,
            shape: found.shape,
            symbols: found.symbols,
            symbol_hash: format!("{hash:016x}"),
            model: found.model.map(|hash| ModelUsed::new(hash, None)),
        }),
        (_, damage) => {
            let first = damage.first().cloned().unwrap_or_default();
            let more = match damage.len() {
                0 | 1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            bail!("{first}{more}: decode with --conceal to save the rest")
        }
    }
}

fn check_picture(stream: impl Read, loaded: &Loaded) -> Result<Found> {
    let bytes = read_limited(stream, &Limits::default())?;
    let (header, _) = Header::parse(&bytes)?;
    let codecs = loaded.for_stream(&header)?;
    let verified = verify(&codecs, &bytes, &Limits::default())?;
    let row = row_of(codecs.registry(), &header)?;
    let (width, height) = match &header.media {
        Media::Image(image) => (image.width, image.height),
        other => bail!("a {} and no image", other.kind().name()),
    };
    Ok(Found {
        bytes: bytes.len() as u64,
        shape: Shape::Image {
            width,
            height,
            tiles: verified.tiles.len(),
        },
        symbols: verified.symbols,
        symbol_hash: verified.symbol_hash,
        model: (row.weights == Need::Required).then_some(header.model),
        damage: verified.damage.lines(&verified.places).collect(),
    })
}

fn check_sound(stream: impl Read, loaded: &Loaded) -> Result<Found> {
    let reader = StreamReader::new(stream, &Limits::default(), Mode::Tolerant)?;
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
        model: Some(model),
        damage: verified.damage.lines(&verified.header.media).collect(),
    })
}
