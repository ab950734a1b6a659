//! `lmc info` of sounds.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::Result;
use lmc_codec::Limits;
use lmc_codec::container::sound_info;
use lmc_models::zoo;
use serde::Serialize;

use crate::talk::thousands;

/// What is known of a stream of sound without decoding it.
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
    codec: &'static str,
    quality: f64,
    coding_rate: u32,
    /// Channels of a packet.
    group: u16,
    packet_ms: f64,
    /// From a sound entering the encoder to its leaving the decoder, work not counted.
    delay_ms: f64,
    packets: u32,
    whole_packets: u32,
    coded_bytes: u64,
    smallest_packet: usize,
    largest_packet: usize,
    tags: BTreeMap<&'static str, String>,
    /// Hash of the weights that decode it, in hexadecimal.
    model: String,
    /// Their id, where they ship with this program.
    model_id: Option<&'static str>,
    header_bytes: usize,
    damage: Vec<String>,
}

/// Reads through a stream.
pub(super) fn inspect(stream: impl Read) -> Result<Info> {
    let info = sound_info(stream, &Limits::default())?;
    let header = &info.header;
    Ok(Info {
        bytes: info.file_bytes,
        rate: header.rate,
        channels: header.channels,
        samples: header.samples,
        duration_seconds: header.seconds(),
        kbps: info.kbps(),
        bits: header.format.bits(),
        float: header.format.is_float(),
        format_version: lmc_codec::container::VERSION,
        codec: header.kind.name(),
        quality: f64::from(header.quality) / 100.0,
        coding_rate: header.coding_rate,
        group: header.group,
        packet_ms: f64::from(header.packet_samples) * 1000.0 / f64::from(header.coding_rate),
        delay_ms: header.delay_ms(),
        packets: info.packets,
        whole_packets: info.whole_packets,
        coded_bytes: info.coded_bytes,
        smallest_packet: info.smallest_packet,
        largest_packet: info.largest_packet,
        tags: info
            .tags
            .iter()
            .map(|(tag, text)| (tag.name(), text.to_owned()))
            .collect(),
        model: header.model.to_string(),
        model_id: zoo::find(&header.model.0).map(|model| model.id),
        header_bytes: info.header_bytes,
        damage: info.damage.iter().map(ToString::to_string).collect(),
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
    line(format_args!("  quality  {}", info.quality));
    line(format_args!(
        "  packets  {} of up to {:.0} ms and {} channels, coded at {} Hz, {} to {} bytes",
        thousands(u64::from(info.packets)),
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
    for (tag, text) in &info.tags {
        // A tag may hold anything, and a terminal would obey it.
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        line(format_args!("  {tag:8} {plain}"));
    }
    for damage in &info.damage {
        line(format_args!("  DAMAGE   {damage}"));
    }
    out
}
