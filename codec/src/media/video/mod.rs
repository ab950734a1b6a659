//! Videos in memory: their format, and one frame of them.

mod format;
mod frame;

pub use format::{Chroma, ChromaSite, Ratio, VideoFormat};
pub use frame::VideoFrame;
