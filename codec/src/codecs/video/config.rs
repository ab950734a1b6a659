//! The sizes of a video model.

use serde::{Deserialize, Serialize};

use super::motion::TAP_COUNT;
use crate::codecs::wavelet::WaveletConfig;
use crate::{CodecError, Result};

/// Numbers of a latent position that tell of motion: whether the last frame has latents, its speed, how much vectors
/// around differ, the quality, and by how much that of the reference is higher.
pub const MOTION_FEATURES: usize = 5;

/// Fractional bits of what the network of the temporal side features gets: the bands of the prediction and the inputs
/// of each position.
pub const SIDE_FRACTION_BITS: u32 = 12;

/// Shape of the networks for predicted frames; saved beside the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VideoConfig {
    /// What they share with those of images.
    pub image: WaveletConfig,
    /// Whether the prior sees the prediction, the latents of the last frame and the motion.
    pub side_features: bool,
    /// Inner channels of the network that does (S).
    pub side_width: usize,
}

impl Default for VideoConfig {
    fn default() -> Self {
        Self {
            image: WaveletConfig {
                latents: 320,
                ..WaveletConfig::default()
            },
            side_features: true,
            side_width: 96,
        }
    }
}

/// Multiplications for each pixel of a predicted frame, padding aside. The wavelet packet, which lifts, is not counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VideoMacs {
    /// Analysis and hyper analysis, which the encoder runs.
    pub analysis: f64,
    /// Synthesis, the bands of the prediction included.
    pub synthesis: f64,
    /// Hyper synthesis and both context steps.
    pub prior: f64,
    /// The network of the temporal side features.
    pub side: f64,
    /// Interpolation and overlap where the four vectors around each pixel differ.
    pub compensation: f64,
}

impl VideoMacs {
    /// What a decoder needs.
    pub fn decoder(&self) -> f64 {
        self.synthesis + self.prior + self.side + self.compensation
    }

    /// What an encoder needs besides the search.
    pub fn encoder(&self) -> f64 {
        self.decoder() + self.analysis
    }
}

impl VideoConfig {
    /// # Errors
    /// [`CodecError::Parameter`] for sizes that no model of this kind can have.
    pub fn check(&self) -> Result<()> {
        self.image.check()?;
        if !(8..=512).contains(&self.side_width) {
            return Err(CodecError::Parameter(format!(
                "side_width is {}, but must be in 8..=512",
                self.side_width
            )));
        }
        if self.image.deep_context {
            let reason = "a video model has the context of two steps alone: deep_context must be false";
            return Err(CodecError::Parameter(reason.into()));
        }
        Ok(())
    }

    /// Numbers of a latent position that the side network gets besides the bands: latents, their sizes, motion.
    pub fn side_inputs(&self) -> usize {
        2 * self.image.latents + MOTION_FEATURES
    }

    /// What the networks cost.
    pub fn macs_per_pixel(&self) -> VideoMacs {
        let image = self.image.macs_per_pixel();
        let bands = lmc_kernels::packet::BANDS as f64;
        let [c, m, s] = [self.image.width, self.image.latents, self.side_width].map(|n| n as f64);
        let seen = bands * c / 64.0;
        let inputs = 4.0 * s + self.side_inputs() as f64;
        let side = bands * s / 64.0 + (inputs * s + 6.0 * s * s + 25.0 * s + s * m) / 256.0;
        let taps = TAP_COUNT as f64;
        // A tile of 8x8 needs 15 rows before its columns are filtered.
        let tile = taps * 15.0 / 8.0 + taps;
        VideoMacs {
            analysis: image.analysis + image.hyper_analysis + seen,
            synthesis: image.synthesis + seen,
            prior: image.prior,
            side: if self.side_features { side } else { 0.0 },
            compensation: 3.0 * 4.0 * (tile + 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicted_frames_stay_within_their_budget() {
        let costs = VideoConfig::default().macs_per_pixel();
        assert!(costs.decoder() < 25_000.0, "{costs:?}");
        assert!(costs.encoder() < 25_000.0, "{costs:?}");
        let plain = VideoConfig {
            side_features: false,
            ..VideoConfig::default()
        };
        let without = plain.macs_per_pixel();
        assert_eq!(without.decoder() + costs.side, costs.decoder());
    }

    #[test]
    fn side_costs_are_those_of_the_layers() {
        let config = VideoConfig {
            image: WaveletConfig {
                latents: 2,
                ..WaveletConfig::default()
            },
            side_width: 8,
            ..VideoConfig::default()
        };
        let inputs = 4.0 * 8.0 + 2.0 * 2.0 + 5.0;
        let at16 = inputs * 8.0 + 6.0 * 64.0 + 25.0 * 8.0 + 8.0 * 2.0;
        assert_eq!(config.macs_per_pixel().side, 192.0 * 8.0 / 64.0 + at16 / 256.0);
    }

    #[test]
    fn odd_sizes_are_refused() {
        for config in [
            VideoConfig {
                side_width: 4,
                ..VideoConfig::default()
            },
            VideoConfig {
                image: WaveletConfig {
                    trellis: true,
                    deep_context: true,
                    ..WaveletConfig::default()
                },
                ..VideoConfig::default()
            },
        ] {
            assert!(config.check().is_err());
        }
        assert!(VideoConfig::default().check().is_ok());
    }
}
