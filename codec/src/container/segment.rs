//! What a segment is: id, length, header check, CRC-32, payload.

use super::leb::{MAX_LEB_BYTES, read_leb, write_leb};

/// Ids from here on are ancillary: a reader that does not know one skips it.
pub(crate) const FIRST_ANCILLARY: u8 = 128;
/// The longest payload that the format allows, in bytes.
pub(crate) const MAX_PAYLOAD: usize = (1 << 31) - 1;
/// Bytes after id and length: the header check and the CRC-32.
const CHECK_BYTES: usize = 5;

/// The kind of a segment. Ids are append-only: a number never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SegmentId {
    /// Ends the stream; empty. Its absence shows that the stream was cut.
    End,
    /// The coded symbols of one tile.
    Tile,
    /// The losslessly coded alpha plane of one tile.
    Alpha,
    /// An ICC profile.
    Icc,
    /// EXIF data, a TIFF block without the `Exif\0\0` prefix.
    Exif,
    /// The coded symbols of one packet of sound.
    Packet,
    /// Title, artist and the like of a sound.
    Tags,
    /// The filter that restores a picture.
    Restoration,
    /// Any other id.
    Other(u8),
}

impl SegmentId {
    /// The kind that the byte `id` stands for.
    pub fn from_byte(id: u8) -> Self {
        match id {
            0 => Self::End,
            1 => Self::Tile,
            2 => Self::Alpha,
            3 => Self::Icc,
            4 => Self::Exif,
            5 => Self::Packet,
            128 => Self::Tags,
            129 => Self::Restoration,
            other => Self::Other(other),
        }
    }

    /// The byte that stands for this kind.
    pub fn to_byte(self) -> u8 {
        match self {
            Self::End => 0,
            Self::Tile => 1,
            Self::Alpha => 2,
            Self::Icc => 3,
            Self::Exif => 4,
            Self::Packet => 5,
            Self::Tags => 128,
            Self::Restoration => 129,
            Self::Other(id) => id,
        }
    }

    /// A short name, as `info` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Tile => "tile",
            Self::Alpha => "alpha",
            Self::Icc => "icc",
            Self::Exif => "exif",
            Self::Packet => "packet",
            Self::Tags => "tags",
            Self::Restoration => "restoration",
            Self::Other(id) if id >= FIRST_ANCILLARY => "ancillary",
            Self::Other(_) => "unknown",
        }
    }

    /// Whether a reader that does not know this id may skip it.
    pub fn is_ancillary(self) -> bool {
        self.to_byte() >= FIRST_ANCILLARY
    }
}

/// Why there is no valid segment at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The stream ends inside the segment.
    Cut,
    /// Id, length and header check do not agree.
    Header,
    /// The header is plausible, but the CRC-32 differs; the payload would end at `end`.
    Crc { end: usize },
}

impl Fault {
    /// The words for an error message.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Cut => "the stream ends inside a segment",
            Self::Header => "no segment starts here (its header is damaged)",
            Self::Crc { .. } => "a segment is damaged (its CRC-32 differs)",
        }
    }
}

/// The bytes of a segment before its payload, whose check agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) id: SegmentId,
    /// Bytes of id and length.
    label: usize,
    /// Bytes of the payload.
    pub(crate) payload: usize,
    crc: u32,
}

impl Head {
    /// The longest there is, in bytes.
    pub(crate) const MAX_BYTES: usize = 1 + MAX_LEB_BYTES + CHECK_BYTES;

    /// Reads what `bytes` begin with.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let (&id, after_id) = bytes.split_first().ok_or(Fault::Cut)?;
        let (length, leb_bytes) = read_leb(after_id).map_err(|error| match error {
            super::leb::LebError::Cut => Fault::Cut,
            super::leb::LebError::Invalid => Fault::Header,
        })?;
        let label = 1 + leb_bytes;
        let checks = bytes.get(label..label + CHECK_BYTES).ok_or(Fault::Cut)?;
        let &[check, c0, c1, c2, c3] = checks else {
            return Err(Fault::Cut);
        };
        let payload = length as usize;
        if check != header_check(&bytes[..label]) || payload > MAX_PAYLOAD || (id == 0 && payload != 0) {
            return Err(Fault::Header);
        }
        let id = SegmentId::from_byte(id);
        let crc = u32::from_le_bytes([c0, c1, c2, c3]);
        Ok(Self {
            id,
            label,
            payload,
            crc,
        })
    }

    /// Bytes before the payload.
    pub(crate) fn bytes(&self) -> usize {
        self.label + CHECK_BYTES
    }

    /// Whether the CRC-32 of the segment that `bytes` hold, and nothing else, agrees.
    pub(crate) fn agrees(&self, bytes: &[u8]) -> bool {
        match (bytes.get(..self.label), bytes.get(self.bytes()..)) {
            (Some(label), Some(payload)) => segment_crc(label, payload) == self.crc,
            _ => false,
        }
    }
}

/// The bytes of a segment before its payload.
pub(crate) fn segment_head(id: SegmentId, payload: &[u8]) -> Vec<u8> {
    let mut head = vec![id.to_byte()];
    write_leb(&mut head, payload.len() as u32);
    let check = header_check(&head);
    let crc = segment_crc(&head, payload);
    head.push(check);
    head.extend_from_slice(&crc.to_le_bytes());
    head
}

/// The low byte of the CRC-32 of id and length: finds a false start without reading its payload.
fn header_check(head: &[u8]) -> u8 {
    // Bit by bit or by table is all the same for two to six bytes, and this runs at every byte of a
    // search.
    let mut crc = u32::MAX;
    for &byte in head {
        crc = (crc >> 8) ^ CRC_TABLE[usize::from(crc as u8 ^ byte)];
    }
    !crc as u8
}

fn segment_crc(head: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(payload);
    hasher.finalize()
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ if crc & 1 != 0 { 0xedb8_8320 } else { 0 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_header_check_is_the_low_byte_of_the_crc() {
        for head in [&[0u8, 0][..], &[1, 0x80, 0x01], &[255, 1, 2, 3, 4, 5]] {
            assert_eq!(header_check(head), crc32fast::hash(head) as u8);
        }
    }

    #[test]
    fn a_byte_keeps_its_meaning() {
        for id in 0..=255 {
            assert_eq!(SegmentId::from_byte(id).to_byte(), id);
        }
        assert_eq!(SegmentId::Other(200).name(), "ancillary");
        assert_eq!(SegmentId::Other(9).name(), "unknown");
        assert_eq!([5, 128].map(|id| SegmentId::from_byte(id).name()), ["packet", "tags"]);
    }
}
