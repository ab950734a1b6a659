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

const fn row(
    id: SegmentId,
    name: &'static str,
    resynchronises: bool,
    most: Option<u32>,
    place: Place,
    media: &'static [MediaKind],
) -> SegmentRow {
    SegmentRow {
        id,
        name,
        resynchronises,
        most,
        place,
        media,
    }
}

/// All segments that this version knows.
#[rustfmt::skip]
pub static SEGMENTS: [SegmentRow; 14] = [
    //                             resynchronises, most
    row(SegmentId::END,   "end",   true,  Some(1),  Place::Last,        ALL),
    row(SegmentId::PART,  "part",  true,  None,     Place::Parts,       ALL),
    row(SegmentId::ALPHA, "alpha", true,  None,     Place::Parts,       IMAGE),
    row(SegmentId::CODEC, "codec", true,  Some(16), Place::BeforeParts, ALL),
    row(SegmentId::TRACK, "track", true,  Some(1),  Place::BeforeParts, VIDEO),
    row(SegmentId::SOUND, "sound", true,  None,     Place::Parts,       VIDEO),
    row(SegmentId::ICC,   "icc",   true,  Some(1),  Place::BeforeParts, SEEN),
    row(SegmentId::EXIF,  "exif",  true,  Some(1),  Place::BeforeParts, SEEN),
    row(SegmentId::XMP,   "xmp",   true,  Some(1),  Place::BeforeParts, ALL),
    row(SegmentId::TAGS,  "tags",  true,  Some(1),  Place::BeforeParts, ALL),
    row(SegmentId::INDEX, "index", false, Some(1),  Place::Anywhere,    VIDEO),
    row(SegmentId::HASH,  "hash",  false, Some(1),  Place::Anywhere,    ALL),
    row(SegmentId::ICCZ,  "iccz",  true,  Some(1),  Place::BeforeParts, SEEN),
    row(SegmentId::EXTRA, "extra", true,  Some(1),  Place::BeforeParts, SEEN),
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
    /// What the sound of a video is.
    pub const TRACK: Self = Self(4);
    /// The coded symbols of one packet of the sound of a video.
    pub const SOUND: Self = Self(5);
    /// An ICC profile.
    pub const ICC: Self = Self(128);
    /// EXIF data, a TIFF block without the `Exif\0\0` prefix.
    pub const EXIF: Self = Self(129);
    /// An XMP packet.
    pub const XMP: Self = Self(130);
    /// Title, artist and other texts.
    pub const TAGS: Self = Self(131);
    /// Where the key frames of a video lie.
    pub const INDEX: Self = Self(132);
    /// A hash of the decoded pixels. For sounds and videos reserved.
    pub const HASH: Self = Self(133);
    /// An ICC profile, deflated.
    pub const ICCZ: Self = Self(134);
    /// Density, gamma and other facts of an image.
    pub const EXTRA: Self = Self(135);

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
        assert_eq!([99, 200].map(|id| SegmentId(id).name()), ["unknown", "ancillary"]);
        assert_eq!([127, 128].map(|id| SegmentId(id).is_ancillary()), [false, true]);
    }
}
