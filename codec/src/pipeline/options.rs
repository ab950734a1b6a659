//! How to encode, and what came of it.

use lmc_models::wavelet::Quality;

use crate::container::Limits;

/// How to encode.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodeOptions {
    /// Quality, 0 to 100. Default 60.
    pub quality: Quality,
    /// Side of a tile in pixels, a multiple of 64 in 64..=4096. Default 1024. Smaller tiles lose
    /// less to damage and cost more bytes.
    pub tile_size: u32,
    /// Whether the ICC profile goes into the stream. Default true.
    pub keep_icc: bool,
    /// Whether the EXIF data go into the stream. Default true.
    pub keep_exif: bool,
    /// What a picture may be, at most, so that a decoder with the same limits accepts it.
    pub limits: Limits,
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self {
            quality: Quality::default(),
            tile_size: 1024,
            keep_icc: true,
            keep_exif: true,
            limits: Limits::default(),
        }
    }
}

/// What an encoder made.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// The stream.
    pub bytes: Vec<u8>,
    /// What it consists of.
    pub stats: EncodeStats,
}

/// What a stream consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodeStats {
    /// Number of tiles.
    pub tiles: u32,
    /// Symbols that were coded, those of alpha not counted.
    pub symbols: u64,
    /// Hash of all symbols, as [`ImageVerifier`](super::ImageVerifier) finds it.
    pub symbol_hash: u64,
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
    /// The alpha of tiles.
    pub alpha: usize,
    /// The ICC profile.
    pub icc: usize,
    /// The EXIF data.
    pub exif: usize,
}
