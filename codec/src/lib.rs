//! Container, images, sounds and pipelines of the learned codecs: the API that programs use.
//!
//! An [`Image`] becomes a stream of bytes with an [`ImageEncoder`] and an image again with an [`ImageDecoder`]. Both
//! work with the [`Codecs`](codecs::Codecs) that are open; the [`Registry`](codecs::Registry) lists all there are. The
//! bytes are a [`container`] of checked segments (`FORMAT.md` in the repository), so that damage is found, named and, on
//! request, concealed. [`verify`] checks that a stream decodes to the symbols that were encoded, without making pixels,
//! and [`container::info`] lists the content without decoding. The module [`sound`] does the same for sounds, which
//! are read and written as streams.
//!
//! ```
//! use lmc_codec::codecs::Codecs;
//! use lmc_codec::{Color, DecodeOptions, EncodeOptions, ImageDecoder, ImageEncoder, MaxError, Image, Samples};
//!
//! let samples = Samples::U8((0..90 * 50).map(|i| (i % 90) as u8).collect());
//! let picture = Image::new(90, 50, Color::Gray, samples, None)?;
//! let exact = EncodeOptions::default().with_max_error(Some(MaxError::default()));
//! let encoded = ImageEncoder::new(Codecs::default(), exact).encode(&picture)?;
//! let decoded = ImageDecoder::new(Codecs::default(), DecodeOptions::default()).decode(&encoded.bytes)?;
//! assert_eq!(decoded.picture, picture);
//! # Ok::<(), lmc_codec::CodecError>(())
//! ```

pub mod codecs;
pub mod container;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "files")]
mod guard;
pub mod media;
pub mod memory;
pub mod pipeline;
pub mod selftest;
pub mod sound;
pub mod video;

pub mod weights;

#[cfg_attr(not(test), deny(clippy::float_arithmetic))]
mod alpha;
mod error;
mod hash;
mod limits;
mod quality;
mod tiles;
mod watch;

pub use codecs::image::{Effort, EncodeOptions, MaxError, Scale};
pub use codecs::wavelet::{ImageModel, fit_restoration};
pub use container::{Cause, Damage, DamageReport, Header, Media, MediaKind, StreamInfo, TilePlaces, info};
pub use error::{CodecError, ModelHash, Result};
pub use limits::{Limits, read_limited};
pub use lmc_kernels::isa::Isa;
pub use media::image::{Color, Depth, Image, ImageMetadata, Orientation, PixelHash, Samples};
pub use pipeline::{
    DecodeOptions, Decoded, EncodeStats, Encoded, Found, ImageDecoder, ImageEncoder, ImageLatents, Likeness,
    MAX_TRIALS, StreamBytes, Target, Verified, VerifiedPixels, VerifiedTile, choose, verify, verify_pixels,
    verify_stream,
};
pub use quality::Quality;
pub use tiles::{MAX_TILE_SIZE, Rect, TILE_UNIT, TileGrid};
pub use watch::{Unwatched, Watch};
