//! What a run is asked for, and the record of how a model came about.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;

use super::Pace;
use super::checkpoint::write_whole;
use crate::zoo::TrainingRecord;
use crate::{ModelError, Result};

/// File in the folder of a run that says how it was started.
const RECORD: &str = "run.json";

/// What a run is asked for.
#[derive(Debug, Clone)]
pub struct Run {
    /// Folder of the run; made if need be.
    pub folder: PathBuf,
    /// Folders or files to train on.
    pub data: Vec<PathBuf>,
    /// Folders or files to measure on, never trained on.
    pub held_out: Vec<PathBuf>,
    /// Settings, a JSON file. A run that goes on keeps its own.
    pub config: Option<PathBuf>,
    /// Single settings and their values, as `("model.width", "64")`; for a run that goes on too.
    pub set: Vec<(String, String)>,
    /// Weights to start from. A run that goes on has its own.
    pub init: Option<PathBuf>,
    /// Where to compute, without tracking of gradients.
    pub device: Device,
    /// Name of the device, for the record.
    pub device_name: String,
    /// The command, for the record.
    pub command: String,
    /// Commit of the source code, for the record.
    pub commit: String,
}

/// How a model is to be named.
#[derive(Debug, Clone)]
pub struct Export {
    /// `<codec>-<variant>-v<n>`
    pub id: String,
    /// What readers of the model should know.
    pub notes: String,
}

/// A weights file.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the export measured, in a few words.
    pub summary: String,
}

impl Run {
    /// The record of a run that starts now.
    pub(super) fn record(&self, data: String, origin: &str) -> TrainingRecord {
        let start = self.init.as_ref().and_then(|path| path.file_name());
        TrainingRecord {
            command: self.command.clone(),
            data: format!("{}: {data}", short_names(&self.data)),
            start: start.map_or(origin.to_owned(), |name| name.to_string_lossy().into_owned()),
            commit: self.commit.clone(),
            device: self.device_name.clone(),
            ..TrainingRecord::default()
        }
    }
}

/// The last part of each path: records should not tell how a machine's folders are called.
fn short_names(paths: &[PathBuf]) -> String {
    let names = paths.iter().filter_map(|path| path.file_name());
    let names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.join(", ")
}

pub(super) fn write(record: &TrainingRecord, folder: &Path) -> Result<()> {
    let text = serde_json::to_vec_pretty(record).map_err(|error| ModelError::Checkpoint(error.to_string()))?;
    write_whole(&folder.join(RECORD), &text)
}

/// The record in `folder` after `step` steps; little is known where there is none.
pub(super) fn read(folder: &Path, pace: Pace, step: u64, seconds: f64) -> TrainingRecord {
    let text = fs::read(folder.join(RECORD)).unwrap_or_default();
    TrainingRecord {
        seed: pace.seed,
        steps: step,
        batch: pace.batch,
        hours: seconds / 3600.0,
        ..serde_json::from_slice(&text).unwrap_or_default()
    }
}
