//! What a stream holds, found without decoding anything.

use std::io::Read;

use super::damage::{DamageReport, PartKind};
use super::header::Header;
use super::log::SegmentLog;
use super::metadata::Metadata;
use super::reader::{Mode, StreamReader};
use super::track::Track;
use crate::error::Result;
use crate::limits::Limits;

/// A stream's header, metadata, sizes and damage. Its size is bounded, the metadata apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamInfo {
    /// The header.
    pub header: Header,
    /// Bytes that the header takes.
    pub header_bytes: usize,
    /// Bytes of the whole stream.
    pub stream_bytes: u64,
    /// The metadata.
    pub metadata: Metadata,
    /// The payloads of the segments that only the codec understands.
    pub codec_segments: Vec<Vec<u8>>,
    /// Number of parts that the header promises, whether they are there or not; where it was written before that was
    /// known, of those up to the last one that is there.
    pub parts: u64,
    /// The parts that are there and whole.
    pub symbols: PartSum,
    /// The alpha planes that are there and whole.
    pub alpha: PartSum,
    /// The packets of the sound of a video that are there and whole.
    pub sound: PartSum,
    /// The sound of a video.
    pub track: Option<Track>,
    /// Samples of each channel of the sound of a video.
    pub sound_samples: Option<u64>,
    /// The whole segments.
    pub log: SegmentLog,
    /// The number of ancillary segments that this version does not know.
    pub unknown: u32,
    /// The damage of the stream; empty for a whole one.
    pub damage: DamageReport,
}

/// Number and coded bytes of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartSum {
    /// How many there are.
    pub count: u64,
    /// Coded bytes of all of them.
    pub bytes: u64,
    /// Coded bytes of the smallest; 0 without any.
    pub smallest: usize,
    /// Coded bytes of the largest; 0 without any.
    pub largest: usize,
}

impl PartSum {
    fn add(&mut self, bytes: usize) {
        self.smallest = if self.count == 0 {
            bytes
        } else {
            self.smallest.min(bytes)
        };
        self.largest = self.largest.max(bytes);
        self.count += 1;
        self.bytes += bytes as u64;
    }
}

/// Reads through a stream. Nothing is decoded and no model is needed; work and memory are bounded by the bytes that are
/// there, whatever the header claims.
///
/// # Errors
/// As [`StreamReader::new`] in [`Mode::Tolerant`]: `Malformed` for a damaged header, `Unsupported`, `Limit`, `Io`. All
/// other damage is listed in [`StreamInfo::damage`].
pub fn info(reader: impl Read, limits: &Limits) -> Result<StreamInfo> {
    let mut reader = StreamReader::new(reader, limits, Mode::Tolerant)?;
    let [mut symbols, mut alpha, mut sound] = [PartSum::default(); 3];
    while let Some(part) = reader.next_part()? {
        match part.kind {
            PartKind::Symbols => symbols.add(part.bytes.len()),
            PartKind::Alpha => alpha.add(part.bytes.len()),
            PartKind::Sound => sound.add(part.bytes.len()),
        }
    }
    let (header_bytes, stream_bytes) = (reader.header_bytes(), reader.position());
    let parts = match reader.header().media.is_open() {
        true => reader.parts_passed(),
        false => reader.header().media.parts(),
    };
    let track = reader.track().cloned();
    let sound_samples = track.as_ref().map(|track| {
        let indexed = reader.index().and_then(|index| index.samples);
        track
            .samples()
            .or(indexed)
            .unwrap_or_else(|| track.samples_of(reader.sound_packets_passed()))
    });
    let (log, unknown) = (reader.log().clone(), reader.unknown());
    let (header, metadata, codec_segments, damage) = reader.into_rest();
    Ok(StreamInfo {
        parts,
        header,
        header_bytes,
        stream_bytes,
        metadata,
        codec_segments,
        symbols,
        alpha,
        sound,
        track,
        sound_samples,
        log,
        unknown,
        damage,
    })
}
