//! Settings of the `wavelet` task.

use lmc_entropy::prior::Context;
use serde::{Deserialize, Serialize};

use crate::train::{Pace, Settings, Training};
use crate::wavelet::WaveletConfig;
use crate::{ModelError, Result};

/// What of a model is trained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All but the context of four steps.
    #[default]
    Main,
    /// The context of four steps alone.
    DeepContext,
}

/// Everything that decides what a run computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WaveletTrainConfig {
    /// Shape and rates of the model.
    pub model: WaveletConfig,
    /// The parts to train; all others stay as they are.
    pub part: Part,
    /// Side of a crop in pixels, a multiple of 64.
    pub crop: usize,
    /// Crops that are drawn from the data and packed once.
    pub crops: usize,
    /// Least and greatest factor by which pictures are scaled before cropping.
    pub scale: [f64; 2],
    /// Greatest standard deviation of grain that is added to half of all crops, in 8-bit steps.
    pub grain: f64,
    /// Whether the weights to start from were trained for the mean squared error, and their latents are to be scaled to
    /// the distortion of the model first.
    pub rescale_latents: bool,
    /// Steps, batches and learning rates.
    #[serde(flatten)]
    pub training: Training,
}

impl Default for WaveletTrainConfig {
    fn default() -> Self {
        Self {
            model: WaveletConfig::default(),
            part: Part::default(),
            crop: 256,
            crops: 10_000,
            scale: [0.5, 1.0],
            grain: 0.0,
            rescale_latents: false,
            training: Training {
                warmup: 200,
                ..Training::default()
            },
        }
    }
}

impl Settings for WaveletTrainConfig {
    fn check(&self) -> Result<()> {
        self.model.check()?;
        self.training.check()?;
        let refuse = |text: &str| Err(ModelError::Parameter(text.to_owned()));
        if self.part == Part::DeepContext && !self.model.deep_context {
            return refuse("a model without deep_context has no such part to train");
        }
        if self.crops == 0 {
            return refuse("crops must be at least 1");
        }
        if self.crop == 0 || !self.crop.is_multiple_of(64) || self.crop > 2048 {
            return refuse("the side of a crop must be a multiple of 64 up to 2048");
        }
        Ok(())
    }

    fn pace(&self) -> Pace {
        self.training.pace()
    }
}

impl WaveletTrainConfig {
    /// The context whose rates are trained.
    pub(super) fn context(&self) -> Context {
        match self.part {
            Part::Main => Context::Two,
            Part::DeepContext => Context::Four,
        }
    }
}
