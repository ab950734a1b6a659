//! What travels beside the media and is kept as it is.

use crate::media::Tags;

/// The metadata of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// An ICC profile.
    pub icc: Option<Vec<u8>>,
    /// EXIF data: a TIFF block, without the prefix `Exif\0\0`.
    pub exif: Option<Vec<u8>>,
    /// An XMP packet.
    pub xmp: Option<Vec<u8>>,
    /// Title, artist and other texts.
    pub tags: Tags,
    /// What a HASH segment says of the pixels, as [`PixelHash::of_payload`](crate::PixelHash::of_payload) reads it.
    pub hash: Option<Vec<u8>>,
}
