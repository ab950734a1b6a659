//! Settings of the `speech` task.

use serde::{Deserialize, Serialize};

use crate::speech::{HOP, LossWeights, SpeechConfig};
use crate::train::{Pace, Settings, Training};
use crate::{ModelError, Result};

/// Everything that decides what a run computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpeechTrainConfig {
    /// Shape of the model.
    pub model: SpeechConfig,
    /// Terms of the loss.
    pub loss: LossWeights,
    /// Frames of a window, 20 ms each.
    pub frames: usize,
    /// Steps before the quantiser is started; latents go through as they are till then.
    pub free_steps: u64,
    /// Frames that the codebooks are started from.
    pub start_frames: usize,
    /// Weight of the distance of latents from their codes, against the variance of the latents.
    pub commitment: f32,
    /// For each stage, how often the stages up to it are sent. Half a stage, one group of it, is drawn as often as a
    /// whole one.
    pub stage_weights: Vec<f32>,
    /// Steps, batches and learning rates.
    #[serde(flatten)]
    pub training: Training,
}

impl Default for SpeechTrainConfig {
    fn default() -> Self {
        Self {
            model: SpeechConfig::default(),
            loss: LossWeights::default(),
            frames: 75,
            free_steps: 200,
            start_frames: 8_000,
            commitment: 0.2,
            stage_weights: vec![1.0, 2.0, 4.0, 1.5, 1.0, 1.0],
            training: Training {
                steps: 6_000,
                batch: 16,
                average: 0.998,
                checkpoint_every: 100,
                ..Training::default()
            },
        }
    }
}

impl Settings for SpeechTrainConfig {
    fn check(&self) -> Result<()> {
        self.model.check()?;
        self.training.check()?;
        let refuse = |text: &str| Err(ModelError::Parameter(text.to_owned()));
        if !(1..=1024).contains(&self.training.batch) || !(8..=3000).contains(&self.frames) {
            return refuse("batch must be 1 to 1024 and frames 8 to 3000");
        }
        if self.start_frames == 0 || self.start_frames > 1 << 20 {
            return refuse("start_frames must be 1 to 1048576");
        }
        let weights = &self.stage_weights;
        if weights.len() != self.model.stages
            || weights.iter().any(|w| !w.is_finite() || *w < 0.0)
            || weights.iter().sum::<f32>() <= 0.0
        {
            return refuse("stage_weights must be one weight for each stage, none below zero and not all zero");
        }
        if !self.commitment.is_finite() || self.commitment < 0.0 {
            return refuse("commitment must not be below zero");
        }
        Ok(())
    }

    fn pace(&self) -> Pace {
        self.training.pace()
    }
}

impl SpeechTrainConfig {
    /// Samples of a window.
    pub(super) fn samples(&self) -> usize {
        self.frames * HOP
    }

    /// How many codebooks a window sends, for a number of 0..1.
    pub(super) fn codebooks_for(&self, chance: f32) -> usize {
        let groups = self.model.groups;
        let total: f32 = self.stage_weights.iter().sum();
        let mut left = chance * total;
        for (stage, weight) in self.stage_weights.iter().enumerate() {
            if left < *weight {
                // The share within the stage tells whole from part: half of the draws send all of its groups.
                let missing = ((left / weight * 2.0).fract() * groups as f32) as usize;
                let missing = if left / weight < 0.5 {
                    0
                } else {
                    missing.min(groups - 1)
                };
                return (stage + 1) * groups - missing;
            }
            left -= weight;
        }
        self.model.codebooks()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rate_is_drawn_and_three_stages_most() {
        let config = SpeechTrainConfig::default();
        config.check().unwrap();
        let mut seen = [0; 13];
        for draw in 0..10_000 {
            seen[config.codebooks_for(draw as f32 / 10_000.0)] += 1;
        }
        assert_eq!(seen[0], 0);
        assert!(seen[1..].iter().all(|n| *n > 100), "{seen:?}");
        assert_eq!(seen.iter().max(), Some(&seen[6]), "{seen:?}");
    }
}
