//! `lmc info`: what a stream holds and needs. Opens no device, loads no model.

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Result, bail};
use lmc_codec::codecs::{Need, Registry};
use lmc_codec::container::{Extras, ImageMedia, Metadata, PartKind, SegmentInfo, TilePlaces, VERSION};
use lmc_codec::{Color, Limits, MediaKind, Orientation, StreamInfo};
use serde::Serialize;

use super::info_sound;
use super::info_video;
use super::streams::{Details, bpp, details};
use crate::batch::{Batch, Item};
use crate::cli::InfoArgs;
use crate::damage::{Faults, SHOWN};
use crate::input::{Source, Wanted};
use crate::talk::{Talk, thousands};

/// The report on a stream.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Image(Info),
    Sound(info_sound::Info),
    Video(info_video::Info),
}

/// The report on an image, made without decoding it.
#[derive(Debug, Serialize)]
struct Info {
    bytes: u64,
    width: u32,
    height: u32,
    bpp: f64,
    color: &'static str,
    bits: u32,
    alpha: bool,
    /// What the colours mean: CICP, an ICC profile, gamma, or nothing, which is sRGB.
    colors: String,
    /// Code points of primaries, transfer and matrix, and whether the range is full.
    #[serde(skip_serializing_if = "Option::is_none")]
    cicp: Option<[u8; 4]>,
    format_version: u8,
    codec: String,
    /// What the codec says: quality and the like.
    #[serde(flatten)]
    fields: Details,
    tile_size: u32,
    tiles: u64,
    /// Hash of the weights that decode it, in hexadecimal; `None` where none are needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Their id, where they ship with this program.
    model_id: Option<&'static str>,
    header_bytes: usize,
    segments: Vec<Segment>,
    #[serde(flatten)]
    damage: Faults,
    /// Where the first of the lost tiles lie in the image.
    lost_tiles: Vec<LostTiles>,
}

#[derive(Debug, Serialize)]
struct Segment {
    kind: &'static str,
    id: u8,
    offset: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tile: Option<u32>,
}

/// Lost tiles in a row, and the rows and columns of the image around them.
#[derive(Debug, Serialize)]
struct LostTiles {
    /// `symbols` if their colours are lost, `alpha` if their alpha is.
    kind: &'static str,
    first_tile: u32,
    tiles: u32,
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    /// Whether all of that rectangle is lost.
    all: bool,
}

/// Runs `lmc info`.
pub(crate) fn run(args: &InfoArgs, talk: &Talk) -> Result<ExitCode> {
    let inputs = crate::input::expand(&args.files, Wanted::Streams);
    let items: Vec<Item<Source>> = inputs.sources().cloned().map(Item::input_only).collect();
    let limits = args.limits.limits();
    let batch = Batch {
        command: "info",
        talk,
        json: args.json,
        inputs: &inputs,
    };
    let (_, code) = batch.run(&items, |source, talk| {
        let info = match source.stream()? {
            (MediaKind::Image, stream) => Outcome::Image(inspect(stream, &limits)?),
            (MediaKind::Sound, stream) => Outcome::Sound(info_sound::inspect(stream, &limits)?),
            (MediaKind::Video, stream) => Outcome::Video(info_video::inspect(stream, &limits, args.frames)?),
        };
        if !args.json {
            talk.print(&match &info {
                Outcome::Image(info) => text(&source.name(), info),
                Outcome::Sound(info) => info_sound::text(&source.name(), info),
                Outcome::Video(info) => info_video::text(&source.name(), info),
            })?;
        }
        Ok(info)
    })?;
    Ok(code)
}

fn inspect(stream: impl Read, limits: &Limits) -> Result<Info> {
    let stream = lmc_codec::info(stream, limits)?;
    let header = &stream.header;
    let lmc_codec::Media::Image(media) = &header.media else {
        bail!("a {} and no image", header.media.kind().name());
    };
    let registry = Registry::default();
    let row = registry.find(header.codec);
    // A codec that this program lacks keeps its fields to itself.
    let learned = row.is_none_or(|row| row.weights == Need::Required);
    let orientation = row.map_or(Ok(Orientation::default()), |row| (row.orientation)(&header.codec_block))?;
    let places = TilePlaces::new(media, orientation)?;
    Ok(Info {
        bytes: stream.stream_bytes,
        width: media.width,
        height: media.height,
        bpp: bpp(header, stream.stream_bytes),
        color: match media.color {
            Color::Gray => "gray",
            Color::Rgb => "rgb",
        },
        bits: media.depth.bits(),
        alpha: media.alpha,
        colors: colors(media, &stream.metadata),
        cicp: media
            .cicp
            .map(|cicp| [cicp.primaries, cicp.transfer, cicp.matrix, u8::from(cicp.full_range)]),
        format_version: VERSION,
        codec: row.map_or_else(|| header.codec.to_string(), |row| row.name.to_owned()),
        fields: row.map_or(Ok(Details::default()), |row| details(row, header))?,
        tile_size: media.tile_size,
        tiles: stream.parts,
        model: learned.then(|| header.model.to_string()),
        model_id: lmc_weights::by_model(&header.model.0).map(|model| model.id),
        header_bytes: stream.header_bytes,
        segments: segments(&stream),
        damage: Faults::new(&stream.damage, &places),
        lost_tiles: lost(&stream, &places),
    })
}

