//! Settings: from a file, from the command line, and from checkpoints.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Optimiser, Schedule};
use crate::{ModelError, Result};

/// The settings that the trainer itself needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Steps of the whole run.
    pub steps: u64,
    /// What a step learns from: crops, windows, sounds.
    pub batch: usize,
    /// Of everything random.
    pub seed: u64,
    /// Steps between evaluations on held-out data.
    pub evaluate_every: u64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
}

/// The settings that all networks share: a part of the settings of each, on the same level as the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Steps of the whole run.
    pub steps: u64,
    /// What a step learns from: crops, windows, clips.
    pub batch: usize,
    /// What turns gradients into steps.
    pub optimiser: Optimiser,
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
    /// Of all that is drawn at random: what is learned from, noise, initial weights.
    pub seed: u64,
    /// Steps between evaluations on held-out data.
    pub evaluate_every: u64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            steps: 10_000,
            batch: 8,
            optimiser: Optimiser::default(),
            learning_rate: 1e-3,
            final_learning_rate: 2e-5,
            warmup: 100,
            gradient_norm: 1.0,
            average: 0.999,
            seed: 1,
            evaluate_every: 500,
            checkpoint_every: 250,
        }
    }
}

impl Training {
    /// # Errors
    /// [`ModelError::Parameter`] for settings that cannot work.
    pub fn check(&self) -> Result<()> {
        if self.steps == 0 || self.batch == 0 {
            return Err(ModelError::Parameter("steps and batch must be at least 1".into()));
        }
        self.schedule().check()
    }

    /// What the trainer needs.
    pub fn pace(&self) -> Pace {
        Pace {
            steps: self.steps,
            batch: self.batch,
            seed: self.seed,
            evaluate_every: self.evaluate_every,
            checkpoint_every: self.checkpoint_every,
        }
    }

    /// What the descent needs.
    pub fn schedule(&self) -> Schedule {
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

/// Everything that decides what a run computes, besides the data. The default has a value for each setting, and there are
/// no others.
pub trait Settings: Clone + Default + PartialEq + Serialize + DeserializeOwned {
    /// # Errors
    /// [`ModelError::Parameter`] for settings that cannot work.
    fn check(&self) -> Result<()>;

    /// What the trainer needs.
    fn pace(&self) -> Pace;
}

/// The settings of a JSON file; what it leaves out has its default.
pub(super) fn parse<S: Settings>(json: &[u8]) -> Result<S> {
    let mut tree = serde_json::to_value(S::default()).map_err(refused)?;
    merge(&mut tree, serde_json::from_slice(json).map_err(refused)?, "")?;
    serde_json::from_value(tree).map_err(refused)
}

/// Puts what is given in the place of defaults. Only what has a default is known.
fn merge(tree: &mut Value, given: Value, path: &str) -> Result<()> {
    let (Value::Object(known), Value::Object(given)) = (&mut *tree, &given) else {
        *tree = given;
        return Ok(());
    };
    for (key, value) in given {
        let path = format!("{path}{key}");
        let place = known.get_mut(key).ok_or_else(|| unknown(&path))?;
        merge(place, value.clone(), &format!("{path}."))?;
    }
    Ok(())
}

fn unknown(key: &str) -> ModelError {
    ModelError::Parameter(format!("there is no setting '{key}'"))
}

/// `settings` with single ones changed: `("model.width", "64")`. Values are JSON, or text where they are no JSON.
pub(super) fn change<S: Settings>(settings: S, changes: &[(String, String)]) -> Result<S> {
    if changes.is_empty() {
        return Ok(settings);
    }
    let mut tree = serde_json::to_value(settings).map_err(refused)?;
    for (key, value) in changes {
        let pointer = format!("/{}", key.replace('.', "/"));
        let place = tree.pointer_mut(&pointer).ok_or_else(|| unknown(key))?;
        *place = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.clone()));
    }
    serde_json::from_value(tree).map_err(refused)
}

/// Settings as a checkpoint will give them back: the last bit of a number may change on its way through text, once.
pub(super) fn settle<S: Settings>(mut settings: S) -> Result<S> {
    for _ in 0..4 {
        let text = serde_json::to_vec(&settings).map_err(refused)?;
        let read = parse::<S>(&text)?;
        if read == settings {
            break;
        }
        settings = read;
    }
    Ok(settings)
}

fn refused(error: serde_json::Error) -> ModelError {
    ModelError::Parameter(format!("the settings: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Own {
        width: usize,
        shape: Shape,
        #[serde(flatten)]
        training: Training,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Shape {
        side: usize,
        depths: Vec<usize>,
    }

    impl Default for Own {
        fn default() -> Self {
            Self {
                width: 3,
                shape: Shape {
                    side: 2,
                    depths: vec![1, 2],
                },
                training: Training {
                    warmup: 7,
                    ..Training::default()
                },
            }
        }
    }

    impl Settings for Own {
        fn check(&self) -> Result<()> {
            self.training.check()
        }

        fn pace(&self) -> Pace {
            self.training.pace()
        }
    }

    #[test]
    fn what_a_file_leaves_out_has_the_default_of_its_task() {
        let given = br#"{"steps": 5, "average": 0.9, "optimiser": "soap", "shape": {"depths": [4]}}"#;
        let found: Own = parse(given).unwrap();
        let mut expected = Own::default();
        expected.shape.depths = vec![4];
        expected.training.steps = 5;
        expected.training.average = 0.9;
        expected.training.optimiser = Optimiser::Soap;
        assert_eq!(found, expected);
        assert_eq!(settle(found.clone()).unwrap(), found);
    }

    #[test]
    fn settings_that_nothing_reads_are_refused_by_name() {
        for (json, name) in [
            (r#"{"step": 5}"#, "'step'"),
            (r#"{"shape": {"depth": 1}}"#, "'shape.depth'"),
        ] {
            let refused = parse::<Own>(json.as_bytes()).unwrap_err().to_string();
            assert!(refused.contains(name), "{refused}");
        }
        let changed = |key: &str| change(Own::default(), &[(key.to_owned(), "9".to_owned())]);
        assert_eq!(changed("seed").unwrap().training.seed, 9);
        assert_eq!(changed("shape.side").unwrap().shape.side, 9);
        assert!(changed("shape.sides").is_err());
        assert!(parse::<Own>(b"7").is_err());
    }
}
