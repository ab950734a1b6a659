//! What the pipeline asks of a codec of images.
//!
//! A codec turns tiles into symbols on a grid of cells, and a grid of cells into pixels. Tiles, metadata, alpha, damage,
//! regions, small versions and the container are the pipeline's part.
//!
//! ```text
//! image -> encode -> tiles -> container -> read (exact) -> symbols ─┐
//!                                  cells of neighbouring tiles ───────┴─> paint -> pixels -> finish
//! ```

mod clock;
mod codec;
mod coded;
mod grid;
mod latents;
mod options;
mod paint;
mod planes;
mod scale;
mod view;

pub use clock::Clock;
pub use codec::{Geometry, ImageCodec, ImageStream, Painted, TileSymbols};
pub use coded::{CodedImage, CodedTile};
pub use grid::Grid;
pub use latents::{LatentLayout, LatentStream, TileLatents};
pub use options::{Effort, EncodeOptions, MaxError};
pub(crate) use paint::{paint_tile, paint_windows};
pub use planes::{ONE, Planes};
pub use scale::Scale;
pub(crate) use view::View;
