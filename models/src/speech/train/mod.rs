//! Training of the speech model: all rates at once, over random windows of speech.

mod config;
mod evaluate;
mod run;
mod step;

pub use config::SpeechTrainConfig;
pub use evaluate::{RatePoint, evaluate, reconstruct};
pub use run::{Progress, SpeechCheckpoint, SpeechJob, WindowBatch, train};
