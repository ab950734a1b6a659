//! The decoder of one lossless stream.

use super::method::Method;
use super::tile::{Tile, decompress};
use crate::codecs::image::{Geometry, Grid, ImageStream, Painted, Scale, TileSymbols};
use crate::container::ImageMedia;
use crate::error::{CodecError, Result};
use crate::media::image::{Color, Depth, Orientation, Samples};

/// Pixels of tiles that may be under way at a time.
const PIXELS_IN_FLIGHT: usize = 16 << 20;
/// The longest side of a painted window, in pixels.
const WINDOW: u32 = 1024;

/// A stream of samples of this kind.
pub(super) struct LosslessStream {
    color: Color,
    depth: Depth,
    method: Method,
}

impl LosslessStream {
    pub(super) fn new(media: &ImageMedia, method: Method) -> Self {
        Self {
            color: media.color,
            depth: media.depth,
            method,
        }
    }
}

impl ImageStream for LosslessStream {
    fn geometry(&self) -> Geometry {
        Geometry {
            cell: 1,
            channels: self.color.channels(),
            halo: 0,
            window: WINDOW,
            windows_at_a_time: 1,
            cells_at_a_time: PIXELS_IN_FLIGHT,
            reach: 0,
            orientation: Orientation::default(),
        }
    }

    fn read(&self, bytes: &[u8], size: [usize; 2]) -> Result<TileSymbols> {
        let tile = decompress(bytes, size, self.color.channels(), (self.depth.max(), self.method))
            .map_err(|reason| CodecError::malformed(0, reason))?;
        let (checksum, symbol_hash) = tile.hashes();
        Ok(TileSymbols {
            symbols: tile.samples(),
            cells: interleaved(&tile),
            checksum,
            symbol_hash,
        })
    }

    fn paint(&self, cells: &Grid<i16>, scale: Scale) -> Result<Painted> {
        let samples = cells.data().iter();
        let samples = match self.depth {
            Depth::Eight => Samples::U8(samples.map(|&sample| sample as u8).collect()),
            Depth::Sixteen => Samples::U16(samples.map(|&sample| sample as u16).collect()),
        };
        let width = cells.width() as u32;
        Ok(Painted::Samples {
            width: scale.of(cells.width()) as u32,
            samples: samples.reduced(width, self.color.channels(), scale.levels()),
        })
    }
}

/// The samples of a tile, channels of a pixel side by side, as 16 bits without a meaning of their sign.
fn interleaved(tile: &Tile) -> Vec<i16> {
    let channels = tile.planes.len();
    let mut cells = vec![0; tile.samples()];
    for (channel, plane) in tile.planes.iter().enumerate() {
        let out = cells.iter_mut().skip(channel).step_by(channels.max(1));
        out.zip(plane).for_each(|(out, &sample)| *out = sample as i16);
    }
    cells
}
