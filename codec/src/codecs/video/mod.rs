//! The video codec: key frames by the model of images, predicted frames by block motion, transforms that see the
//! prediction, and a prior that knows the past. All that decoders do is integers.
//!
//! ```text
//! reference, vectors -> prediction p -> bands(p) ----------------------+-> side features -> prior -> latents
//!                                                                       |                               |
//! frame = p + picture(g_s(latents, bands(p))) -> restoration -> reference of the next frame  <----------+
//! ```

mod bytes;
mod choice;
mod codec;
mod colour;
mod config;
mod decoder;
mod encoder;
mod key;
mod model;
pub mod motion;
mod ratios;
mod side;
mod state;
mod vectors;
mod weights;

pub use codec::{LatentVideoCodec, ROW};
pub use config::{MOTION_FEATURES, SIDE_FRACTION_BITS, VideoConfig, VideoMacs};
pub use model::VideoModel;
pub use weights::{VIDEO_CODEC, VideoFile, VideoManifest, VideoParts};
