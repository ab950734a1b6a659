//! The approximate world: neural transforms in Burn, their training, and the weights that ship with the project.
//!
//! Everything here works in `f32` on the device of the caller's choice and may differ between machines in the last
//! bits. What decides a probability is exported from here as integers and runs in `lmc-entropy`.

pub mod audio;
mod backend;
pub mod device;
mod error;
pub mod export;
mod gpu;
pub mod looks;
mod nn;
mod ops;
pub mod refine;
pub mod speech;
pub mod train;
pub mod video;
pub mod wavelet;
pub mod zoo;

pub use backend::BurnBackend;
pub use error::{ModelError, Result};
pub use lmc_codec::Quality;
