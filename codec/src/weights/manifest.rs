//! What a weights file says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::read_tensors;
use crate::{CodecError, Result};

/// What manifests of all codecs have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestHead {
    /// `<codec>-<variant>-v<n>`
    pub id: String,
    /// The codec that the weights are for.
    pub codec: String,
    /// How it was trained.
    pub training: TrainingRecord,
    /// What else its codec says.
    #[serde(flatten)]
    pub rest: BTreeMap<String, serde_json::Value>,
}

impl ManifestHead {
    /// Reads the manifest of a weights file of any codec.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for anything that is no weights file.
    pub fn parse(weights: &[u8]) -> Result<Self> {
        let contents = read_tensors(weights)?;
        let manifest = contents.metadata.get("manifest");
        let manifest = manifest.ok_or_else(|| CodecError::Weights("there is no manifest".into()))?;
        serde_json::from_str(manifest).map_err(|error| CodecError::Weights(format!("the manifest: {error}")))
    }
}

/// How a model was trained.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingRecord {
    /// The command that makes it again.
    pub command: String,
    /// The pictures.
    pub data: String,
    /// What the weights started from.
    pub start: String,
    /// Of crops, noise and initial weights.
    pub seed: u64,
    /// Of the source code.
    pub commit: String,
    /// Steps done.
    pub steps: u64,
    /// Crops per step.
    pub batch: usize,
    /// Wall time of the steps, in hours.
    pub hours: f64,
    /// What it ran on.
    pub device: String,
    /// Anything else a reader should know.
    pub notes: String,
}
