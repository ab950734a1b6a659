//! `lmc info` of videos.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Result, bail};
use lmc_codec::codecs::{Need, Registry};
use lmc_codec::container::{FrameHead, Mode, PartKind, StreamReader, Track, VERSION};
use lmc_codec::video::FrameKind;
use lmc_codec::{Limits, Media};
use serde::Serialize;

use super::streams::{Details, details};
use crate::damage::Faults;
use crate::talk::thousands;

/// The report on a stream of video, made without decoding it.
#[derive(Debug, Serialize)]
pub(super) struct Info {
    bytes: u64,
    width: u32,
    height: u32,
    chroma: &'static str,
    bits: u8,
    /// What the colours mean, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    colors: Option<String>,
    /// Width of a pixel over its height.
    sample_aspect: f64,
    frames_per_second: f64,
    /// Whether each frame states its time.
    variable_rate: bool,
    frames: u64,
    duration_seconds: f64,
    kbps: f64,
    bpp: f64,
    format_version: u8,
    codec: String,
    /// What else the codec says of the stream.
    #[serde(flatten)]
    fields: Details,
    key_frames: Sum,
    predicted_frames: Sum,
    /// The most frames from a key frame to the next.
    longest_interval: u64,
    /// Whether an index of key frames is there.
    index: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<Sound>,
    tags: BTreeMap<String, String>,
    /// Each frame, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_list: Option<Vec<Frame>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    model_id: Option<&'static str>,
    header_bytes: usize,
    #[serde(flatten)]
    damage: Faults,
}

/// Frames or packets of a kind.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Sum {
    count: u64,
    bytes: u64,
    largest: usize,
}

impl Sum {
    fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes as u64;
        self.largest = self.largest.max(bytes);
    }
}

