//! What came of encoding.

use crate::container::Header;

/// What an encoder made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Encoded {
    /// The header of the stream.
    pub header: Header,
    /// The stream.
    pub bytes: Vec<u8>,
    /// What it consists of.
    pub stats: EncodeStats,
    /// Whether the picture was coded exactly, although less was asked for, because that costs no more: see
    /// [`EncodeOptions::auto`](crate::EncodeOptions::auto).
    pub is_exact_instead: bool,
}

/// What a stream consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodeStats {
    /// Number of tiles.
    pub tiles: u32,
    /// Symbols that were coded, those of alpha not counted.
    pub symbols: u64,
    /// Hash of all symbols, as [`ImageDecoder::verify`](super::ImageDecoder::verify) finds it.
    pub symbol_hash: u64,
    /// Bits that the symbols cost by the probabilities of their tables alone, to compare with
    /// [`tile_payloads`](StreamBytes::tile_payloads); `None` for codecs that have no tables known beforehand.
    pub bits_estimated: Option<f64>,
    /// Where the bytes went.
    pub bytes: StreamBytes,
    /// Bits per pixel: all bytes of the stream over the pixels of the picture.
    pub bpp: f64,
}

/// Bytes of a stream by kind; segments with their heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamBytes {
    /// All of the stream.
    pub total: usize,
    /// The colours of tiles.
    pub tiles: usize,
    /// Of those what the entropy coder wrote: no heads, no checksums.
    pub tile_payloads: usize,
    /// The alpha of tiles.
    pub alpha: usize,
    /// The ICC profile.
    pub icc: usize,
    /// EXIF data, XMP packet, texts and other facts.
    pub exif: usize,
    /// What only the codec understands, such as restoration filters.
    pub codec: usize,
    /// The hash of the decoded pixels.
    pub hash: usize,
}
