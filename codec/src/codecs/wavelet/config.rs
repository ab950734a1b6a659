//! The sizes of a wavelet model and the range of rates it is trained for.

use lmc_entropy::prior::Context;
use serde::{Deserialize, Serialize};

use crate::error::{CodecError, Result, check_ranges};
use crate::quality::Quality;

/// How the difference of two pictures becomes one number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distortion {
    /// The mean squared error of RGB.
    #[default]
    Mse,
    /// Squared errors of bands in luma and chroma, less of them at high frequencies, in chroma, and beside strong
    /// texture, which hides them. Close to what SSIMULACRA2 sees, and as cheap as the mean squared error.
    Perceptual,
}

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
    /// What errors count.
    pub distortion: Distortion,
    /// Whether latents are quantised by a trellis instead of each for itself.
    pub trellis: bool,
    /// Whether there is a context of four steps besides that of two.
    pub deep_context: bool,
}

/// How much more errors count than in training, which counted the bits of noisy latents: the slope of rates of real streams over
/// their errors is 1.2 to 1.5 times as steep.
const EMPHASIS: f64 = 1.3;

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
            distortion: Distortion::Mse,
            trellis: false,
            deep_context: false,
        }
    }
}

impl WaveletConfig {
    /// # Errors
    /// [`CodecError::Parameter`] for sizes that no model of this kind can have.
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
        check_ranges(sizes)?;
        if self.deep_context && (self.latents < 4 || !self.trellis) {
            let reason = "deep_context needs a trellis and at least 4 latents";
            return Err(CodecError::Parameter(reason.into()));
        }
        let ordered = |low: f64, high: f64| low.is_finite() && low > 0.0 && high > low && high.is_finite();
        if !ordered(self.lambda_min, self.lambda_max) || !ordered(self.finest_step, self.coarsest_step) {
            return Err(CodecError::Parameter(
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

    /// The bits that a mean error of 1, on 0..=255 and squared and weighted as the model is trained, is worth for each pixel.
    pub fn worth_of_errors(&self, quality: Quality) -> f64 {
        self.lambda(f64::from(quality.position(self.anchors))) * EMPHASIS
    }
}

/// Multiplications of the networks for each pixel of the picture, padding aside. The wavelet packet is no network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MacsPerPixel {
    /// `g_a`, which the encoder runs.
    pub analysis: f64,
    /// `h_a`, which the encoder runs.
    pub hyper_analysis: f64,
    /// The integer prior with two context steps, `h_s` and both of them, which encoder and decoder run.
    pub prior: f64,
    /// The same with four steps, where the model has them.
    pub deep_prior: Option<f64>,
    /// `g_s`, which the decoder runs.
    pub synthesis: f64,
}

impl WaveletConfig {
    /// What the networks cost.
    pub fn macs_per_pixel(&self) -> MacsPerPixel {
        let [c, m, z, p] = [self.width, self.latents, self.hyper, self.prior_width].map(|n| n as f64);
        let bands = lmc_kernels::packet::BANDS as f64;
        let block = |channels: f64, kernel: f64| 6.0 * channels * channels + kernel * kernel * channels;
        let blocks = |count: usize| count as f64 * block(c, 3.0);
        // Pixels for each position at an eighth of the resolution, and so on.
        let [at8, at16, at32, at64] = [64.0, 256.0, 1024.0, 4096.0].map(|pixels| move |macs: f64| macs / pixels);
        let steps = |context: Context| {
            // A position needs the outputs of one group of channels only.
            let groups = context.count() as f64;
            let step = |inputs: f64, kernel: f64| inputs * p + block(p, kernel) + p * 2.0 * m / groups;
            at16(step(m, 3.0) + (groups - 1.0) * step(2.0 * m, 5.0))
        };
        let hyper = at64(4.0 * z * z) + at32(block(z, 3.0) + 4.0 * z * m) + at16(block(m, 3.0));
        MacsPerPixel {
            analysis: at8(bands * c + blocks(self.encoder_blocks)) + at16(4.0 * (c + bands) * m),
            hyper_analysis: at16(m * z + block(z, 3.0)) + at32(4.0 * z * z) + at64(4.0 * z * z),
            prior: hyper + steps(Context::Two),
            deep_prior: self.deep_context.then(|| hyper + steps(Context::Four)),
            synthesis: at16(4.0 * (c + bands) * m) + at8(blocks(self.decoder_blocks) + c * bands),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_those_of_the_layers() {
        let config = WaveletConfig {
            width: 8,
            latents: 2,
            hyper: 1,
            prior_width: 8,
            encoder_blocks: 0,
            decoder_blocks: 0,
            ..WaveletConfig::default()
        };
        let costs = config.macs_per_pixel();
        assert_eq!(costs.analysis, 192.0 * 8.0 / 64.0 + 4.0 * 200.0 * 2.0 / 256.0);
        assert_eq!(costs.synthesis, costs.analysis);
        assert_eq!(costs.hyper_analysis, (2.0 + 15.0) / 256.0 + 4.0 / 1024.0 + 4.0 / 4096.0);
        let one_more = WaveletConfig {
            decoder_blocks: 1,
            ..config
        }
        .macs_per_pixel();
        assert_eq!(one_more.synthesis - costs.synthesis, (6.0 * 64.0 + 9.0 * 8.0) / 64.0);
        assert_eq!(costs.deep_prior, None);
    }

    #[test]
    fn four_steps_cost_less_than_twice_two() {
        let config = WaveletConfig {
            latents: 4,
            prior_width: 8,
            deep_context: true,
            ..WaveletConfig::default()
        };
        let costs = config.macs_per_pixel();
        let (first, later) = (4.0 * 8.0 + 6.0 * 64.0 + 9.0 * 8.0, 8.0 * 8.0 + 6.0 * 64.0 + 25.0 * 8.0);
        let two = first + later + 2.0 * 32.0;
        let four = first + 3.0 * later + 4.0 * 16.0;
        assert_eq!(costs.deep_prior, Some(costs.prior + (four - two) / 256.0));
    }
}
