//! Sounds: what they are, and how they become streams and sounds again.
//!
//! A [`SoundSource`] gives samples in pieces of any size; an [`AudioEncoder`] turns them into packets of a stream, and an
//! [`AudioDecoder`] gives samples again, packet by packet. Both hold a few packets at a time, however long the sound is,
//! and what comes out does not depend on how it was fed. A [`SoundCodec`] does the coding itself, at a rate of its own;
//! everything is resampled to that rate and back, so that a sound keeps its rate, its channels and its length to the
//! sample.

mod bitrate;
mod conceal;
mod decode;
mod encode;
#[cfg(feature = "files")]
pub mod files;
mod format;
mod front;
mod mono;
mod options;
mod resample;
mod source;
mod tags;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod units;
mod verify;

pub use bitrate::{BITRATE_TOLERANCE, FoundBitrate, encode_to_bitrate};
pub use decode::{AudioDecoder, decode_sound};
pub use encode::{AudioEncoder, encode_sound};
pub use format::{SampleFormat, SoundSpec};
pub use lmc_models::sound::SoundCodec;
pub use mono::mono_at;
pub use options::{AudioEncodeOptions, SoundBytes, SoundStats};
pub use source::{Sound, SoundSource};
pub use tags::{Tag, Tags};
pub use verify::{SoundVerified, verify_sound};

pub(crate) use format::interleave;