fn lost(stream: &StreamInfo, places: &TilePlaces) -> Vec<LostTiles> {
    let mut lost = Vec::new();
    for (kind, name) in [(PartKind::Symbols, "symbols"), (PartKind::Alpha, "alpha")] {
        let runs = stream.damage.runs(kind).take(SHOWN);
        lost.extend(runs.filter_map(|(first_tile, tiles)| {
            let (area, all) = places.area(first_tile, tiles)?;
            Some(LostTiles {
                kind: name,
                first_tile,
                tiles,
                x: area.x,
                y: area.y,
                width: area.width,
                height: area.height,
                all,
            })
        }));
    }
    lost
}

/// What tells the meaning of the colours.
fn colors(media: &ImageMedia, metadata: &Metadata) -> String {
    match (&media.cicp, &metadata.icc) {
        (Some(cicp), _) => cicp.describe(),
        (None, Some(icc)) => format!("an ICC profile of {} bytes", thousands(icc.len() as u64)),
        (None, None) if metadata.extras.get(Extras::GAMMA).is_some() => "gamma and primaries".to_owned(),
        (None, None) => "sRGB, for nothing else is said".to_owned(),
    }
}

fn segments(stream: &StreamInfo) -> Vec<Segment> {
    let segment = |segment: &SegmentInfo| Segment {
        kind: segment.id.name(),
        id: segment.id.0,
        offset: segment.offset,
        bytes: segment.bytes,
        tile: segment.part,
    };
    stream.log.listed().iter().map(segment).collect()
}

/// The same for people. Long lists of segments are summed up by kind.
fn text(name: &str, info: &Info) -> String {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| out += &format!("{text}\n");
    let alpha = if info.alpha { " + alpha" } else { "" };
    line(format_args!(
        "{name}: {}x{} {}{alpha} {}-bit, {} bytes, {:.4} bpp",
        info.width,
        info.height,
        info.color,
        info.bits,
        thousands(info.bytes),
        info.bpp
    ));
    line(format_args!(
        "  format   version {}, codec {}",
        info.format_version, info.codec
    ));
    match &info.model {
        None => line(format_args!("  model    none is needed")),
        Some(model) => line(format_args!("{}", model_line(model, info.model_id))),
    }
    for (name, value) in &info.fields.0 {
        line(format_args!("  {:8} {value}", name.replace('_', " ")));
    }
    line(format_args!("  colors   {}", info.colors));
    let size = info.tile_size;
    line(format_args!("  tiles    {} of up to {size}x{size}", info.tiles));
    line(format_args!("  header   {} bytes", info.header_bytes));
    if info.segments.len() <= 16 {
        for s in &info.segments {
            let tile = s.tile.map(|tile| format!(" {tile}")).unwrap_or_default();
            let bytes = thousands(s.bytes);
            line(format_args!(
                "  segment  at {}: {}{tile}, {bytes} bytes",
                s.offset, s.kind
            ));
        }
    } else {
        for (kind, count, bytes) in sums(&info.segments) {
            let bytes = thousands(bytes);
            line(format_args!("  segments {count} of kind {kind}, {bytes} bytes"));
        }
    }
    for damage in info.damage.lines() {
        line(format_args!("  DAMAGE   {damage}"));
    }
    out
}

/// The line that names a model.
pub(super) fn model_line(hash: &str, id: Option<&str>) -> String {
    match id {
        Some(id) => format!("  model    {hash} = {id}, ships with this program"),
        None => format!("  model    {hash}: not in this program; decode with --model FILE"),
    }
}

/// Number and bytes of the segments of each kind, in the order of their first appearance.
fn sums(segments: &[Segment]) -> Vec<(&'static str, usize, u64)> {
    let mut sums: Vec<(&'static str, usize, u64)> = Vec::new();
    for segment in segments {
        match sums.iter_mut().find(|(kind, _, _)| *kind == segment.kind) {
            Some((_, count, bytes)) => {
                *count += 1;
                *bytes += segment.bytes;
            }
            None => sums.push((segment.kind, 1, segment.bytes)),
        }
    }
    sums
}
