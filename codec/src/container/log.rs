//! Counts the segments that a reader walks over.

use super::segments::Segment;
use super::table::{SEGMENTS, SegmentId};

/// The most segments that a log lists one by one; further ones are only summed up.
const MAX_LISTED: usize = 4096;

/// One whole segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Its kind.
    pub id: SegmentId,
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Bytes of all of it.
    pub bytes: u64,
    /// Index of the part that it belongs to.
    pub part: Option<u32>,
}

/// All whole segments of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentSum {
    /// The name of the kind; "ancillary" for all those that this version does not know.
    pub name: &'static str,
    /// How many there are.
    pub count: u64,
    /// Bytes of all of them, their heads included.
    pub bytes: u64,
}

/// The whole segments of a stream: sums by kind, and the first ones one by one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SegmentLog {
    listed: Vec<SegmentInfo>,
    /// Count and bytes by row of the table, and of all others.
    sums: [[u64; 2]; SEGMENTS.len() + 1],
}

impl SegmentLog {
    pub(super) fn add(&mut self, segment: &Segment, part: Option<u32>) {
        let row = segment.id.row_index().unwrap_or(SEGMENTS.len());
        self.sums[row][0] += 1;
        self.sums[row][1] += segment.bytes;
        if self.listed.len() < MAX_LISTED {
            let Segment { id, offset, bytes, .. } = *segment;
            self.listed.push(SegmentInfo {
                id,
                offset,
                bytes,
                part,
            });
        }
    }

    /// How many segments there are of a row of the table.
    pub(super) fn count(&self, row: usize) -> u64 {
        self.sums.get(row).map_or(0, |sum| sum[0])
    }

    /// The first 4096 segments, in the order of the stream.
    pub fn listed(&self) -> &[SegmentInfo] {
        &self.listed
    }

    /// Count and bytes of each kind that the stream has, in the order of [`SEGMENTS`].
    pub fn sums(&self) -> impl Iterator<Item = SegmentSum> {
        let names = SEGMENTS.iter().map(|row| row.name).chain(["ancillary"]);
        let sums = names
            .zip(self.sums)
            .map(|(name, [count, bytes])| SegmentSum { name, count, bytes });
        sums.filter(|sum| sum.count > 0)
    }

    /// Bytes of all segments of one kind that this version knows, their heads included.
    pub fn bytes_of(&self, id: SegmentId) -> u64 {
        id.row_index()
            .and_then(|row| self.sums.get(row))
            .map_or(0, |sum| sum[1])
    }
}
