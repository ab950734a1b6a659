//! `lmc info`: what a stream holds and needs. Opens no device, loads no model.

use std::io::Read;
use std::process::ExitCode;

use anyhow::Result;
use lmc_codec::container::{ImageCodec, SegmentId, read_limited};
use lmc_codec::{Color, Limits, Media, Orientation, StreamInfo};
use lmc_entropy::trellis::Quantisation;
use lmc_models::zoo;
use serde::Serialize;

use super::info_sound;
use crate::batch::{Batch, Item};
use crate::cli::InfoArgs;
use crate::input::Source;
use crate::talk::{Talk, thousands};

/// What is known of a stream.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Picture(Info),
    Sound(info_sound::Info),
}

/// What is known of a picture without decoding it.
#[derive(Debug, Serialize)]
struct Info {
    bytes: u64,
    width: u32,
    height: u32,
    bpp: f64,
    color: &'static str,
    bits: u32,
    alpha: bool,
    format_version: u8,
    codec: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<f64>,
    /// How latents were quantised, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantisation: Option<&'static str>,
    /// States of the machine of a trellis.
    #[serde(skip_serializing_if = "Option::is_none")]
    trellis_states: Option<usize>,
    /// Steps in which latents are coded, each with those before as its context.
    #[serde(skip_serializing_if = "Option::is_none")]
    context_steps: Option<usize>,
    /// How the picture that is coded lies, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    orientation: Option<String>,
    /// How far samples may be off, in steps of 1/255 of the range: 0 in a lossless stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_error: Option<u16>,
    tile_size: u32,
    tiles: u32,
    /// Hash of the weights that decode it, in hexadecimal; `None` where none are needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Their id, where they ship with this program.
    model_id: Option<&'static str>,
    header_bytes: usize,
    segments: Vec<Segment>,
    damage: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Segment {
    kind: &'static str,
    id: u8,
    offset: usize,
    bytes: usize,
    payload_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    tile: Option<u32>,
    crc_ok: bool,
}

/// Runs `lmc info`.
pub(crate) fn run(args: &InfoArgs, talk: &Talk) -> Result<ExitCode> {
    let sources = crate::input::expand(&args.files, &["lmc"])?;
    let items: Vec<Item<Source>> = sources.into_iter().map(Item::input_only).collect();
    let batch = Batch {
        command: "info",
        talk,
        json: args.json,
    };
    let (_, code) = batch.run(&items, |source, talk| {
        let info = match source.stream()? {
            (Media::Picture, stream) => Outcome::Picture(inspect(stream)?),
            (Media::Sound(_), stream) => Outcome::Sound(info_sound::inspect(stream)?),
        };
        if !args.json {
            talk.print(&match &info {
                Outcome::Picture(info) => text(&source.name(), info),
                Outcome::Sound(info) => info_sound::text(&source.name(), info),
            })?;
        }
        Ok(info)
    })?;
    Ok(code)
}

fn inspect(stream: impl Read) -> Result<Info> {
    let limits = Limits::default();
    let stream = lmc_codec::info(&read_limited(stream, &limits)?, &limits)?;
    let header = &stream.header;
    let learned = header.codec == ImageCodec::Wavelet;
    Ok(Info {
        bytes: stream.file_bytes as u64,
        width: header.width,
        height: header.height,
        bpp: stream.bpp(),
        color: match header.color {
            Color::Gray => "gray",
            Color::Rgb => "rgb",
        },
        bits: header.depth.bits(),
        alpha: header.alpha,
        format_version: lmc_codec::container::VERSION,
        codec: header.codec.name(),
        quality: learned.then_some(f64::from(header.quality) / 100.0),
        quantisation: learned.then_some(match header.coding.quantisation {
            Quantisation::Rounding => "rounding",
            Quantisation::Trellis(_) => "trellis",
        }),
        trellis_states: match header.coding.quantisation {
            Quantisation::Rounding => None,
            Quantisation::Trellis(machine) => Some(machine.states()),
        },
        context_steps: learned.then_some(header.coding.context.count()),
        orientation: (header.orientation != Orientation::default()).then(|| header.orientation.to_string()),
        max_error: header.max_error(),
        tile_size: header.tile_size,
        tiles: stream.tiles,
        model: learned.then(|| header.model.to_string()),
        model_id: zoo::find(&header.model.0).map(|model| model.id),
        header_bytes: stream.header_bytes,
        segments: segments(&stream),
        damage: stream.damage.iter().map(ToString::to_string).collect(),
    })
}

fn segments(stream: &StreamInfo) -> Vec<Segment> {
    let segment = |s: &lmc_codec::container::SegmentInfo| Segment {
        kind: s.id.name(),
        id: s.id.to_byte(),
        offset: s.offset,
        bytes: s.bytes,
        payload_bytes: s.payload_bytes,
        tile: s.tile.filter(|_| matches!(s.id, SegmentId::Tile | SegmentId::Alpha)),
        crc_ok: s.crc_ok,
    };
    stream.segments.iter().map(segment).collect()
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
    if let Some(quality) = info.quality {
        line(format_args!("  quality  {quality}"));
    }
    if let Some((quantisation, steps)) = info.quantisation.zip(info.context_steps) {
        let states = info.trellis_states.map(|states| format!(" of {states} states"));
        line(format_args!(
            "  latents  quantised by {quantisation}{}, coded in {steps} steps",
            states.unwrap_or_default()
        ));
    }
    if let Some(orientation) = &info.orientation {
        line(format_args!("  coded    {orientation}"));
    }
    match info.max_error {
        Some(0) => line(format_args!("  samples  all exact")),
        Some(error) => line(format_args!("  samples  within {error}/255 of the original")),
        None => {}
    }
    let size = info.tile_size;
    line(format_args!("  tiles    {} of up to {size}x{size}", info.tiles));
    line(format_args!("  header   {} bytes", info.header_bytes));
    if info.segments.len() <= 16 {
        for s in &info.segments {
            let tile = s.tile.map(|tile| format!(" {tile}")).unwrap_or_default();
            let bad = if s.crc_ok { "" } else { ", DAMAGED (CRC differs)" };
            let bytes = thousands(s.bytes as u64);
            line(format_args!(
                "  segment  at {}: {}{tile}, {bytes} bytes{bad}",
                s.offset, s.kind
            ));
        }
    } else {
        for (kind, count, bytes) in sums(&info.segments) {
            let bytes = thousands(bytes as u64);
            line(format_args!("  segments {count} of kind {kind}, {bytes} bytes"));
        }
    }
    for damage in &info.damage {
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
fn sums(segments: &[Segment]) -> Vec<(&'static str, usize, usize)> {
    let mut sums: Vec<(&'static str, usize, usize)> = Vec::new();
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
