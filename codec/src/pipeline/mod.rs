//! Pictures to streams and back: tiles, windows, the prior, and what ties them together.

mod assemble;
mod decode;
mod encode;
mod job;
mod latents;
mod lossless;
mod model;
mod options;
mod target;
#[cfg(test)]
mod tests;
mod tile;
mod verify;
mod view;

pub use decode::{DecodeOptions, Decoded, ImageDecoder};
pub use encode::ImageEncoder;
pub use lossless::{decode as decode_lossless, encode as encode_lossless, verify as verify_lossless};
pub use model::ImageModel;
pub use options::{Effort, EncodeOptions, EncodeStats, Encoded, MaxError, StreamBytes};
pub use target::{Found, Likeness, MAX_TRIALS, Target};
pub(crate) use verify::StreamHash;
pub use verify::{ImageVerifier, Verified, VerifiedTile};
pub use view::Scale;

/// Told how many of how many steps of work are done.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);
