//! How to encode, and what came of it.

use lmc_models::wavelet::Quality;

use crate::container::Limits;
use crate::error::{CodecError, Result};

/// How to encode.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodeOptions {
    /// Quality, 0 to 100. Default 60.
    pub quality: Quality,
    /// Side of a tile in pixels, a multiple of 64 in 64..=4096. Default 1024. Smaller tiles lose
    /// less to damage and cost more bytes.
    pub tile_size: u32,
    /// What the encoder spends. Default 1, one pass.
    pub effort: Effort,
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
            effort: Effort::default(),
            keep_icc: true,
            keep_exif: true,
            limits: Limits::default(),
        }
    }
}

/// What an encoder spends on a picture, 1 to 9: 1 takes the latents as the network gives them, higher ones refine them by
/// gradient, in twice the steps of the one below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effort(u8);

impl Default for Effort {
    fn default() -> Self {
        Self(1)
    }
}

impl Effort {
    /// The largest effort.
    pub const MAX: u8 = 9;
    /// Steps of refinement of each effort.
    const STEPS: [usize; Self::MAX as usize] = [0, 5, 10, 20, 40, 80, 160, 320, 640];

    /// # Errors
    /// [`CodecError::Parameter`] outside 1..=9.
    pub fn new(effort: u8) -> Result<Self> {
        if (1..=Self::MAX).contains(&effort) {
            Ok(Self(effort))
        } else {
            Err(CodecError::Parameter(format!("effort {effort} is outside 1..9")))
        }
    }

    /// The number, 1 to 9.
    pub fn value(self) -> u8 {
        self.0
    }

    /// Steps of refinement per tile.
    pub(super) fn steps(self) -> usize {
        Self::STEPS[usize::from(self.0) - 1]
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
    /// The EXIF data.
    pub exif: usize,
}
