//! Training of the wavelet model: rate and distortion over random crops, all rates at once.

mod checkpoint;
pub(crate) mod config;
mod evaluate;
pub(crate) mod log;
pub(crate) mod optimise;
mod rescale;
mod run;
mod soap;
mod start;

pub use checkpoint::{Checkpoint, latest};
pub use config::{Part, TrainConfig};
pub use evaluate::{HeldOut, RatePoint, evaluate};
pub use run::{CropBatch, Progress, TrainJob, train};
pub use start::start_params;
