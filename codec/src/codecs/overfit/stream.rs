//! The decoder of one stream.

use lmc_kernels::isa::Isa;

use super::double::grown;
use super::latents::decompress;
use super::networks::{Networks, Parameters};
use super::params::Params;
use super::synthesis::samples;
use crate::codecs::image::{Geometry, Grid, ImageStream, Painted, Scale, TileSymbols};
use crate::container::ImageMedia;
use crate::error::{CodecError, Result};
use crate::media::image::{Depth, Orientation, Samples};

/// Side of the largest tile in pixels: a pixel of one under way takes about 50 bytes.
pub(super) const MAX_TILE_SIZE: u32 = 1024;
/// Pixels of tiles that may be under way at a time.
const PIXELS_IN_FLIGHT: usize = 4 << 20;

/// A stream with its networks.
pub(super) struct OverfitStream {
    networks: Networks,
    isa: Isa,
}

impl OverfitStream {
    /// The stream of a codec block and of its one codec segment.
    ///
    /// # Errors
    /// `Malformed` and `Unsupported` for what no encoder wrote.
    pub(super) fn new(media: &ImageMedia, block: &[u8], segments: &[Vec<u8>]) -> Result<Self> {
        check(media.depth, media.tile_size).map_err(CodecError::Unsupported)?;
        let Params { shape, .. } = Params::parse(block, media.color.channels())?;
        let [segment] = segments else {
            let reason = format!("{} codec segments instead of one with the networks", segments.len());
            return Err(CodecError::malformed(0, reason));
        };
        let malformed = |error: lmc_entropy::EntropyError| CodecError::malformed(0, format!("the networks: {error}"));
        let parameters = Parameters::decompress(segment, &shape.layout()).map_err(malformed)?;
        let networks = Networks::new(shape, &parameters).map_err(malformed)?;
        Ok(Self::of(networks, Isa::best()))
    }

    /// A stream of these networks.
    pub(super) fn of(networks: Networks, isa: Isa) -> Self {
        Self { networks, isa }
    }
}

/// Refuses samples and tile sizes that the codec does not have.
pub(super) fn check(depth: Depth, tile_size: u32) -> std::result::Result<(), String> {
    match (depth, tile_size) {
        (Depth::Sixteen, _) => Err("the codec overfit has samples of 8 bits, not of 16".into()),
        (_, ..=MAX_TILE_SIZE) => Ok(()),
        _ => Err(format!(
            "tiles of the codec overfit have at most {MAX_TILE_SIZE} pixels a side, not {tile_size}"
        )),
    }
}

impl ImageStream for OverfitStream {
    fn geometry(&self) -> Geometry {
        Geometry {
            cell: 1,
            channels: self.networks.shape.colors,
            halo: 0,
            window: MAX_TILE_SIZE,
            windows_at_a_time: 1,
            cells_at_a_time: PIXELS_IN_FLIGHT,
            reach: 0,
            orientation: Orientation::default(),
        }
    }

    fn read(&self, bytes: &[u8], size: [usize; 2]) -> Result<TileSymbols> {
        let planes = decompress(bytes, size, &self.networks, self.isa)?;
        let symbols = planes.iter().map(|plane| plane.values.len()).sum();
        let planes = grown(&planes, &self.networks, self.isa);
        Ok(TileSymbols::of(samples(&planes, &self.networks, self.isa), symbols))
    }

    fn paint(&self, cells: &Grid<i16>, scale: Scale) -> Result<Painted> {
        let samples = Samples::U8(cells.data().iter().map(|&sample| sample as u8).collect());
        Ok(Painted::Samples {
            width: scale.of(cells.width()) as u32,
            samples: samples.reduced(cells.width() as u32, cells.channels(), scale.levels()),
        })
    }
}
