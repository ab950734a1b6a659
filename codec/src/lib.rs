//! Container, pictures and pipelines of the learned codecs: the API that programs use.
//!
//! A [`Picture`] becomes a stream of bytes and back. The bytes are a [`container`] of checked segments
//! (`FORMAT.md` in the repository), so that damage is found, named and, on request, concealed.

pub mod container;
pub mod picture;

mod alpha;
mod conceal;
mod damage;
mod error;
mod tiles;

#[cfg(feature = "files")]
pub mod files;

pub use container::{Limits, StreamInfo, info};
pub use damage::{Cause, Damage};
pub use error::{CodecError, ModelHash, Result};
pub use picture::{Color, Depth, Picture, Samples};
pub use tiles::{MAX_TILE_SIZE, Rect, TILE_UNIT, TileGrid};
