//! What a stream of sound holds, found without decoding anything.

use std::io::Read;

use super::SoundReader;
use super::header::SoundHeader;
use crate::container::limits::Limits;
use crate::container::reader::Mode;
use crate::damage::Damage;
use crate::error::Result;
use crate::sound::Tags;

/// A stream's header, tags, sizes and damage.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundInfo {
    /// The header.
    pub header: SoundHeader,
    /// Title, artist and the like.
    pub tags: Tags,
    /// Bytes that the header takes.
    pub header_bytes: usize,
    /// Bytes of the whole stream.
    pub file_bytes: u64,
    /// Number of packets that the sound has, whether they are there or not.
    pub packets: u32,
    /// Packets that are there and whole.
    pub whole_packets: u32,
    /// Coded bytes of all whole packets, and of the smallest and the largest.
    pub coded_bytes: u64,
    /// Coded bytes of the smallest whole packet; 0 without any.
    pub smallest_packet: usize,
    /// Coded bytes of the largest.
    pub largest_packet: usize,
    /// What is wrong with the stream; empty for a whole one.
    pub damage: Vec<Damage>,
}

impl SoundInfo {
    /// Thousand bits a second: all bytes of the stream over the length of the sound; 0 for an empty sound.
    pub fn kbps(&self) -> f64 {
        kbps(self.file_bytes, self.header.seconds())
    }
}

/// Thousand bits a second of `bytes` over `seconds`; 0 for an empty sound.
pub(crate) fn kbps(bytes: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        bytes as f64 * 8.0 / 1000.0 / seconds
    } else {
        0.0
    }
}

/// Reads through a stream of sound. Nothing is decoded and no model is needed.
///
/// # Errors
/// As [`SoundReader::new`] in [`Mode::Tolerant`]: `Malformed` for a damaged header, `Unsupported`, `Limit`, `Io`. All
/// other damage is listed in [`SoundInfo::damage`].
pub fn sound_info(reader: impl Read, limits: &Limits) -> Result<SoundInfo> {
    let mut reader = SoundReader::new(reader, limits, Mode::Tolerant)?;
    let (mut whole, mut coded, mut smallest, mut largest) = (0, 0, usize::MAX, 0);
    while let Some((_, part)) = reader.next_packet()? {
        if let Some(part) = part {
            let bytes = part.bytes.len();
            whole += 1;
            coded += bytes as u64;
            (smallest, largest) = (smallest.min(bytes), largest.max(bytes));
        }
    }
    Ok(SoundInfo {
        header: reader.header().clone(),
        tags: reader.tags().clone(),
        header_bytes: reader.header_bytes(),
        file_bytes: reader.position(),
        packets: reader.grid().count(),
        whole_packets: whole,
        coded_bytes: coded,
        smallest_packet: smallest.min(largest),
        largest_packet: largest,
        damage: reader.damage().to_vec(),
    })
}
