//! Pictures to streams and back, whatever the codec: tiles, windows, alpha, metadata, damage, and what ties them together.

mod assemble;
mod auto;
mod choose;
mod conceal;
mod decode;
mod encode;
mod encoded;
mod latents;
mod opened;
mod options;
mod parts;
mod target;
#[cfg(test)]
mod tests;
mod verify;

pub use choose::choose;
pub use decode::{Decoded, ImageDecoder};
pub use encode::ImageEncoder;
pub use encoded::{EncodeStats, Encoded, StreamBytes};
pub use latents::ImageLatents;
pub use options::DecodeOptions;
pub use target::{Found, Likeness, MAX_TRIALS, Target};
pub(crate) use verify::StreamHash;
pub use verify::{Verified, VerifiedPixels, VerifiedTile, verify, verify_pixels, verify_stream};