/// The sound beside the frames.
#[derive(Debug, Serialize)]
struct Sound {
    codec: String,
    rate: u32,
    channels: u16,
    samples: u64,
    /// Samples from the first frame to the first sample; below 0 where the sound begins before.
    offset_samples: i64,
    packets: Sum,
    model: String,
    model_id: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Frame {
    frame: u32,
    kind: &'static str,
    seconds: f64,
    bytes: usize,
}

/// What a stream has, as it is read.
#[derive(Default)]
struct Counted {
    keys: Sum,
    predicted: Sum,
    packets: Sum,
    last_key: u64,
    longest: u64,
    last_ticks: u64,
    list: Vec<Frame>,
}

/// Reads through a stream.
pub(super) fn inspect(stream: impl Read, limits: &Limits, wants_frames: bool) -> Result<Info> {
    let mut reader = StreamReader::new(stream, limits, Mode::Tolerant)?;
    let header = reader.header().clone();
    let Media::Video(video) = &header.media else {
        bail!("a {} and no video", header.media.kind().name());
    };
    let format = video.format;
    let mut counted = Counted::default();
    while let Some(part) = reader.next_part()? {
        if part.kind == PartKind::Sound {
            counted.packets.add(part.bytes.len());
            continue;
        }
        let Ok((head, coded)) = FrameHead::split(&part.bytes, &format, part.offset) else {
            continue;
        };
        let ticks = head.ticks.unwrap_or(u64::from(part.index));
        counted.last_ticks = counted.last_ticks.max(ticks);
        let index = u64::from(part.index);
        if head.kind == FrameKind::Key {
            counted.keys.add(coded.len());
            counted.last_key = index;
        } else {
            counted.predicted.add(coded.len());
        }
        counted.longest = counted.longest.max(index - counted.last_key + 1);
        if wants_frames {
            let (frame, kind, bytes) = (part.index, head.kind.name(), coded.len());
            let seconds = format.seconds(ticks);
            counted.list.push(Frame {
                frame,
                kind,
                seconds,
                bytes,
            });
        }
    }
    let registry = Registry::default();
    let row = registry.find(header.codec);
    let (bytes, frames) = (reader.position(), reader.parts_passed());
    let duration = format.seconds((counted.last_ticks + format.frame_ticks()).max(frames * format.frame_ticks()));
    let duration = if format.timebase.is_some() {
        format.seconds(counted.last_ticks + format.frame_ticks())
    } else {
        duration
    };
    let learned = row.is_none_or(|row| row.weights == Need::Required);
    let mut tags = BTreeMap::new();
    for (key, text) in reader.metadata().tags.entries() {
        tags.entry(key.name().to_owned()).or_insert_with(|| text.to_owned());
    }
    Ok(Info {
        bytes,
        width: format.width,
        height: format.height,
        chroma: format.chroma.name(),
        bits: format.depth,
        colors: format.cicp.map(|cicp| cicp.describe()),
        sample_aspect: format.sample_aspect.value(),
        frames_per_second: format.frame_rate.value(),
        variable_rate: format.timebase.is_some(),
        frames,
        duration_seconds: duration,
        kbps: bytes as f64 * 8.0 / 1000.0 / duration.max(1e-9),
        bpp: bytes as f64 * 8.0 / (f64::from(format.width) * f64::from(format.height) * frames.max(1) as f64),
        format_version: VERSION,
        codec: row.map_or_else(|| header.codec.to_string(), |row| row.name.to_owned()),
        fields: row.map_or(Ok(Details::default()), |row| details(row, &header))?,
        key_frames: counted.keys,
        predicted_frames: counted.predicted,
        longest_interval: counted.longest,
        index: reader.index().is_some(),
        sound: reader
            .track()
            .map(|track| sound_of(track, &reader, &registry, counted.packets)),
        tags,
        frame_list: wants_frames.then_some(counted.list),
        model: learned.then(|| header.model.to_string()),
        model_id: lmc_weights::by_model(&header.model.0).map(|model| model.id),
        header_bytes: reader.header_bytes(),
        damage: Faults::new(reader.damage(), &header.media),
    })
}

fn sound_of<R: Read>(track: &Track, reader: &StreamReader<R>, registry: &Registry, packets: Sum) -> Sound {
    let header = track.header();
    let row = registry.find(header.codec);
    let indexed = reader.index().and_then(|index| index.samples);
    Sound {
        codec: row.map_or_else(|| header.codec.to_string(), |row| row.name.to_owned()),
        rate: track.sound().map_or(0, |sound| sound.rate),
        channels: track.sound().map_or(0, |sound| sound.channels),
        samples: track.samples().or(indexed).unwrap_or(0),
        offset_samples: i64::from(track.delay) - i64::from(track.skip),
        packets,
        model: header.model.to_string(),
        model_id: lmc_weights::by_model(&header.model.0).map(|model| model.id),
    }
}

/// The same for people.
pub(super) fn text(name: &str, info: &Info) -> String {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| out += &format!("{text}\n");
    line(format_args!(
        "{name}: {}x{} {} {}-bit, {} frames, {:.3} s at {:.3} frames/s{}, {} bytes, {:.2} kbit/s",
        info.width,
        info.height,
        info.chroma,
        info.bits,
        thousands(info.frames),
        info.duration_seconds,
        info.frames_per_second,
        if info.variable_rate { ", variable" } else { "" },
        thousands(info.bytes),
        info.kbps
    ));
    line(format_args!(
        "  format   version {}, codec {}",
        info.format_version, info.codec
    ));
    match &info.model {
        None => line(format_args!("  model    none is needed")),
        Some(model) => line(format_args!("{}", super::info::model_line(model, info.model_id))),
    }
    for (name, value) in &info.fields.0 {
        line(format_args!("  {:8} {value}", name.replace('_', " ")));
    }
    if let Some(colors) = &info.colors {
        line(format_args!("  colors   {colors}"));
    }
    for (kind, sum) in [("key", info.key_frames), ("predicted", info.predicted_frames)] {
        line(format_args!(
            "  frames   {} {kind}, {} bytes, the largest {}",
            thousands(sum.count),
            thousands(sum.bytes),
            thousands(sum.largest as u64)
        ));
    }
    let index = if info.index {
        "an index is there"
    } else {
        "no index is there"
    };
    line(format_args!(
        "  seeking  key frames at most {} frames apart, {index}",
        info.longest_interval
    ));
    if let Some(sound) = &info.sound {
        line(format_args!(
            "  sound    {} samples of {} Hz in {} channels from sample {} on, codec {}, {} packets, {} bytes",
            thousands(sound.samples),
            sound.rate,
            sound.channels,
            sound.offset_samples,
            sound.codec,
            thousands(sound.packets.count),
            thousands(sound.packets.bytes)
        ));
    }
    for frame in info.frame_list.iter().flatten() {
        line(format_args!(
            "  frame    {:6} at {:10.3} s: {:9}, {} bytes",
            frame.frame,
            frame.seconds,
            frame.kind,
            thousands(frame.bytes as u64)
        ));
    }
    for damage in info.damage.lines() {
        line(format_args!("  DAMAGE   {damage}"));
    }
    out
}
