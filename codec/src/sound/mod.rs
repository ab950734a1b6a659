//! Sounds: what they are, and how they become streams and sounds again.
//!
//! A [`SoundSource`] gives samples in pieces of any size; an [`SoundEncoder`] turns them into packets of a stream, and an
//! [`SoundDecoder`] gives samples again, packet by packet. Both hold a few packets at a time, however long the sound is,
//! and what comes out does not depend on how it was fed. A [`SoundCodec`] does the coding itself, at a rate of its own;
//! everything is resampled to that rate and back, so that a sound keeps its rate, its channels and its length to the
//! sample.
//!
//! ```no_run
//! use std::fs::File;
//! use std::io::{BufReader, BufWriter};
//! use std::sync::Arc;
//!
//! use lmc_codec::Limits;
//! use lmc_codec::codecs::audio::AudioModel;
//! use lmc_codec::sound::{SoundCodec, SoundDecoder, SoundEncodeOptions, encode_sound, files};
//! use lmc_codec::stream::{Mode, StreamReader};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let codec: Arc<dyn SoundCodec> = Arc::new(AudioModel::load(&std::fs::read("audio.safetensors")?)?);
//!
//! let mut source = files::open_path("song.flac".as_ref())?;
//! let out = BufWriter::new(File::create("song.lmc")?);
//! let (_, stats) = encode_sound(&codec, &mut source, &SoundEncodeOptions::default(), out, &mut |_| {})?;
//! println!("{:.1} s at {:.1} kbit/s", stats.seconds, stats.kbps);
//!
//! let stream = BufReader::new(File::open("song.lmc")?);
//! let mut decoder = SoundDecoder::new(codec, StreamReader::new(stream, &Limits::default(), Mode::Strict)?)?;
//! while let Some(samples) = decoder.next_packet()? {
//!     println!("{} samples more", samples.len());
//! }
//! # Ok(())
//! # }
//! ```

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
mod slots;
mod source;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod units;
mod verify;

pub use crate::codecs::sound::{EncodedPacket, Packet, SoundCodec};
pub use crate::stream::{Tag, Tags};
pub use bitrate::{BITRATE_TOLERANCE, FoundBitrate, encode_to_bitrate};
pub use decode::{SoundDecoder, decode_sound};
pub use encode::{SoundEncoder, encode_sound};
pub use format::{SampleFormat, SoundSpec};
pub use mono::mono_at;
pub use options::{SoundBytes, SoundEncodeOptions, SoundStats};
pub use source::{Sound, SoundSource};
pub use verify::{SoundVerified, verify_sound};

pub(crate) use format::interleave;
