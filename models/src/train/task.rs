//! What a task is to the trainer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;

use super::{Exported, Settings, Watch};
use crate::Result;
use crate::zoo::Manifest;

/// A number that a step or an evaluation measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Column of the log.
    pub name: &'static str,
    /// The value.
    pub value: f64,
}

impl Score {
    /// A score of this name.
    pub fn new(name: &'static str, value: impl Into<f64>) -> Self {
        let value = value.into();
        Self { name, value }
    }
}

/// Where a task finds its data.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// Folders or files to train on.
    pub data: &'a [PathBuf],
    /// Folders or files to measure on, never trained on.
    pub held_out: &'a [PathBuf],
    /// Folder of the run, where packed data may lie; exists.
    pub folder: &'a Path,
}

/// Batches of the steps from one on, in order.
pub type Batches<B> = Box<dyn Iterator<Item = Result<B>> + Send>;

/// The data of a run.
pub trait Data {
    /// What one step learns from.
    type Batch: Send + 'static;

    /// The batches from `step` on: a function of settings, data and step, the same each time it is asked.
    ///
    /// # Errors
    /// Unreadable data.
    fn batches(&self, step: u64) -> Result<Batches<Self::Batch>>;

    /// What the data are, for the record of the model: names of folders, how much.
    fn describe(&self) -> String;

    /// Steps of the whole run where the amount of data decides them.
    fn steps(&self) -> Option<u64> {
        None
    }
}

/// Files of a checkpoint by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Something that learns from one batch after the other.
pub trait Task: Sized {
    /// Name of the task and of the codec it trains.
    const NAME: &'static str;
    /// What it trains, in a line.
    const ABOUT: &'static str;
    /// What it starts from without weights, for the record.
    const ORIGIN: &'static str;
    /// Everything that decides what a run computes, besides the data.
    type Settings: Settings;
    /// The data.
    type Data: Data;

    /// Finds and packs the data.
    ///
    /// # Errors
    /// Unreadable folders; [`ModelError::Parameter`](crate::ModelError::Parameter) if nothing can be used.
    fn open(settings: &Self::Settings, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<Self::Data>;

    /// Starts from nothing, or from the bytes of a weights file or a checkpoint's weights.
    ///
    /// # Errors
    /// Unusable weights or data.
    fn start(settings: &Self::Settings, device: &Device, init: Option<&[u8]>, data: &Self::Data) -> Result<Self>;

    /// Goes on from what [`Self::save`] gave.
    ///
    /// # Errors
    /// [`ModelError::Checkpoint`](crate::ModelError::Checkpoint) and
    /// [`ModelError::Weights`](crate::ModelError::Weights) for files that do not fit.
    fn restore(settings: &Self::Settings, device: &Device, files: &Files) -> Result<Self>;

    /// All that a run needs to go on with the same bits.
    ///
    /// # Errors
    /// What cannot be serialised.
    fn save(&self) -> Result<Files>;

    /// Called before each step; for what a task does once, at a certain step.
    ///
    /// # Errors
    /// Unreadable data.
    fn prepare(&mut self, _step: u64, _data: &Self::Data) -> Result<()> {
        Ok(())
    }

    /// Learns from the batch of a step, counted from 0. Returns the same scores in the same order each time.
    ///
    /// # Errors
    /// [`ModelError::Parameter`](crate::ModelError::Parameter) if learning went astray.
    fn step(&mut self, step: u64, batch: <Self::Data as Data>::Batch) -> Result<Vec<Score>>;

    /// Measures on held-out data: one row of scores for each point; none where there are no such data.
    ///
    /// # Errors
    /// What the model refuses.
    fn evaluate(&self, data: &Self::Data) -> Result<Vec<Vec<Score>>>;

    /// Makes a weights file. `folder` is that of the run, with what [`Self::open`] packed there.
    ///
    /// # Errors
    /// Missing data; what the codec refuses.
    fn export(&self, manifest: Manifest<()>, folder: &Path, watch: &mut dyn Watch) -> Result<Exported>;
}
