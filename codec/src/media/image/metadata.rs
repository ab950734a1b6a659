//! What travels beside the pixels of an image.

use super::{Cicp, Extras, Image};
use crate::media::Tags;

/// The metadata of an image: what its pixels mean, and what its file says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageMetadata {
    /// Code points of ITU-T H.273 that tell the meaning of the samples.
    pub cicp: Option<Cicp>,
    /// An ICC profile.
    pub icc: Option<Vec<u8>>,
    /// EXIF data: a TIFF block, without the `Exif\0\0` prefix.
    pub exif: Option<Vec<u8>>,
    /// An XMP packet.
    pub xmp: Option<Vec<u8>>,
    /// Title, artist, comments and other texts.
    pub tags: Tags,
    /// Density, gamma and the like.
    pub extras: Extras,
}

impl ImageMetadata {
    /// All of it, as far as an encoder is to keep it. Without the EXIF data, other descriptions go as well: XMP packet,
    /// IPTC data and texts tell the same things.
    pub(crate) fn kept(&self, icc: bool, exif: bool) -> Self {
        let mut kept = self.clone();
        if !icc {
            kept.icc = None;
        }
        if !exif {
            (kept.exif, kept.xmp, kept.tags) = (None, None, Tags::default());
            kept.extras.remove(Extras::IPTC);
        }
        kept
    }

    /// Bytes of all blocks.
    pub(crate) fn bytes(&self) -> usize {
        let block = |data: &Option<Vec<u8>>| data.as_ref().map_or(0, Vec::len);
        let texts = self.tags.entries().map(|(key, text)| key.name().len() + text.len());
        block(&self.icc) + block(&self.exif) + block(&self.xmp) + texts.sum::<usize>() + self.extras.bytes()
    }
}

impl Image {
    /// The metadata.
    pub fn metadata(&self) -> &ImageMetadata {
        &self.metadata
    }

    /// With other metadata in place of those it has.
    pub fn with_metadata(mut self, metadata: ImageMetadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// With an ICC profile in place of the one it has.
    pub fn with_icc(mut self, icc: Option<Vec<u8>>) -> Self {
        self.metadata.icc = icc;
        self
    }

    /// With EXIF data (a TIFF block, without the `Exif\0\0` prefix) in place of those it has.
    pub fn with_exif(mut self, exif: Option<Vec<u8>>) -> Self {
        self.metadata.exif = exif;
        self
    }

    /// The ICC profile.
    pub fn icc(&self) -> Option<&[u8]> {
        self.metadata.icc.as_deref()
    }

    /// The EXIF data, without the `Exif\0\0` prefix.
    pub fn exif(&self) -> Option<&[u8]> {
        self.metadata.exif.as_deref()
    }

    /// The code points that tell what the samples mean.
    pub fn cicp(&self) -> Option<Cicp> {
        self.metadata.cicp
    }
}
