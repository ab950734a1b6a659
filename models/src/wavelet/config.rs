//! The sizes of a wavelet model and the range of rates it is trained for.

use serde::{Deserialize, Serialize};

use crate::{ModelError, Result};

/// Shape of the networks; saved beside the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WaveletConfig {
    /// Channels at an eighth of the resolution (C).
    pub width: usize,
    /// Latent channels at a sixteenth (M).
    pub latents: usize,
    /// Hyper-latent channels at a sixty-fourth (Z).
    pub hyper: usize,
    /// Inner channels of the two context steps.
    pub prior_width: usize,
    /// Residual blocks of the encoder.
    pub encoder_blocks: usize,
    /// Residual blocks of the decoder.
    pub decoder_blocks: usize,
    /// Gain vectors that the quality interpolates.
    pub anchors: usize,
    /// Weight of the distortion at quality 0, per unit of mean squared error on 0..255, in bits per pixel.
    pub lambda_min: f64,
    /// The same at quality 100.
    pub lambda_max: f64,
    /// Quantiser step at quality 0 of a fresh model, on 0..255.
    pub coarsest_step: f64,
    /// Quantiser step at quality 100 of a fresh model, on 0..255.
    pub finest_step: f64,
}

impl Default for WaveletConfig {
    fn default() -> Self {
        // Anchors 3..=10 are the eight of lambda 0.0016..0.08 and steps 48..8; three more at each end continue both.
        let (lambda_ratio, step_ratio) = (50f64.powf(1.0 / 7.0), 6f64.powf(1.0 / 7.0));
        Self {
            width: 128,
            latents: 192,
            hyper: 64,
            prior_width: 256,
            encoder_blocks: 2,
            decoder_blocks: 4,
            anchors: 14,
            lambda_min: 0.0016 / lambda_ratio.powi(3),
            lambda_max: 0.08 * lambda_ratio.powi(3),
            coarsest_step: 48.0 * step_ratio.powi(3),
            finest_step: 8.0 / step_ratio.powi(3),
        }
    }
}

impl WaveletConfig {
    /// # Errors
    /// [`ModelError::Parameter`] for sizes that no model of this kind can have.
    pub fn check(&self) -> Result<()> {
        let sizes = [
            ("width", self.width, 8..=1024),
            ("latents", self.latents, 2..=1024),
            ("hyper", self.hyper, 1..=512),
            ("prior_width", self.prior_width, 8..=1024),
            ("encoder_blocks", self.encoder_blocks, 0..=32),
            ("decoder_blocks", self.decoder_blocks, 0..=32),
            ("anchors", self.anchors, 2..=64),
        ];
        for (name, value, range) in sizes {
            if !range.contains(&value) {
                return Err(ModelError::Parameter(format!(
                    "{name} is {value}, but must be in {range:?}"
                )));
            }
        }
        let ordered = |low: f64, high: f64| low.is_finite() && low > 0.0 && high > low && high.is_finite();
        if !ordered(self.lambda_min, self.lambda_max) || !ordered(self.finest_step, self.coarsest_step) {
            return Err(ModelError::Parameter(
                "lambda and step ranges must be positive and rising".into(),
            ));
        }
        Ok(())
    }

    /// The weight of the distortion at an anchor position of `0.0..=anchors - 1`.
    pub fn lambda(&self, position: f64) -> f64 {
        let share = position / (self.anchors - 1) as f64;
        self.lambda_min * (self.lambda_max / self.lambda_min).powf(share)
    }
}
