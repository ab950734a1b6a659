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
//! use std::sync::Arc;
//!
//! use lmc_codec::{Color, DecodeOptions, EncodeOptions, ImageDecoder, ImageEncoder, Picture, Samples};
//! use lmc_models::{device, wavelet::WaveletModel, zoo};
//!
//! let device = device::open(device::DeviceChoice::Cpu)?;
//! let weights = zoo::image_model(zoo::Tune::default()).bytes;
//! let model = Arc::new(WaveletModel::load(weights, &device.device)?);
//!
//! let samples = Samples::U8((0..90 * 50).map(|i| (i % 90) as u8).collect());
//! let picture = Picture::new(90, 50, Color::Gray, samples, None)?;
//! let encoder = ImageEncoder::new(Arc::clone(&model), EncodeOptions::default());
//! let (encoded, reconstruction) = encoder.encode_and_reconstruct(&picture)?;
//!
//! let decoder = ImageDecoder::new(model, DecodeOptions::default());
//! let decoded = decoder.decode(&encoded.bytes)?;
//! assert_eq!(decoded.picture, reconstruction);
//! assert_eq!(decoder.verify(&encoded.bytes)?.symbol_hash, Some(encoded.stats.symbol_hash));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod container;
#[cfg(feature = "files")]
pub mod files;
pub mod picture;
pub mod pipeline;
pub mod sound;

mod alpha;
mod conceal;
mod damage;
mod error;
mod lossless;
mod restore;
mod tiles;

pub use container::{Limits, Media, StreamInfo, info};
pub use damage::{Cause, Damage};
pub use error::{CodecError, ModelHash, Result};
pub use lmc_models::wavelet::Quality;
pub use picture::{Color, Depth, Orientation, Picture, Samples};
pub use pipeline::{
    DecodeOptions, Decoded, Effort, EncodeOptions, EncodeStats, Encoded, Found, ImageDecoder, ImageEncoder, ImageModel,
    ImageVerifier, Likeness, MAX_TRIALS, MaxError, Progress, Scale, StreamBytes, Target, Verified, VerifiedTile,
    decode_lossless, encode_lossless, verify_lossless,
};
pub use restore::fit_for_all as fit_restoration;
pub use tiles::{MAX_TILE_SIZE, Rect, TILE_UNIT, TileGrid};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadmeExample;
