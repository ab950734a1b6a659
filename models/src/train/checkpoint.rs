//! Checkpoints: written beside and renamed, so that a kill at any moment leaves the last whole one.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Files, Settings};
use crate::{ModelError, Result};

const PREFIX: &str = "checkpoint-";
const STATE: &str = "state.json";
/// Checkpoints that a run keeps.
const KEPT: usize = 2;

/// A point of a run from which it goes on exactly.
#[derive(Debug)]
pub(super) struct Checkpoint<S> {
    /// Steps done.
    pub(super) step: u64,
    /// Seconds of training so far, over all starts.
    pub(super) seconds: f64,
    /// Settings of the run.
    pub(super) settings: S,
    /// What the task saved.
    pub(super) files: Files,
}

#[derive(Serialize, Deserialize)]
struct State<S> {
    step: u64,
    seconds: f64,
    config: S,
}

impl<S: Settings> Checkpoint<S> {
    /// Writes the checkpoint into `folder` and removes those before the last one.
    pub(super) fn save(&self, folder: &Path) -> Result<()> {
        let name = format!("{PREFIX}{:09}", self.step);
        let part = folder.join(format!(".{name}.part"));
        let whole = folder.join(&name);
        remove(&part)?;
        fs::create_dir_all(&part).map_err(ModelError::io(&part))?;
        let state = State {
            step: self.step,
            seconds: self.seconds,
            config: self.settings.clone(),
        };
        let state = serde_json::to_vec_pretty(&state).map_err(|error| ModelError::Checkpoint(error.to_string()))?;
        let files = self.files.iter().map(|(name, bytes)| (name.as_str(), bytes));
        for (name, bytes) in files.chain([(STATE, &state)]) {
            let path = part.join(name);
            fs::write(&path, bytes).map_err(ModelError::io(&path))?;
        }
        remove(&whole)?;
        fs::rename(&part, &whole).map_err(ModelError::io(&whole))?;
        let mut all = list(folder)?;
        all.truncate(all.len().saturating_sub(KEPT));
        all.iter().try_for_each(|old| remove(old))
    }

    /// The last whole checkpoint in `folder`, if there is one.
    pub(super) fn latest(folder: &Path) -> Result<Option<Self>> {
        list(folder)?.last().map(|path| Self::load(path)).transpose()
    }

    fn load(folder: &Path) -> Result<Self> {
        let mut files = Files::new();
        for entry in fs::read_dir(folder).map_err(ModelError::io(folder))? {
            let path = entry.map_err(ModelError::io(folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, fs::read(&path).map_err(ModelError::io(&path))?);
        }
        let state = files.remove(STATE).unwrap_or_default();
        let state: State<S> =
            serde_json::from_slice(&state).map_err(|error| ModelError::Checkpoint(error.to_string()))?;
        Ok(Self {
            step: state.step,
            seconds: state.seconds,
            settings: state.config,
            files,
        })
    }
}

/// The step of the last whole checkpoint in the folder of a run of any task.
///
/// # Errors
/// [`ModelError::Io`]
pub fn last_step(folder: &Path) -> Result<Option<u64>> {
    Ok(list(folder)?.last().and_then(|path| step_of(path)))
}

fn step_of(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix(PREFIX)?.parse().ok()
}

/// Whole checkpoints, oldest first.
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(ModelError::io(folder))? {
        let path = entry.map_err(ModelError::io(folder))?.path();
        found.extend(step_of(&path).map(|step| (step, path)));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(ModelError::io(folder))?;
    }
    Ok(())
}

/// Writes a file of a run whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, bytes).map_err(ModelError::io(&part))?;
    fs::rename(&part, path).map_err(ModelError::io(path))
}
