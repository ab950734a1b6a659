//! Settings: from a file, from the command line, and from checkpoints.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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

/// Everything that decides what a run computes, besides the data. Types deny unknown fields and have a default for each.
pub trait Settings: Clone + Default + PartialEq + Serialize + DeserializeOwned {
    /// # Errors
    /// [`ModelError::Parameter`] for settings that cannot work.
    fn check(&self) -> Result<()>;

    /// What the trainer needs.
    fn pace(&self) -> Pace;
}

/// The settings of a JSON file; what it leaves out has its default.
pub(super) fn parse<S: Settings>(json: &[u8]) -> Result<S> {
    serde_json::from_slice(json).map_err(refused)
}

/// `settings` with single ones changed: `("model.width", "64")`. Values are JSON, or text where they are no JSON.
pub(super) fn change<S: Settings>(settings: S, changes: &[(String, String)]) -> Result<S> {
    if changes.is_empty() {
        return Ok(settings);
    }
    let mut tree = serde_json::to_value(settings).map_err(refused)?;
    for (key, value) in changes {
        let pointer = format!("/{}", key.replace('.', "/"));
        let unknown = || ModelError::Parameter(format!("there is no setting '{key}'"));
        let place = tree.pointer_mut(&pointer).ok_or_else(unknown)?;
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
