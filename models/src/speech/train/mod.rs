//! The `speech` task: all rates at once, over random windows of speech.

mod config;
mod data;
mod evaluate;
mod step;
mod task;

pub use config::SpeechTrainConfig;
pub use data::{SpeechData, WindowBatch};
pub use task::SpeechTask;
