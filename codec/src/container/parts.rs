//! A stream that was read whole, for media whose parts are decoded in any order.

use std::io::Read;

use super::damage::{DamageReport, PartKind};
use super::header::Header;
use super::metadata::Metadata;
use super::reader::{Mode, Part, StreamReader};
use crate::error::Result;
use crate::limits::Limits;

/// All parts of a stream. Nothing is decoded; memory is proportional to the bytes of the stream, not to its claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamParts {
    /// The header.
    pub header: Header,
    /// The metadata.
    pub metadata: Metadata,
    /// The payloads of the segments that only the codec understands, in their order.
    pub codec_segments: Vec<Vec<u8>>,
    /// The damage of the stream; empty after a strict reading.
    pub damage: DamageReport,
    /// Bytes of the whole stream.
    pub stream_bytes: u64,
    symbols: Vec<Part>,
    alpha: Vec<Part>,
}

impl StreamParts {
    /// Reads all of a stream.
    ///
    /// # Errors
    /// As [`StreamReader::new`].
    pub fn read(reader: impl Read, limits: &Limits, mode: Mode) -> Result<Self> {
        Self::collect(StreamReader::new(reader, limits, mode)?)
    }

    /// Reads the rest of a stream, whose header was looked at already.
    ///
    /// # Errors
    /// As [`StreamReader::next_part`].
    pub fn collect<R: Read>(mut reader: StreamReader<R>) -> Result<Self> {
        let (mut symbols, mut alpha) = (Vec::new(), Vec::new());
        let mut held = 0;
        while let Some(part) = reader.next_part()? {
            held += part.bytes.len() as u64;
            reader.limits().check_memory(held)?;
            match part.kind {
                PartKind::Symbols => symbols.push(part),
                PartKind::Alpha => alpha.push(part),
                // No image has any.
                PartKind::Sound => {}
            }
        }
        let stream_bytes = reader.position();
        let (header, metadata, codec_segments, damage) = reader.into_rest();
        Ok(Self {
            header,
            metadata,
            codec_segments,
            damage,
            stream_bytes,
            symbols,
            alpha,
        })
    }

    /// The parts of a kind that are there; indices ascend.
    pub fn all(&self, kind: PartKind) -> &[Part] {
        match kind {
            PartKind::Symbols => &self.symbols,
            PartKind::Alpha => &self.alpha,
            PartKind::Sound => &[],
        }
    }

    /// One part; `None` where it is lost.
    pub fn get(&self, kind: PartKind, index: u32) -> Option<&Part> {
        let parts = self.all(kind);
        parts
            .binary_search_by_key(&index, |part| part.index)
            .ok()
            .and_then(|at| parts.get(at))
    }
}
