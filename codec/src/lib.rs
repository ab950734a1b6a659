//! Container, pictures and pipelines of the learned codecs: the API that programs use.
//!
//! A [`Picture`] becomes a stream of bytes with an [`ImageEncoder`] and a picture again with an
//! [`ImageDecoder`]. The bytes are a [`container`] of checked segments (`FORMAT.md` in the
//! repository), so that damage is found, named and, on request, concealed. [`ImageVerifier`] checks
//! that a stream decodes to the symbols that were encoded, without pixels or a device, and
//! [`info()`] lists what is in it without decoding at all.

pub mod container;
#[cfg(feature = "files")]
pub mod files;
pub mod picture;
pub mod pipeline;

mod alpha;
mod conceal;
mod damage;
mod error;
mod tiles;

pub use container::{Limits, StreamInfo, info};
pub use damage::{Cause, Damage};
pub use error::{CodecError, ModelHash, Result};
pub use lmc_models::wavelet::Quality;
pub use picture::{Color, Depth, Picture, Samples};
pub use pipeline::{
    DecodeOptions, Decoded, EncodeOptions, EncodeStats, Encoded, ImageDecoder, ImageEncoder, ImageModel, ImageVerifier,
    Progress, StreamBytes, Verified, VerifiedTile,
};
pub use tiles::{MAX_TILE_SIZE, Rect, TILE_UNIT, TileGrid};
