//! The traits of a codec of images, and what crosses them.

use std::sync::Arc;

use lmc_entropy::checksum::Checksum;

use super::clock::Clock;
use super::coded::CodedImage;
use super::grid::Grid;
use super::latents::LatentStream;
use super::options::EncodeOptions;
use super::planes::Planes;
use super::scale::Scale;
use crate::container::{CodecId, ImageMedia};
use crate::error::{ModelHash, Result};
use crate::media::image::{Image, Orientation, Samples};
use crate::tiles::Rect;
use crate::watch::Watch;

/// How the symbols of a stream lie in its image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels along one side of a cell: a power of two of at most 64.
    pub cell: u32,
    /// Values of a cell.
    pub channels: usize,
    /// Cells around those that are painted on which their pixels depend. `cell * halo` is a multiple of 8. Where it is 0,
    /// each tile is painted as it comes.
    pub halo: u32,
    /// The longest side of a painted window without its halo, in pixels: a multiple of 64. It bounds the memory.
    pub window: u32,
    /// How many windows [`ImageStream::paint`] likes at a time: more than one where parts of it use one thread of many.
    pub windows_at_a_time: usize,
    /// Most cells of tiles that [`ImageStream::read`] may have under way at a time.
    pub cells_at_a_time: usize,
    /// Pixels around one on which it depends in [`ImageStream::finish`].
    pub reach: u32,
    /// How the image that is coded lies, seen from the one that is shown.
    pub orientation: Orientation,
}

/// The symbols of one tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileSymbols {
    /// What crosses from the exact world: rows, columns, channels of the cells.
    pub cells: Vec<i16>,
    /// Their checksum, which the stream carries too.
    pub checksum: u32,
    /// The same in 64 bits.
    pub symbol_hash: u64,
    /// How many symbols were coded, for reports.
    pub symbols: usize,
}

impl TileSymbols {
    /// Cells that are symbols themselves, with their checksum.
    pub fn of(cells: Vec<i16>, symbols: usize) -> Self {
        let mut sum = Checksum::new();
        sum.update(&cells);
        Self {
            checksum: sum.finish32(),
            symbol_hash: sum.finish(),
            cells,
            symbols,
        }
    }
}

/// Pixels of a window.
#[derive(Debug, Clone, PartialEq)]
pub enum Painted {
    /// RGB in 0..=[`ONE`](super::ONE), to be rounded to samples; gray is their mean.
    Planes(Planes<i32>),
    /// The samples themselves, colours interleaved.
    Samples {
        /// Pixels in a row.
        width: u32,
        /// `height * width * channels of the image`, of its depth.
        samples: Samples,
    },
}

/// A codec of images. Stateless: images are coded in any order and on any number of threads.
pub trait ImageCodec: Send + Sync {
    /// Its number in headers.
    fn id(&self) -> CodecId;

    /// What users call it.
    fn name(&self) -> &'static str;

    /// What streams name its model by; zeros where it has none.
    fn model(&self) -> ModelHash;

    /// Reads the codec block of a header, and the payloads of the stream's codec segments, once for all of its tiles.
    ///
    /// # Errors
    /// `Malformed`, `Unsupported` and `Limit` for what no encoder wrote.
    fn stream<'a>(
        &'a self,
        media: &ImageMedia,
        block: &[u8],
        segments: &[Vec<u8>],
    ) -> Result<Box<dyn ImageStream + 'a>>;

    /// Codes the colours of an image, in tiles of [`EncodeOptions::tile_size`]. Limits of size and the tile size were
    /// checked. With `reconstruct` also tells what decoders on this machine will make of it.
    ///
    /// # Errors
    /// `Parameter` for options that it can't honour, `Cancelled`, `Model` when a network or its device fails.
    fn encode(
        &self,
        image: &Image,
        options: &EncodeOptions,
        reconstruct: bool,
        watch: &mut dyn Watch,
    ) -> Result<CodedImage>;

    /// The same codec, telling a clock of the time that its parts take; `None` for codecs that measure no parts.
    fn timed(&self, clock: Arc<dyn Clock>) -> Option<Arc<dyn ImageCodec>> {
        let _ = clock;
        None
    }
}

/// One stream in the hands of its codec. Functions of their arguments, in any order and on any number of threads.
pub trait ImageStream: Send + Sync {
    /// How symbols lie in the image.
    fn geometry(&self) -> Geometry;

    /// The exact half of decoding: the symbols of a tile of `[rows, columns]` of cells, in integers alone. Never panics
    /// and never takes memory beyond that of a whole tile, whatever the bytes. Checksums are compared by the caller.
    ///
    /// # Errors
    /// `Symbols` or `Malformed` for bytes that no encoder wrote, `Limit`.
    fn read(&self, bytes: &[u8], cells: [usize; 2]) -> Result<TileSymbols>;

    /// The same stream as one of latents, if its cells are some. No pixels depend on it.
    fn latents(&self) -> Option<&dyn LatentStream> {
        None
    }

    /// The pixels of a window of cells, its halo included: `ceil(cells * cell / 2^levels)` in each direction.
    ///
    /// # Errors
    /// `Model` when a network or its device fails, `Unsupported` for a scale.
    fn paint(&self, cells: &Grid<i16>, scale: Scale) -> Result<Painted>;

    /// Puts cells in the place of those of lost tiles, which lie in `holes`, by what is around them. False where the codec
    /// cannot: then the pipeline fills pixels in.
    fn mend(&self, cells: &mut Grid<i16>, holes: &[Rect]) -> bool {
        let _ = (cells, holes);
        false
    }

    /// Works on the colours of what was painted in full size, holes filled, as the last step.
    ///
    /// # Errors
    /// `Model`.
    fn finish(&self, image: &mut Image) -> Result<()> {
        let _ = image;
        Ok(())
    }
}
