//! How gradients become steps: optimiser, learning rate, clipping, average.

use burn::optim::{AdamConfig, ModuleOptimizer};
use serde::{Deserialize, Serialize};

use super::soap::Soap;
use crate::{ModelError, Result};

/// What turns gradients into steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// Each weight by itself.
    #[default]
    Adam,
    /// Adam in the eigenbases of the gradients of a layer.
    Soap,
}

impl Optimiser {
    pub(super) fn init(self) -> ModuleOptimizer {
        match self {
            Self::Adam => AdamConfig::new()
                .with_beta_1(0.9)
                .with_beta_2(0.99)
                .with_epsilon(1e-8)
                .init(),
            Self::Soap => Soap::init(),
        }
    }
}

/// The settings of a descent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// What turns gradients into steps.
    pub optimiser: Optimiser,
    /// Learning rate after the warm-up.
    pub learning_rate: f64,
    /// Learning rate at the end of the cosine.
    pub final_learning_rate: f64,
    /// Steps of linear warm-up.
    pub warmup: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Largest norm of all gradients together.
    pub gradient_norm: f32,
    /// Share of the average of the weights that a step keeps.
    pub average: f32,
}

impl Schedule {
    /// # Errors
    /// [`ModelError::Parameter`] for settings that cannot work.
    pub fn check(&self) -> Result<()> {
        let refuse = |text: &str| Err(ModelError::Parameter(text.to_owned()));
        if !(0.0..1.0).contains(&self.average) {
            return refuse("average must be in 0..1");
        }
        let norm = f64::from(self.gradient_norm);
        let rates = [self.learning_rate, self.final_learning_rate, norm];
        if rates.iter().any(|rate| !rate.is_finite() || *rate <= 0.0) {
            return refuse("learning rates and gradient norm must be positive");
        }
        Ok(())
    }

    /// The learning rate of a step: linear warm-up, then a cosine to the end of the run.
    pub fn learning_rate_at(&self, step: u64) -> f64 {
        if step < self.warmup {
            return self.learning_rate * (step + 1) as f64 / self.warmup as f64;
        }
        let span = self.steps.saturating_sub(self.warmup).max(1) as f64;
        let share = ((step - self.warmup) as f64 / span).min(1.0);
        let swing = 0.5 * (1.0 + (std::f64::consts::PI * share).cos());
        self.final_learning_rate + (self.learning_rate - self.final_learning_rate) * swing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_warms_up_and_falls_to_the_last_one() {
        let schedule = Schedule {
            optimiser: Optimiser::Adam,
            learning_rate: 1e-2,
            final_learning_rate: 1e-4,
            warmup: 10,
            steps: 110,
            gradient_norm: 1.0,
            average: 0.9,
        };
        schedule.check().unwrap();
        let rate = |step| schedule.learning_rate_at(step);
        assert!((rate(0) - 1e-3).abs() < 1e-12 && (rate(10) - 1e-2).abs() < 1e-12);
        assert!((10..110).all(|step| rate(step) > rate(step + 1)));
        assert!((rate(110) - 1e-4).abs() < 1e-12 && rate(500) == rate(110));
        assert!(
            Schedule {
                average: 1.0,
                ..schedule
            }
            .check()
            .is_err()
        );
        assert!(
            Schedule {
                learning_rate: f64::NAN,
                ..schedule
            }
            .check()
            .is_err()
        );
    }
}
