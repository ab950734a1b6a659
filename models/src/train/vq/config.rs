//! Settings of the `vq` task.

use std::path::PathBuf;

use lmc_codec::codecs::vq::{NetworkConfig, VqConfig};
use serde::{Deserialize, Serialize};

use crate::looks::Looks;
use crate::train::{Optimiser, Pace, Settings, Training};
use crate::{ModelError, Result};

/// Everything that decides what a run computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VqTrainConfig {
    /// Sizes of the network.
    pub network: NetworkConfig,
    /// The weights file with the code vectors, which stay as they are; the shipped one if there is none.
    pub base: Option<PathBuf>,
    /// The networks that see how pictures look: what `datasets/looks/convert.py` wrote.
    pub looks: PathBuf,
    /// Which of them each step asks, in turn.
    pub turns: Vec<Looks>,
    /// Weight of the distance of looks.
    pub looks_weight: f64,
    /// Weight of the mean squared error of pixels of 0..1.
    pub error_weight: f64,
    /// Least and greatest quality of crops.
    pub quality: [f32; 2],
    /// Side of a crop in pixels, a multiple of 16.
    pub crop: usize,
    /// Crops that are drawn from the data and packed once.
    pub crops: usize,
    /// Least and greatest factor by which pictures are scaled before cropping.
    pub scale: [f64; 2],
    /// Held-out pictures of 256 pixels along a side.
    pub held_out: usize,
    /// Steps, batches and learning rates.
    #[serde(flatten)]
    pub training: Training,
}

impl Default for VqTrainConfig {
    fn default() -> Self {
        Self {
            network: NetworkConfig { width: 128, blocks: 6 },
            base: None,
            looks: "looks.safetensors".into(),
            turns: vec![Looks::Vgg],
            looks_weight: 1.0,
            error_weight: 8.0,
            quality: [20.0, 85.0],
            crop: 128,
            crops: 12_000,
            scale: [0.5, 1.0],
            held_out: 6,
            training: Training {
                steps: 4_000,
                batch: 3,
                optimiser: Optimiser::Soap,
                warmup: 40,
                average: 0.998,
                seed: 24,
                evaluate_every: 200,
                checkpoint_every: 50,
                ..Training::default()
            },
        }
    }
}

impl Settings for VqTrainConfig {
    fn check(&self) -> Result<()> {
        self.training.check()?;
        VqConfig {
            network: Some(self.network),
            ..VqConfig::default()
        }
        .check()?;
        let refuse = |text: &str| Err(ModelError::Parameter(text.to_owned()));
        if self.crops == 0 || self.turns.is_empty() {
            return refuse("crops and turns must be at least 1");
        }
        if self.crop < 64 || !self.crop.is_multiple_of(16) || self.crop > 1024 {
            return refuse("the side of a crop must be a multiple of 16 of 64 to 1024");
        }
        let [low, high] = self.quality;
        if !(0.0 <= low && low <= high && high <= 100.0) {
            return refuse("qualities must rise from 0 or more to at most 100");
        }
        let weights = [self.looks_weight, self.error_weight];
        if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
            return refuse("weights of the loss must not be negative");
        }
        Ok(())
    }

    fn pace(&self) -> Pace {
        self.training.pace()
    }
}
