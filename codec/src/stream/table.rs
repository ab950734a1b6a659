//! The one table of segments: what each id is, where it may stand and what a reader does about it.

use std::fmt;

use super::media::MediaKind;

/// Ids from here on are ancillary: a reader that does not know one skips it.
pub(super) const FIRST_ANCILLARY: u8 = 128;

/// The kind of a segment. Ids are append-only: a number never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub u8);

/// Where segments of a kind may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Behind all others.
    Last,
    /// Before the first part.
    BeforeParts,
    /// In the order of the parts.
    Parts,
    /// Anywhere before the end.
    Anywhere,
}

/// What the format says of one kind of segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentRow {
    /// The id in the stream. From 128 on, readers that do not know it skip the segment.
    pub id: SegmentId,
    /// A short name, as `info` prints it.
    pub name: &'static str,
    /// Whether a reader looks for segments of this kind behind damage.
    pub resynchronises: bool,
    /// How many a stream may have, where that does not follow from its parts.
    pub most: Option<u32>,
    /// Where they may stand.
    pub place: Place,
    /// The media that have them.
    pub media: &'static [MediaKind],
}

const ALL: &[MediaKind] = &[MediaKind::Image, MediaKind::Sound, MediaKind::Video];
const IMAGE: &[MediaKind] = &[MediaKind::Image];
const VIDEO: &[MediaKind] = &[MediaKind::Video];
const SEEN: &[MediaKind] = &[MediaKind::Image, MediaKind::Video];

/// All segments that this version knows.
#[rustfmt::skip]
pub static SEGMENTS: [SegmentRow; 10] = [
    SegmentRow { id: SegmentId::END,   name: "end",   resynchronises: true,  most: Some(1),  place: Place::Last,        media: ALL },
    SegmentRow { id: SegmentId::PART,  name: "part",  resynchronises: true,  most: None,     place: Place::Parts,       media: ALL },
    SegmentRow { id: SegmentId::ALPHA, name: "alpha", resynchronises: true,  most: None,     place: Place::Parts,       media: IMAGE },
    SegmentRow { id: SegmentId::CODEC, name: "codec", resynchronises: true,  most: Some(16), place: Place::BeforeParts, media: ALL },
    SegmentRow { id: SegmentId::ICC,   name: "icc",   resynchronises: true,  most: Some(1),  place: Place::BeforeParts, media: SEEN },
    SegmentRow { id: SegmentId::EXIF,  name: "exif",  resynchronises: true,  most: Some(1),  place: Place::BeforeParts, media: SEEN },
    SegmentRow { id: SegmentId::XMP,   name: "xmp",   resynchronises: true,  most: Some(1),  place: Place::BeforeParts, media: ALL },
    SegmentRow { id: SegmentId::TAGS,  name: "tags",  resynchronises: true,  most: Some(1),  place: Place::BeforeParts, media: ALL },
    SegmentRow { id: SegmentId::INDEX, name: "index", resynchronises: false, most: Some(1),  place: Place::Anywhere,    media: VIDEO },
    SegmentRow { id: SegmentId::HASH,  name: "hash",  resynchronises: false, most: Some(1),  place: Place::Anywhere,    media: ALL },
];

impl SegmentId {
    /// Ends the stream; empty. Its absence shows that the stream was cut.
    pub const END: Self = Self(0);
    /// The coded symbols of one tile, packet or frame.
    pub const PART: Self = Self(1);
    /// The losslessly coded alpha plane of one tile.
    pub const ALPHA: Self = Self(2);
    /// Whatever the codec needs before the parts, for example the restoration filters of an image.
    pub const CODEC: Self = Self(3);
    /// An ICC profile.
    pub const ICC: Self = Self(128);
    /// EXIF data, a TIFF block without the `Exif\0\0` prefix.
    pub const EXIF: Self = Self(129);
    /// An XMP packet.
    pub const XMP: Self = Self(130);
    /// Title, artist and other texts.
    pub const TAGS: Self = Self(131);
    /// Where the parts of a video lie. Reserved.
    pub const INDEX: Self = Self(132);
    /// A hash of the decoded pixels or samples. Reserved.
    pub const HASH: Self = Self(133);

    /// What the format says of this kind; `None` for ids that this version does not know.
    pub fn row(self) -> Option<&'static SegmentRow> {
        SEGMENTS.iter().find(|row| row.id == self)
    }

    /// Index of the row in [`SEGMENTS`].
    pub(super) fn row_index(self) -> Option<usize> {
        SEGMENTS.iter().position(|row| row.id == self)
    }

    /// A short name, as `info` prints it.
    pub fn name(self) -> &'static str {
        match self.row() {
            Some(row) => row.name,
            None if self.is_ancillary() => "ancillary",
            None => "unknown",
        }
    }

    /// Whether a reader that does not know this id may skip the segment.
    pub fn is_ancillary(self) -> bool {
        self.0 >= FIRST_ANCILLARY
    }

    /// Whether a reader looks for segments of this kind behind damage.
    pub(super) fn resynchronises(self) -> bool {
        self.row().is_some_and(|row| row.resynchronises)
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => f.write_str(row.name),
            None => write!(f, "segment {}", self.0),
        }
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn every_row_has_an_id_of_its_own_and_a_name() {
        for (at, row) in SEGMENTS.iter().enumerate() {
            assert_eq!(row.id.row_index(), Some(at));
            assert_eq!((row.id.name(), row.id.to_string()), (row.name, row.name.to_owned()));
            assert!(!row.media.is_empty());
        }
        assert_eq!(SegmentId(9).to_string(), "segment 9");
        assert_eq!([4, 200].map(|id| SegmentId(id).name()), ["unknown", "ancillary"]);
        assert_eq!([127, 128].map(|id| SegmentId(id).is_ancillary()), [false, true]);
    }
}
