//! The part that knows videos: metrics, codecs, and frames to look at.
//!
//! All codecs get the same frames, the first of a file, in the samples of the file. What they give back is brought to
//! the depth of these samples before it is measured; all frames count.

pub mod codecs;
pub mod metrics;

mod clip;
mod dcvc;
mod media;
mod sizes;
mod stills;

pub use clip::{Clip, ClipSource};
pub use media::{BITS_OF_FRAMES, Exchange, PSNR_OF_FRAMES};

pub(crate) use dcvc::parse as parse_dcvc;
