//! `lmc info` of sounds.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Result, bail};
use lmc_codec::codecs::Registry;
use lmc_codec::container::VERSION;
use lmc_codec::{Limits, Media};
use serde::Serialize;

use super::streams::{Details, details};
use crate::damage::Faults;
use crate::talk::thousands;

/// The report on a stream of sound, made without decoding it.
#[derive(Debug, Serialize)]
pub(super) struct Info {
    bytes: u64,
    rate: u32,
    channels: u16,
    samples: u64,
    duration_seconds: f64,
    kbps: f64,
    bits: u16,
    float: bool,
    format_version: u8,
    codec: String,
    /// What else the codec says of the stream.
    #[serde(flatten)]
    fields: Details,
    coding_rate: u32,
    /// Channels of a packet.
    group: u16,
    packet_ms: f64,
    /// From a sound entering the encoder to its leaving the decoder, work not counted.
    delay_ms: f64,
    packets: u64,
    whole_packets: u64,
    coded_bytes: u64,
    smallest_packet: usize,
    largest_packet: usize,
    /// The first text of each key.
    tags: BTreeMap<String, String>,
    /// Keys and texts in their order; a key may have several.
    all_tags: Vec<(String, String)>,
    /// Which loudspeakers the channels are for, as WAV files say it.
    channel_mask: Option<u32>,
    /// Hash of the weights that decode it, in hexadecimal.
    model: String,
    /// Their id, where they ship with this program.
    model_id: Option<&'static str>,
    header_bytes: usize,
    #[serde(flatten)]
    damage: Faults,
}

/// Reads through a stream.
pub(super) fn inspect(stream: impl Read, limits: &Limits) -> Result<Info> {
    let info = lmc_codec::info(stream, limits)?;
    let header = &info.header;
    let Media::Sound(sound) = &header.media else {
        bail!("a {} and no sound", header.media.kind().name());
    };
    let registry = Registry::default();
    let row = registry.find(header.codec);
    let duration = sound.seconds();
    let mut tags = BTreeMap::new();
    for (key, text) in info.metadata.tags.entries() {
        tags.entry(key.name().to_owned()).or_insert_with(|| text.to_owned());
    }
    let entries = info.metadata.tags.entries();
    let all_tags = entries
        .map(|(key, text)| (key.name().to_owned(), text.to_owned()))
        .collect();
    Ok(Info {
        bytes: info.stream_bytes,
        rate: sound.rate,
        channels: sound.channels,
        samples: sound.samples,
        duration_seconds: duration,
        kbps: if duration > 0.0 {
            info.stream_bytes as f64 * 8.0 / 1000.0 / duration
        } else {
            0.0
        },
        bits: sound.format.bits(),
        float: sound.format.is_float(),
        format_version: VERSION,
        codec: row.map_or_else(|| header.codec.to_string(), |row| row.name.to_owned()),
        fields: row.map_or(Ok(Details::default()), |row| details(row, header))?,
        coding_rate: sound.coding_rate,
        group: sound.group,
        packet_ms: f64::from(sound.packet_samples) * 1000.0 / f64::from(sound.coding_rate),
        delay_ms: sound.delay_ms(),
        packets: info.parts,
        whole_packets: info.symbols.count,
        coded_bytes: info.symbols.bytes,
        smallest_packet: info.symbols.smallest,
        largest_packet: info.symbols.largest,
        tags,
        all_tags,
        channel_mask: sound.channel_mask,
        model: header.model.to_string(),
        model_id: lmc_weights::by_model(&header.model.0).map(|model| model.id),
        header_bytes: info.header_bytes,
        damage: Faults::new(&info.damage, &header.media),
    })
}

/// The same for people.
pub(super) fn text(name: &str, info: &Info) -> String {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| out += &format!("{text}\n");
    let (kind, channels) = (if info.float { "float" } else { "bit" }, info.channels);
    line(format_args!(
        "{name}: {:.3} s of {} Hz in {channels} channel{}, {}-{kind}, {} bytes, {:.2} kbit/s",
        info.duration_seconds,
        info.rate,
        if channels == 1 { "" } else { "s" },
        info.bits,
        thousands(info.bytes),
        info.kbps
    ));
    line(format_args!(
        "  format   version {}, codec {}",
        info.format_version, info.codec
    ));
    line(format_args!("{}", super::info::model_line(&info.model, info.model_id)));
    for (name, value) in &info.fields.0 {
        line(format_args!("  {name:8} {value}"));
    }
    line(format_args!(
        "  packets  {} of up to {:.0} ms and {} channels, coded at {} Hz, {} to {} bytes",
        thousands(info.packets),
        info.packet_ms,
        info.group,
        info.coding_rate,
        info.smallest_packet,
        info.largest_packet
    ));
    line(format_args!(
        "  delay    {:.0} ms, and what computing takes",
        info.delay_ms
    ));
    line(format_args!("  header   {} bytes", info.header_bytes));
    if let Some(mask) = info.channel_mask {
        line(format_args!("  speakers mask {mask:#x}"));
    }
    for (tag, text) in &info.all_tags {
        line(format_args!("  {:8} {}", plain(tag), plain(text)));
    }
    for damage in info.damage.lines() {
        line(format_args!("  DAMAGE   {damage}"));
    }
    out
}

/// A text of one short line. A tag may hold anything, and a terminal would obey it.
fn plain(text: &str) -> String {
    const SHOWN: usize = 200;
    let mut plain: String = text
        .chars()
        .take(SHOWN)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        plain += &format!("... ({} bytes)", text.len());
    }
    plain
}
