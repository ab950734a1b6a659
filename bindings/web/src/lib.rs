//! The decoder for WebAssembly: images, sounds and videos, by plain exports that need no imports.
//!
//! The caller writes a stream into memory of [`lmc_alloc`](memory::lmc_alloc), calls one of the functions, and reads
//! what [`lmc_answer`](answer::lmc_answer) points to: pixels, samples, JSON, or the message of an error. Functions
//! return 0, or the number of an [`lmc::Code`]. The JavaScript in `package/` does all that.
//!
//! - [`memory`]: buffers for the caller
//! - [`answer`]: where results lie
//! - [`weights`]: the models, passed once
//! - [`info`]: what a stream holds, as JSON
//! - [`image`]: pixels, and the check of symbols
//! - [`sound`]: samples, packet by packet
//! - [`video`]: pixels, frame by frame

pub mod answer;
pub mod image;
pub mod info;
pub mod memory;
mod opened;
pub mod sound;
pub mod video;
pub mod weights;
