//! Training: one [`Trainer`] for all tasks.
//!
//! ```text
//! images, sounds, clips --open--> Data --batches--> Task::step --+--> steps.csv
//!                           |                  |          +--> checkpoint-000000100/ (the last two)
//!                           +--held-out--> Task::evaluate ---> held-out.csv
//!                                              |
//!                                         Task::export ------> one weights file with its manifest
//! ```
//!
//! The trainer owns what all tasks have in common: the folder of the run, settings, checkpoints, logs, the order of batches and their
//! prefetching, progress, cancellation, and the record of how a model came about. A run can be killed at any moment; it goes on from
//! its last checkpoint, ends with the same bits as a run that never stopped (same machine, same number of threads), and its logs have
//! each row once.
//!
//! # Add a task
//!
//! 1. Write a file with the settings ([`Settings`]), the data ([`Data`]: the batch of a step follows from the settings and the step
//!    alone), and the task itself. A task that minimises a loss implements [`Network`], whose [`Descent`] brings the optimiser, the
//!    schedule of the learning rate, clipping, the running average of the weights and their checkpoints. Any other implements [`Task`].
//! 2. Add a row to [`TASKS`].
//!
//! `lmc train` knows the task from its row, with the same arguments as all others. The tests of this module train a task of 100 lines.

mod checkpoint;
mod descent;
mod log;
mod optimise;
mod prefetch;
mod record;
mod schedule;
mod settings;
mod soap;
mod task;
#[cfg(test)]
mod tests;
mod trainer;
pub(crate) mod video;
pub(crate) mod vq;
mod watch;
pub(crate) mod wavelet;

pub use checkpoint::last_step;
pub use descent::{Descent, Loss, Network};
pub use record::{Export, Exported, Run};
pub use schedule::{Optimiser, Schedule};
pub use settings::{Pace, Settings, Training};
pub use task::{Batches, Data, Files, Score, Sources, Task};
pub use trainer::{Ended, Trainer};
pub use video::{VideoPart, VideoTrainConfig};
pub use vq::VqTrainConfig;
pub use watch::{Progress, Watch};
pub use wavelet::{CropBatch, Part, WaveletTrainConfig};

use crate::Result;
use crate::audio::AudioTask;
use crate::speech::train::SpeechTask;

/// A task as the program knows it: by name.
#[derive(Debug)]
pub struct TaskRow {
    /// Its name, that of the codec it trains.
    pub name: &'static str,
    /// What it trains, in a line.
    pub about: &'static str,
    /// Trains to the last step, or until the watch cancels.
    pub train: fn(&Run, &mut dyn Watch) -> Result<Ended>,
    /// Makes a weights file of the last checkpoint of a run.
    pub export: fn(&Run, &Export, &mut dyn Watch) -> Result<Exported>,
}

/// All tasks: the only list of them.
pub static TASKS: [TaskRow; 5] = [
    row::<Descent<wavelet::WaveletTask>>(),
    row::<AudioTask>(),
    row::<Descent<SpeechTask>>(),
    row::<Descent<video::VideoTask>>(),
    row::<Descent<vq::VqTask>>(),
];

const fn row<T: Task>() -> TaskRow {
    TaskRow {
        name: T::NAME,
        about: T::ABOUT,
        train: |run, watch| Trainer::<T>::open(run, watch)?.train(watch),
        export: |run, export, watch| trainer::export::<T>(run, export, watch),
    }
}
