//! The decoder of one wavelet stream.

use lmc_entropy::prior::Decompressed;

use super::params::Params;
use super::restore::{CodedFilter, Filter, MOST_FILTERS, REACH};
use super::{DECODED_BITS, DECODED_WINDOW, HALO, HYPER_BLOCK, ImageModel, LATENT};
use crate::codecs::image::{
    Geometry, Grid, ImageStream, LatentLayout, LatentStream, Painted, Scale, TileLatents, TileSymbols,
};
use crate::error::{CodecError, Result};
use crate::media::image::{Color, Image};

/// Latent positions whose decoding may be under way at a time; each takes about 4 kB.
const POSITIONS_IN_FLIGHT: usize = 1 << 16;

/// A stream: what its codec block says, and its filters.
pub(super) struct WaveletStream<'a> {
    model: &'a dyn ImageModel,
    params: Params,
    /// That of the model, then those of the stream.
    filters: Vec<Filter>,
}

impl<'a> WaveletStream<'a> {
    /// The stream with these codec segments.
    ///
    /// # Errors
    /// `Malformed` for segments that are no filters.
    pub(super) fn new(model: &'a dyn ImageModel, params: Params, color: Color, segments: &[Vec<u8>]) -> Result<Self> {
        if segments.len() > MOST_FILTERS {
            let reason = format!("{} restoration filters, there may be {MOST_FILTERS}", segments.len());
            return Err(CodecError::malformed(0, reason));
        }
        let of_model = model.restoration(params.quality);
        let mut filters: Vec<Filter> = of_model.map(|filter| filter.for_color(color)).into_iter().collect();
        for (at, segment) in segments.iter().enumerate() {
            let malformed = |reason| CodecError::malformed(0, format!("restoration filter {at}: {reason}"));
            let filter = CodedFilter::parse(segment, color).map_err(malformed)?.filter();
            filters.push(filter.ok_or("its weights are too large").map_err(malformed)?);
        }
        Ok(Self { model, params, filters })
    }
}

impl ImageStream for WaveletStream<'_> {
    fn geometry(&self) -> Geometry {
        Geometry {
            cell: LATENT,
            channels: self.model.prior().channels(),
            halo: HALO / LATENT,
            window: DECODED_WINDOW,
            windows_at_a_time: self.model.windows_at_a_time(),
            cells_at_a_time: POSITIONS_IN_FLIGHT,
            reach: REACH * self.filters.len() as u32,
            orientation: self.params.orientation,
        }
    }

    fn read(&self, bytes: &[u8], cells: [usize; 2]) -> Result<TileSymbols> {
        Ok(self.read_latents(bytes, cells)?.symbols)
    }

    fn latents(&self) -> Option<&dyn LatentStream> {
        Some(self)
    }

    fn paint(&self, cells: &Grid<i16>, scale: Scale) -> Result<Painted> {
        let (height, width) = (cells.height(), cells.width());
        let planes = self
            .model
            .synthesise(cells.data(), height, width, self.params.quality, scale)?;
        Ok(Painted::Planes(planes))
    }

    fn finish(&self, picture: &mut Image) -> Result<()> {
        for filter in &self.filters {
            let samples = self.model.restored(picture, filter)?;
            picture.set_samples(samples);
        }
        Ok(())
    }
}

impl LatentStream for WaveletStream<'_> {
    fn layout(&self) -> LatentLayout {
        LatentLayout {
            step: 1.0 / (1u32 << DECODED_BITS) as f32,
            gains: self.model.inverse_gain(self.params.quality),
            hyper_block: HYPER_BLOCK as u32,
            hyper_channels: self.model.prior().z_channels(),
        }
    }

    fn read_latents(&self, bytes: &[u8], [rows, columns]: [usize; 2]) -> Result<TileLatents> {
        let Decompressed {
            z,
            y_hat,
            checksum,
            symbols,
            symbol_hash,
        } = self
            .model
            .prior()
            .decompress(bytes, rows, columns, self.params.coding)?;
        Ok(TileLatents {
            symbols: TileSymbols {
                cells: y_hat,
                checksum,
                symbol_hash,
                symbols,
            },
            hyper: z,
        })
    }
}
