//! The sizes of a speech model.

use lmc_entropy::speech::IndexShape;
use serde::{Deserialize, Serialize};

use crate::error::{CodecError, Result, check_ranges};

/// Samples per second of everything here.
pub const RATE_HZ: u32 = 16_000;
/// Samples of a frame: 20 ms.
pub const HOP: usize = 320;
/// Frames of a packet: one second.
pub const PACKET_FRAMES: usize = 50;
/// Taps of the convolutions over time.
pub const TAPS: usize = 7;

/// Shape of the networks and the quantiser; saved beside the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeechConfig {
    /// Channels of the encoder.
    pub encoder_width: usize,
    /// Residual blocks of the encoder.
    pub encoder_blocks: usize,
    /// Channels of the decoder at the frame rate.
    pub decoder_width: usize,
    /// Residual blocks of the decoder at the frame rate.
    pub decoder_blocks: usize,
    /// Inner channels of a block, as a multiple of half its channels.
    pub half_expansion: usize,
    /// Parts of a frame that the last blocks of the decoder and the synthesis work on; divides 320.
    pub parts: usize,
    /// Channels of the decoder at the rate of the parts.
    pub late_width: usize,
    /// Residual blocks of the decoder at the rate of the parts.
    pub late_blocks: usize,
    /// Samples of a synthesis window, a power of two of at least two parts.
    pub window: usize,
    /// Groups that the latent of a frame is split into.
    pub groups: usize,
    /// Stages of the residual quantiser of each group.
    pub stages: usize,
    /// Bits of a code; a codebook has two to the power of it.
    pub code_bits: usize,
    /// Dimensions of a group.
    pub code_dims: usize,
}

impl Default for SpeechConfig {
    fn default() -> Self {
        Self {
            encoder_width: 192,
            encoder_blocks: 3,
            decoder_width: 256,
            decoder_blocks: 5,
            half_expansion: 5,
            parts: 4,
            late_width: 128,
            late_blocks: 2,
            window: 256,
            groups: 2,
            stages: 6,
            code_bits: 10,
            code_dims: 16,
        }
    }
}

impl SpeechConfig {
    /// # Errors
    /// [`CodecError::Parameter`] for sizes that no model of this kind can have.
    pub fn check(&self) -> Result<()> {
        let sizes = [
            ("encoder_width", self.encoder_width, 4..=1024),
            ("encoder_blocks", self.encoder_blocks, 0..=8),
            ("decoder_width", self.decoder_width, 4..=1024),
            ("decoder_blocks", self.decoder_blocks, 0..=10),
            ("half_expansion", self.half_expansion, 1..=16),
            ("parts", self.parts, 1..=16),
            ("late_width", self.late_width, 4..=1024),
            ("late_blocks", self.late_blocks, 0..=8),
            ("window", self.window, 32..=2048),
            ("groups", self.groups, 1..=8),
            ("stages", self.stages, 1..=16),
            ("code_bits", self.code_bits, 1..=12),
            ("code_dims", self.code_dims, 1..=128),
        ];
        check_ranges(sizes)?;
        let refuse = |text: &str| Err(CodecError::Parameter(text.to_owned()));
        if !HOP.is_multiple_of(self.parts) {
            return refuse("parts must divide the 320 samples of a frame");
        }
        if !self.window.is_power_of_two() || self.window < 2 * self.part() {
            return refuse("window must be a power of two of at least two parts of a frame");
        }
        if self.decoder_reach() >= PACKET_FRAMES {
            return refuse("the decoder must see less than a packet to either side");
        }
        Ok(())
    }

    /// Samples from one synthesis window to the next.
    pub fn part(&self) -> usize {
        HOP / self.parts
    }

    /// Bins of a synthesis window.
    pub fn bins(&self) -> usize {
        self.window / 2 + 1
    }

    /// Dimensions of the latent of a frame.
    pub fn latent(&self) -> usize {
        self.groups * self.code_dims
    }

    /// The number of codebooks, all groups of a stage and then those of the next. The quality says how many a stream sends.
    pub fn codebooks(&self) -> usize {
        self.groups * self.stages
    }

    /// Codes of a codebook.
    pub fn codes(&self) -> usize {
        1 << self.code_bits
    }

    /// What the indices look like to the prior.
    pub fn index_shape(&self) -> IndexShape {
        IndexShape {
            groups: self.groups,
            books: self.codebooks(),
            code_bits: self.code_bits as u32,
        }
    }

    /// Frames to either side that a frame's latent depends on.
    pub fn encoder_reach(&self) -> usize {
        self.encoder_blocks * (TAPS / 2)
    }

    /// Frames to either side that the samples of a frame depend on.
    pub fn decoder_reach(&self) -> usize {
        let late = (self.late_blocks * (TAPS / 2) * self.part() + self.window / 2).div_ceil(HOP);
        self.decoder_blocks * (TAPS / 2) + late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_hold_and_odd_sizes_are_refused() {
        let config = SpeechConfig::default();
        config.check().unwrap();
        assert_eq!(config.part() * config.parts, HOP);
        assert!(config.decoder_reach() < PACKET_FRAMES);
        for wrong in [
            SpeechConfig {
                parts: 3,
                ..config.clone()
            },
            SpeechConfig {
                window: 100,
                ..config.clone()
            },
            SpeechConfig {
                decoder_blocks: 10,
                late_blocks: 8,
                parts: 1,
                window: 1024,
                ..config.clone()
            },
            SpeechConfig { stages: 0, ..config },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
