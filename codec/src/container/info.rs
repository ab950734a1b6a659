//! What a stream holds, found without decoding anything.

use super::header::Header;
use super::limits::Limits;
use super::reader::{Container, Mode, tile_index};
use super::scan::{Scanner, Step};
use super::segment::{Fault, Raw, SegmentId};
use crate::damage::Damage;
use crate::error::{Result, check_limit};

/// A stream's header, segments and damage.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamInfo {
    /// The header.
    pub header: Header,
    /// Bytes that the header takes.
    pub header_bytes: usize,
    /// Bytes of the whole stream.
    pub file_bytes: usize,
    /// Number of tiles that the picture has, whether they are there or not.
    pub tiles: u32,
    /// The segments in the order of the stream, damaged ones where their header can be read.
    pub segments: Vec<SegmentInfo>,
    /// What is wrong with the stream; empty for a whole one.
    pub damage: Vec<Damage>,
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Its kind.
    pub id: SegmentId,
    /// Offset of its first byte in the stream.
    pub offset: usize,
    /// Bytes of all of it.
    pub bytes: usize,
    /// Bytes of its payload.
    pub payload_bytes: usize,
    /// Whether its CRC-32 agrees.
    pub crc_ok: bool,
    /// Which tile it belongs to, for tiles and alpha.
    pub tile: Option<u32>,
}

impl StreamInfo {
    /// Bits per pixel: all bytes of the stream over the pixels of the picture.
    pub fn bpp(&self) -> f64 {
        let pixels = f64::from(self.header.width) * f64::from(self.header.height);
        self.file_bytes as f64 * 8.0 / pixels
    }

    /// Bytes of all segments of one kind, their heads included.
    pub fn bytes_of(&self, id: SegmentId) -> usize {
        self.segments
            .iter()
            .filter(|segment| segment.id == id)
            .map(|segment| segment.bytes)
            .sum()
    }
}

/// Lists what `bytes` hold. Nothing is decoded and no model is needed.
///
/// # Errors
/// As [`Container::parse`] in [`Mode::Tolerant`]: `Malformed` for a damaged header, `Unsupported`,
/// `Limit`. All other damage is listed in [`StreamInfo::damage`].
pub fn info(bytes: &[u8], limits: &Limits) -> Result<StreamInfo> {
    let (_, header_bytes) = Header::parse(bytes, limits)?;
    let container = Container::parse(bytes, limits, Mode::Tolerant)?;
    let tiles = container.tiles.len();
    // Only a stream of repeated segments has more.
    let most = 2 * tiles as u64 + u64::from(limits.max_ancillary_segments) + 16;
    let mut segments = Vec::new();
    for step in Scanner::new(bytes, header_bytes) {
        let found = match step {
            Step::Segment(raw) => Some((raw, true)),
            Step::Damage {
                start,
                fault: Fault::Crc { .. },
                ..
            } => Raw::parse(bytes, start).ok().map(|raw| (raw, false)),
            Step::Damage { .. } => None,
        };
        if let Some((raw, crc_ok)) = found {
            segments.push(describe(bytes, &raw, crc_ok));
            check_limit("the number of segments", segments.len() as u64, most)?;
            if crc_ok && raw.id == SegmentId::End {
                break;
            }
        }
    }
    let damage = container.damage.into_iter();
    Ok(StreamInfo {
        damage: damage.map(|damage| damage.shown(&container.header)).collect(),
        header: container.header,
        header_bytes,
        file_bytes: bytes.len(),
        tiles: tiles as u32,
        segments,
    })
}

fn describe(bytes: &[u8], raw: &Raw, crc_ok: bool) -> SegmentInfo {
    let payload = bytes.get(raw.payload..raw.end).unwrap_or_default();
    let tile = match raw.id {
        SegmentId::Tile | SegmentId::Alpha => tile_index(payload).ok().map(|(index, _)| index),
        _ => None,
    };
    SegmentInfo {
        id: raw.id,
        offset: raw.start,
        bytes: raw.end - raw.start,
        payload_bytes: raw.end - raw.payload,
        crc_ok,
        tile,
    }
}
