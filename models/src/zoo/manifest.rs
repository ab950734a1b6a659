//! What a weights file says of itself.

use serde::{Deserialize, Serialize};

use crate::wavelet::WaveletConfig;

/// Who a model is and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `<codec>-<variant>-v<n>`
    pub id: String,
    /// The codec that the weights are for.
    pub codec: String,
    /// Shape of the networks.
    pub config: WaveletConfig,
    /// How it was trained.
    pub training: TrainingRecord,
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
