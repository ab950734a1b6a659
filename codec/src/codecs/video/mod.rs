//! The video codec. So far: the sizes of its networks, and motion, which training and the codec share.

mod config;
pub mod motion;

pub use config::{MOTION_FEATURES, SIDE_FRACTION_BITS, VideoConfig, VideoMacs};
