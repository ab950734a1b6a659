//! The bytes of a segment before its payload: id, length, header check and CRC-32.

use super::leb::{LebError, MAX_LEB_BYTES, read_leb, write_leb};
use super::table::SegmentId;

/// The longest payload that the format allows, in bytes.
pub(super) const MAX_PAYLOAD: usize = (1 << 31) - 1;
/// Bytes after id and length: the header check and the CRC-32.
const CHECK_BYTES: usize = 5;

/// Why there is no valid segment at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The stream ends inside the segment.
    Cut,
    /// Id, length and header check do not agree.
    Header,
    /// The header is plausible, but the CRC-32 differs; the segment takes `bytes`.
    Crc { bytes: usize },
    /// The header is plausible, but the payload is longer than the reader allows.
    TooLong { payload: usize },
}

impl Fault {
    /// The words for an error message.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Cut => "the stream ends inside a segment",
            Self::Header => "no segment starts here (its header is damaged)",
            Self::Crc { .. } => "a segment is damaged (its CRC-32 differs)",
            Self::TooLong { .. } => "a segment is longer than the reader allows",
        }
    }
}

/// The head of a segment, whose check agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: SegmentId,
    /// Bytes of id and length.
    label: usize,
    /// Bytes of the payload.
    pub(super) payload: usize,
    crc: u32,
}

impl Head {
    /// The longest head, in bytes.
    pub(super) const MAX_BYTES: usize = 1 + MAX_LEB_BYTES + CHECK_BYTES;

    /// Reads the head that `bytes` begin with.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let (&id, after_id) = bytes.split_first().ok_or(Fault::Cut)?;
        let (length, leb_bytes) = read_leb(after_id).map_err(|error| match error {
            LebError::Cut => Fault::Cut,
            LebError::Invalid => Fault::Header,
        })?;
        let label = 1 + leb_bytes;
        let Some(&[check, c0, c1, c2, c3]) = bytes.get(label..label + CHECK_BYTES) else {
            return Err(Fault::Cut);
        };
        let (id, payload) = (SegmentId(id), length as usize);
        let plausible = payload <= MAX_PAYLOAD && (id != SegmentId::END || payload == 0);
        if !plausible || check != header_check(&bytes[..label]) {
            return Err(Fault::Header);
        }
        let crc = u32::from_le_bytes([c0, c1, c2, c3]);
        Ok(Self {
            id,
            label,
            payload,
            crc,
        })
    }

    /// Bytes before the payload.
    pub(super) fn bytes(&self) -> usize {
        self.label + CHECK_BYTES
    }

    /// Bytes of the whole segment.
    pub(super) fn segment_bytes(&self) -> usize {
        self.bytes() + self.payload
    }

    /// Whether the CRC-32 of `segment`, which starts with this head, agrees.
    pub(super) fn agrees(&self, segment: &[u8]) -> bool {
        let (label, payload) = (segment.get(..self.label), segment.get(self.bytes()..));
        label
            .zip(payload)
            .is_some_and(|(label, payload)| segment_crc(label, payload) == self.crc)
    }
}

/// The bytes of a segment before its payload.
pub(super) fn segment_head(id: SegmentId, payload: &[u8]) -> Vec<u8> {
    let mut head = Vec::with_capacity(Head::MAX_BYTES);
    head.push(id.0);
    write_leb(&mut head, payload.len() as u32);
    let check = header_check(&head);
    let crc = segment_crc(&head, payload);
    head.push(check);
    head.extend_from_slice(&crc.to_le_bytes());
    head
}

/// The low byte of the CRC-32 of id and length: finds a false start without reading its payload.
fn header_check(label: &[u8]) -> u8 {
    // This runs at every byte of a search, on two to six bytes: a table is as fast as anything.
    let step = |crc: u32, &byte: &u8| (crc >> 8) ^ CRC_TABLE[usize::from(crc as u8 ^ byte)];
    !label.iter().fold(u32::MAX, step) as u8
}

fn segment_crc(label: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(label);
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
        for label in [&[0u8, 0][..], &[1, 0x80, 0x01], &[255, 1, 2, 3, 4, 5]] {
            assert_eq!(header_check(label), crc32fast::hash(label) as u8);
        }
    }

    #[test]
    fn a_head_is_read_as_written() {
        for (id, length) in [(SegmentId::PART, 0), (SegmentId::TAGS, 200), (SegmentId(77), 70_000)] {
            let payload = vec![7; length];
            let bytes = [segment_head(id, &payload), payload].concat();
            let head = Head::parse(&bytes).unwrap();
            assert_eq!((head.id, head.payload, head.segment_bytes()), (id, length, bytes.len()));
            assert!(head.agrees(&bytes) && !head.agrees(&bytes[..bytes.len() - 1]));
        }
        assert_eq!(
            Head::parse(&segment_head(SegmentId::END, &[1])),
            Err(Fault::Header),
            "an end has no payload"
        );
    }

    #[test]
    fn a_length_that_is_not_in_its_shortest_form_is_no_head() {
        let mut bytes = vec![1, 0x80, 0];
        bytes.push(header_check(&bytes));
        bytes.extend_from_slice(&segment_crc(&[1, 0x80, 0], &[]).to_le_bytes());
        assert_eq!(Head::parse(&bytes), Err(Fault::Header));
    }
}
