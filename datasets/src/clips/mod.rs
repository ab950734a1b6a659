//! Short clips for training video: real ones, and photographs that are set in motion.
//!
//! A clip is a reference, which is a frame as a decoder would have it, the frames that follow, and the vectors by
//! which each follows from the one before. All clips of a run are made once and packed into a file.

mod batches;
mod frames;
mod pack;
mod packed;
mod scene;
mod source;
mod texture;

pub use batches::{ClipBatches, ClipSample};
pub use frames::FrameFile;
pub use pack::{ClipOptions, Reference};
pub use packed::{Clip, PackedClips};
pub use source::ClipFolder;
