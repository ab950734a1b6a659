//! Videos: their format, one frame of them, and the sources that give frames.

mod format;
mod frame;
mod source;

pub use format::{Chroma, ChromaSite, Ratio, VideoFormat};
pub use frame::{FrameKind, VideoFrame};
pub use source::VideoSource;
