//! How to encode, and what came of it.

use crate::Quality;
use lmc_entropy::prior::Context;
use lmc_entropy::trellis::Machine;

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
    /// How far samples of a lossless stream may be from those of the picture. Default 0, exact.
    pub max_error: MaxError,
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
            max_error: MaxError::default(),
            keep_icc: true,
            keep_exif: true,
            limits: Limits::default(),
        }
    }
}

/// What an encoder spends on a picture, 1 to 9: 1 takes the latents as the network gives them, higher ones refine them by
/// gradient in more and more steps, search a larger trellis, code them in four steps where the model can, and fit filters to what is decoded.
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
    const STEPS: &[usize; Self::MAX as usize] = &[0, 1, 2, 3, 4, 6, 8, 12, 16];

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

    /// The machine of the trellis.
    pub(super) fn machine(self) -> Machine {
        match self.0 {
            1 => Machine::USUAL,
            2..=6 => Machine::LARGE,
            _ => Machine::LARGEST,
        }
    }

    /// Whether pictures are coded in the way of lying in which they take the fewest bits.
    pub(super) fn turns(self) -> bool {
        self.0 >= 7
    }

    /// The steps in which latents are coded: four need decoders to compute a little more.
    pub(super) fn context(self) -> Context {
        if self.0 == 1 { Context::Two } else { Context::Four }
    }

    /// Where the filters that are fitted to what decoders make of the picture, one after the other, cut off differences, in roots of its
    /// mean squared error.
    pub(super) fn thresholds(self) -> &'static [f64] {
        match self.0 {
            1 => &[],
            2..=3 => &[1.0],
            _ => &[1.0, 3.0],
        }
    }

    /// All steps of refinement per tile.
    pub(super) fn steps(self) -> usize {
        self.stops().last().copied().unwrap_or(0)
    }

    /// After how many steps of refinement per tile the picture is looked at: those of all efforts up to this one, so that none is
    /// worse than the one below.
    pub(super) fn stops(self) -> &'static [usize] {
        &Self::STEPS[..usize::from(self.0)]
    }
}

/// How far a sample may be from the original, in steps of 1/255 of the range: 0 is exact, 1 to 4 are near-lossless. Alpha
/// is exact always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaxError(u8);

impl MaxError {
    /// The largest one: beyond it the networks need fewer bits.
    pub const MAX: u8 = 4;

    /// # Errors
    /// [`CodecError::Parameter`] outside 0..=4.
    pub fn new(steps: u8) -> Result<Self> {
        if steps <= Self::MAX {
            Ok(Self(steps))
        } else {
            Err(CodecError::Parameter(format!(
                "a largest error of {steps} is outside 0..4"
            )))
        }
    }

    /// The number, 0 to 4.
    pub fn value(self) -> u8 {
        self.0
    }

    /// The nearest sample that is kept, for samples of `0..=max`, where `max` is a multiple of 255.
    pub(super) fn nearest(self, sample: u16, max: u16) -> u16 {
        let (sample, max) = (u32::from(sample), u32::from(max));
        let error = u32::from(self.0) * (max / 255);
        let step = 2 * error + 1;
        // Levels are as far from 0 as from the largest sample, so that both have one within reach.
        let base = max % step / 2;
        let level = (sample.saturating_sub(base) + error) / step;
        (base + level.min((max - base) / step) * step) as u16
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
    /// The restoration filter.
    pub restoration: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_stay_within_their_largest_error() {
        for (steps, max) in [
            (0, 255),
            (1, 255),
            (2, 255),
            (3, 255),
            (4, 255),
            (0, 65535),
            (1, 65535),
            (4, 65535),
        ] {
            let error = MaxError::new(steps).unwrap();
            let bound = u16::from(steps) * (max / 255);
            let mut kept: Vec<u16> = (0..=max).map(|sample| error.nearest(sample, max)).collect();
            for (sample, &near) in kept.iter().enumerate() {
                assert!(
                    near.abs_diff(sample as u16) <= bound,
                    "{steps} of {max}: {sample} became {near}"
                );
            }
            kept.dedup();
            let fewest = usize::from(max) / (2 * usize::from(bound) + 1);
            assert!(
                (fewest..=fewest + 1).contains(&kept.len()),
                "{steps} of {max}: {} levels",
                kept.len()
            );
        }
        assert!(MaxError::new(5).is_err());
    }
}
