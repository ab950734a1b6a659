//! Container, pictures, sounds and pipelines of the learned codecs: the API that programs use.
//!
//! A [`Picture`] becomes a stream of bytes with an [`ImageEncoder`] and a picture again with an
//! [`ImageDecoder`]. The bytes are a [`container`] of checked segments (`FORMAT.md` in the
//! repository), so that damage is found, named and, on request, concealed. [`ImageVerifier`] checks
//! that a stream decodes to the symbols that were encoded, without pixels or a device, and
//! [`info()`] lists what is in it without decoding at all. The module [`sound`] does the same for sounds, which are read
//! and written as streams.
//!
//! ```
//! use lmc_codec::{Color, DecodeOptions, EncodeOptions, Picture, Samples, decode_lossless, encode_lossless};
//!
//! let samples = Samples::U8((0..90 * 50).map(|i| (i % 90) as u8).collect());
//! let picture = Picture::new(90, 50, Color::Gray, samples, None)?;
//! let encoded = encode_lossless(&picture, &EncodeOptions::default(), Default::default(), &mut |_, _| {})?;
//! let decoded = decode_lossless(&encoded.bytes, &DecodeOptions::default(), &mut |_, _| {})?;
//! assert_eq!(decoded.picture, picture);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod codecs;
pub mod container;
#[cfg(feature = "files")]
pub mod files;
pub mod picture;
pub mod pipeline;
pub mod sound;
pub mod stream;
pub mod weights;

mod alpha;
mod conceal;
mod damage;
mod error;
mod lossless;
mod quality;
mod restore;
mod tiles;

pub use container::{Limits, Media, StreamInfo, info};
pub use damage::{Cause, Damage};
pub use error::{CodecError, ModelHash, Result};
pub use picture::{Color, Depth, Orientation, Picture, Samples};
pub use pipeline::{
    DecodeOptions, Decoded, Effort, EncodeOptions, EncodeStats, Encoded, Found, ImageDecoder, ImageEncoder, ImageModel,
    ImageVerifier, Likeness, MAX_TRIALS, MaxError, Progress, Scale, StreamBytes, Target, Verified, VerifiedTile,
    decode_lossless, encode_lossless, verify_lossless,
};
pub use quality::Quality;
pub use restore::fit_for_all as fit_restoration;
pub use tiles::{MAX_TILE_SIZE, Rect, TILE_UNIT, TileGrid};
