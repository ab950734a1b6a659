//! Checkpoints: written beside and renamed, so that a kill at any moment leaves the last whole one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::TrainConfig;
use crate::wavelet::Params;
use crate::zoo::{Storage, read_tensors, write_tensors};
use crate::{ModelError, Result};

const PREFIX: &str = "checkpoint-";
const WEIGHTS: &str = "weights.safetensors";
const AVERAGE: &str = "average.safetensors";
const OPTIMIZER: &str = "optimizer.bpk";
const STATE: &str = "state.json";

/// A point of a run from which it goes on exactly; `C` are the settings of the model's kind.
#[derive(Debug)]
pub struct Checkpoint<C = TrainConfig> {
    /// Steps done.
    pub step: u64,
    /// Seconds of training so far, over all starts.
    pub seconds: f64,
    /// Settings of the run.
    pub config: C,
    /// The weights.
    pub weights: Params,
    /// Their running average, which is what ships.
    pub average: Params,
    /// State of the optimizer.
    pub optimizer: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct State<C> {
    step: u64,
    seconds: f64,
    config: C,
}

impl<C: Clone + Serialize + DeserializeOwned> Checkpoint<C> {
    /// Writes the checkpoint into `folder` and removes those before the last one.
    ///
    /// # Errors
    /// [`ModelError::Io`]
    pub fn save(&self, folder: &Path) -> Result<()> {
        let name = format!("{PREFIX}{:09}", self.step);
        let part = folder.join(format!(".{name}.part"));
        let whole = folder.join(&name);
        remove(&part)?;
        fs::create_dir_all(&part).map_err(ModelError::io(&part))?;
        let store = |params: &Params| write_tensors(params, Storage::Single, &BTreeMap::new(), BTreeMap::new());
        let state = State {
            step: self.step,
            seconds: self.seconds,
            config: self.config.clone(),
        };
        let state = serde_json::to_vec_pretty(&state).map_err(|error| ModelError::Checkpoint(error.to_string()))?;
        for (name, bytes) in [
            (WEIGHTS, store(&self.weights)?),
            (AVERAGE, store(&self.average)?),
            (OPTIMIZER, self.optimizer.clone()),
            (STATE, state),
        ] {
            let path = part.join(name);
            fs::write(&path, bytes).map_err(ModelError::io(&path))?;
        }
        remove(&whole)?;
        fs::rename(&part, &whole).map_err(ModelError::io(&whole))?;
        let mut all = list(folder)?;
        all.truncate(all.len().saturating_sub(2));
        all.iter().try_for_each(|old| remove(old))
    }

    /// Reads a checkpoint folder.
    ///
    /// # Errors
    /// [`ModelError::Io`], [`ModelError::Checkpoint`] and [`ModelError::Weights`]
    pub fn load(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map_err(ModelError::io(&path))
        };
        let state: State<C> =
            serde_json::from_slice(&read(STATE)?).map_err(|error| ModelError::Checkpoint(error.to_string()))?;
        Ok(Self {
            step: state.step,
            seconds: state.seconds,
            config: state.config,
            weights: read_tensors(&read(WEIGHTS)?)?.params,
            average: read_tensors(&read(AVERAGE)?)?.params,
            optimizer: read(OPTIMIZER)?,
        })
    }
}

/// The last whole checkpoint in `folder`, if there is one.
///
/// # Errors
/// Those of [`Checkpoint::load`].
pub fn latest<C: Clone + Serialize + DeserializeOwned>(folder: &Path) -> Result<Option<Checkpoint<C>>> {
    list(folder)?.last().map(|path| Checkpoint::load(path)).transpose()
}

/// Whole checkpoints, oldest first.
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(ModelError::io(folder))? {
        let entry = entry.map_err(ModelError::io(folder))?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(ModelError::io(folder))?;
    }
    Ok(())
}
