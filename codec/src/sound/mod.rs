//! Encoders and decoders of sounds.
//!
//! A [`SoundSource`] gives samples in pieces of any size; a [`SoundEncoder`] turns them into packets of a stream, and a
//! [`SoundDecoder`] gives samples again, packet by packet. Both hold a few packets at a time, however long the sound is,
//! and what comes out does not depend on how it was fed. A [`SoundCodec`] does the coding itself, at a rate of its own;
//! everything is resampled to that rate and back, so that a sound keeps its rate, its channels and its length to the
//! sample.
//!
//! ```
//! use std::io::Cursor;
//! use std::sync::Arc;
//!
//! use lmc_codec::Limits;
//! use lmc_codec::codecs::audio::AudioModel;
//! use lmc_codec::sound::{SampleFormat, Sound, SoundCodec, SoundDecoder, SoundEncodeOptions, SoundSpec, encode_sound};
//! use lmc_codec::container::{Mode, StreamReader};
//!
//! let codec: Arc<dyn SoundCodec> = Arc::new(AudioModel::untrained()?);
//!
//! let spec = SoundSpec { rate: 44_100, channels: 1, format: SampleFormat::Int16 };
//! let mut source = Sound::new(spec, (0..30_000).map(|i| (i as f32 * 0.05).sin() * 0.3).collect())?;
//! let out = Cursor::new(Vec::new());
//! let (out, stats) = encode_sound(&codec, &mut source, &SoundEncodeOptions::default(), out, &mut |_| {})?;
//! assert_eq!(stats.samples, 30_000);
//!
//! let stream = StreamReader::new(&out.get_ref()[..], &Limits::default(), Mode::Strict)?;
//! let mut decoder = SoundDecoder::new(codec, stream)?;
//! let mut played = 0;
//! while let Some(samples) = decoder.next_packet()? {
//!     played += samples.len();
//! }
//! assert_eq!(played, 30_000);
//! # Ok::<(), lmc_codec::CodecError>(())
//! ```

mod bitrate;
mod conceal;
mod decode;
mod encode;
#[cfg(feature = "files")]
pub mod files;
mod front;
mod options;
mod packets;
mod slots;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod units;
mod verify;

pub use crate::codecs::sound::{EncodedPacket, Packet, SoundCodec};
pub use crate::container::{Tag, Tags};
pub use crate::media::sound::{SampleFormat, Sound, SoundNotes, SoundSource, SoundSpec, mono_at};
pub use bitrate::{BITRATE_TOLERANCE, FoundBitrate, encode_to_bitrate};
pub use decode::{SoundDecoder, decode_sound};
pub use encode::{SoundEncoder, encode_sound};
pub use options::{SoundBytes, SoundEncodeOptions, SoundStats};
pub use verify::{SoundVerified, verify_sound};

pub(crate) use crate::media::sound::interleave;
pub(crate) use packets::SoundPackets;
pub(crate) use slots::cause_of;
pub(crate) use units::{check_codec, group_sizes, read_packet};
