//! Settings of the `speech` task.

use serde::{Deserialize, Serialize};

use crate::speech::{HOP, LossWeights, SpeechConfig};
use crate::train::{Optimiser, Pace, Schedule, Settings};
use crate::{ModelError, Result};

/// Everything that decides what a run computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeechTrainConfig {
    /// Shape of the model.
    pub model: SpeechConfig,
    /// Terms of the loss.
    pub loss: LossWeights,
    /// Steps of the whole run.
    pub steps: u64,
    /// Windows per step.
    pub batch: usize,
    /// Frames of a window, 20 ms each.
    pub frames: usize,
    /// Steps before the quantiser is started; latents go through as they are till then.
    pub free_steps: u64,
    /// Frames that the codebooks are started from.
    pub start_frames: usize,
    /// Weight of the distance of latents from their codes, against the variance of the latents.
    pub commitment: f32,
    /// How often the first so many stages are sent, one weight for each stage; half a stage, one group of it, is drawn
    /// as often as a whole one.
    pub stage_weights: Vec<f32>,
    /// Learning rate after the warm-up.
    pub learning_rate: f64,
    /// Learning rate at the end of the cosine.
    pub final_learning_rate: f64,
    /// Steps of linear warm-up.
    pub warmup: u64,
    /// Largest norm of all gradients together.
    pub gradient_norm: f32,
    /// Share of the average of the weights that a step keeps.
    pub average: f32,
    /// Of windows, stages and initial weights.
    pub seed: u64,
    /// Steps between evaluations on the held-out sounds.
    pub evaluate_every: u64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
}

impl Default for SpeechTrainConfig {
    fn default() -> Self {
        Self {
            model: SpeechConfig::default(),
            loss: LossWeights::default(),
            steps: 6_000,
            batch: 16,
            frames: 75,
            free_steps: 200,
            start_frames: 8_000,
            commitment: 0.2,
            stage_weights: vec![1.0, 2.0, 4.0, 1.5, 1.0, 1.0],
            learning_rate: 1e-3,
            final_learning_rate: 2e-5,
            warmup: 100,
            gradient_norm: 1.0,
            average: 0.998,
            seed: 1,
            evaluate_every: 500,
            checkpoint_every: 100,
        }
    }
}

impl Settings for SpeechTrainConfig {
    fn check(&self) -> Result<()> {
        self.model.check()?;
        self.schedule().check()?;
        let refuse = |text: &str| Err(ModelError::Parameter(text.to_owned()));
        if self.steps == 0 || !(1..=1024).contains(&self.batch) || !(8..=3000).contains(&self.frames) {
            return refuse("steps must be at least 1, batch 1 to 1024 and frames 8 to 3000");
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
        Pace {
            steps: self.steps,
            batch: self.batch,
            seed: self.seed,
            evaluate_every: self.evaluate_every,
            checkpoint_every: self.checkpoint_every,
        }
    }
}

impl SpeechTrainConfig {
    /// Samples of a window.
    pub(super) fn samples(&self) -> usize {
        self.frames * HOP
    }

    pub(super) fn schedule(&self) -> Schedule {
        Schedule {
            optimiser: Optimiser::Adam,
            learning_rate: self.learning_rate,
            final_learning_rate: self.final_learning_rate,
            warmup: self.warmup,
            steps: self.steps,
            gradient_norm: self.gradient_norm,
            average: self.average,
        }
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
