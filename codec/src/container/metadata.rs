//! What travels beside the media and is kept as it is.

use crate::media::Tags;
use crate::media::image::{Cicp, Extras, ImageMetadata};

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
    /// Density, gamma and other facts of an image.
    pub extras: Extras,
}

impl ImageMetadata {
    /// What a stream holds, with the code points of its header.
    pub fn from_stream(metadata: &Metadata, cicp: Option<Cicp>) -> Self {
        Self {
            cicp,
            icc: metadata.icc.clone(),
            exif: metadata.exif.clone(),
            xmp: metadata.xmp.clone(),
            tags: metadata.tags.clone(),
            extras: metadata.extras.clone(),
        }
    }

    /// What the segments of a stream hold of it: all but the code points.
    pub fn to_stream(&self) -> Metadata {
        Metadata {
            icc: self.icc.clone(),
            exif: self.exif.clone(),
            xmp: self.xmp.clone(),
            tags: self.tags.clone(),
            hash: None,
            extras: self.extras.clone(),
        }
    }
}
