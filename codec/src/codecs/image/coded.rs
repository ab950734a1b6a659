//! What an encoder makes of an image.

use crate::media::image::{Image, Orientation};

/// One tile, coded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodedTile {
    /// What the stream carries.
    pub bytes: Vec<u8>,
    /// The checksum that [`ImageStream::read`](super::ImageStream::read) finds again.
    pub checksum: u32,
    /// The hash that it finds again.
    pub symbol_hash: u64,
    /// How many symbols were coded.
    pub symbols: usize,
    /// What they cost by their tables, in 1/65536 bits, where there are tables.
    pub cost: Option<u64>,
}

/// The colours of an image, coded.
#[derive(Debug, Clone, PartialEq)]
pub struct CodedImage {
    /// The codec block of the header.
    pub block: Vec<u8>,
    /// The payloads of codec segments.
    pub segments: Vec<Vec<u8>>,
    /// All tiles of the image that is coded, in raster order.
    pub tiles: Vec<CodedTile>,
    /// How that lies, seen from the one that is shown.
    pub orientation: Orientation,
    /// The colours that decoders make of it, as shown, if that was asked for.
    pub reconstruction: Option<Image>,
}
