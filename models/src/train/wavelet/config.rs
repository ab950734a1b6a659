//! Settings of the `wavelet` task.

use lmc_entropy::prior::Context;
use serde::{Deserialize, Serialize};

use crate::train::{Optimiser, Pace, Schedule, Settings};
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
#[serde(default, deny_unknown_fields)]
pub struct WaveletTrainConfig {
    /// Shape and rates of the model.
    pub model: WaveletConfig,
    /// The parts to train; all others stay as they are.
    pub part: Part,
    /// Steps of the whole run.
    pub steps: u64,
    /// Crops per step.
    pub batch: usize,
    /// Side of a crop in pixels, a multiple of 64.
    pub crop: usize,
    /// Crops that are drawn from the data and packed once.
    pub crops: usize,
    /// Least and greatest factor by which pictures are scaled before cropping.
    pub scale: [f64; 2],
    /// Greatest standard deviation of grain that is added to half of all crops, in 8-bit steps.
    pub grain: f64,
    /// What turns gradients into steps.
    pub optimiser: Optimiser,
    /// Learning rate after the warm-up.
    pub learning_rate: f64,
    /// Learning rate at the end of the cosine.
    pub final_learning_rate: f64,
    /// Steps of linear warm-up.
    pub warmup: u64,
    /// Whether the weights to start from were trained for the mean squared error, and their latents are to be scaled to
    /// the distortion of the model first.
    pub rescale_latents: bool,
    /// Largest norm of all gradients together.
    pub gradient_norm: f32,
    /// Share of the average of the weights that a step keeps.
    pub average: f32,
    /// Of crops, noise and initial weights.
    pub seed: u64,
    /// Steps between evaluations on the held-out pictures.
    pub evaluate_every: u64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
}

impl Default for WaveletTrainConfig {
    fn default() -> Self {
        Self {
            model: WaveletConfig::default(),
            part: Part::default(),
            steps: 10_000,
            batch: 8,
            crop: 256,
            crops: 10_000,
            scale: [0.5, 1.0],
            grain: 0.0,
            optimiser: Optimiser::default(),
            learning_rate: 1e-3,
            final_learning_rate: 2e-5,
            warmup: 200,
            rescale_latents: false,
            gradient_norm: 1.0,
            average: 0.999,
            seed: 1,
            evaluate_every: 500,
            checkpoint_every: 250,
        }
    }
}

impl Settings for WaveletTrainConfig {
    fn check(&self) -> Result<()> {
        self.model.check()?;
        self.schedule().check()?;
        let refuse = |text: &str| Err(ModelError::Parameter(text.to_owned()));
        if self.part == Part::DeepContext && !self.model.deep_context {
            return refuse("a model without deep_context has no such part to train");
        }
        if self.steps == 0 || self.crops == 0 {
            return refuse("steps and crops must be at least 1");
        }
        if self.crop == 0 || !self.crop.is_multiple_of(64) || self.crop > 2048 {
            return refuse("the side of a crop must be a multiple of 64 up to 2048");
        }
        Ok(())
    }

    fn pace(&self) -> Pace {
        Pace {
            steps: self.steps,
            batch: self.batch,
            seed: self.seed,
            evaluate_every: self.evaluate_every,
            checkpoint_every: self.checkpoint_every,
        }
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

    pub(super) fn schedule(&self) -> Schedule {
        Schedule {
            optimiser: self.optimiser,
            learning_rate: self.learning_rate,
            final_learning_rate: self.final_learning_rate,
            warmup: self.warmup,
            steps: self.steps,
            gradient_norm: self.gradient_norm,
            average: self.average,
        }
    }
}
