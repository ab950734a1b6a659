//! Streams to latents: what learning on compressed images starts from.

use std::io::Read;

use super::opened::Opened;
use super::parts::Tiles;
use crate::codecs::Codecs;
use crate::codecs::image::{Grid, LatentLayout};
use crate::container::{Header, Mode, PartKind, StreamReader};
use crate::error::{CodecError, Result};
use crate::media::image::Orientation;

/// The latents of an image, exact integers on every machine. No pixel is made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ImageLatents {
    /// The header of the stream.
    pub header: Header,
    /// The latents: a position for each cell of the image, in steps of [`LatentLayout::step`].
    pub latents: Grid<i16>,
    /// The hyper-latents, whole numbers: a position for each [`LatentLayout::hyper_block`] cells in both directions.
    pub hyper: Grid<i16>,
    /// What the integers mean.
    pub layout: LatentLayout,
    /// How the image that is coded lies, seen from the one that is shown. Encoders turn images at efforts 7 to 9 only.
    pub orientation: Orientation,
}

impl ImageLatents {
    /// Reads the latents of a stream. Damage is an error.
    ///
    /// # Errors
    /// `Unsupported` for media and codecs without latents, else as
    /// [`ImageDecoder::decode`](super::ImageDecoder::decode).
    pub fn read(codecs: &Codecs, reader: StreamReader<impl Read>) -> Result<Self> {
        let opened = Opened::of(codecs, reader)?;
        let (stream, places) = opened.stream()?;
        let source = stream.latents().ok_or_else(|| {
            let what = "latents of this stream: its codec has none (images of quality 99 and 100 are near-lossless)";
            CodecError::Unsupported(what.into())
        })?;
        let (geometry, layout) = (stream.geometry(), source.layout());
        let side = geometry.cell * layout.hyper_block;
        let bounds = places.grid().bounds();
        let grid = |side: u32, channels| {
            let cells = bounds.cells(side);
            Grid::zeros(cells.height as usize, cells.width as usize, channels)
        };
        let mut latents = grid(geometry.cell, geometry.channels);
        let mut hyper = grid(side, layout.hyper_channels);
        let parts = opened.parts.all(PartKind::Symbols);
        // Tiles begin at multiples of 64 pixels, and so at whole positions of both.
        Tiles::new(&*stream, &places, parts, Mode::Strict, |_| true).each_latents(source, |rect, tile| {
            for (whole, values, side) in [
                (&mut latents, tile.symbols.cells, geometry.cell),
                (&mut hyper, tile.hyper, side),
            ] {
                let cells = rect.cells(side);
                let piece = Grid::new(cells.height as usize, cells.width as usize, whole.channels(), values)?;
                whole.put(cells.x as usize, cells.y as usize, &piece);
            }
            Ok(())
        })?;
        Ok(Self {
            header: opened.parts.header.clone(),
            latents,
            hyper,
            layout,
            orientation: geometry.orientation,
        })
    }

    /// The latents as the network gave them: steps and gains multiplied in, in the order of [`Self::latents`].
    pub fn values(&self) -> Vec<f32> {
        let LatentLayout { step, gains, .. } = &self.layout;
        let positions = self.latents.data().chunks_exact(gains.len().max(1));
        let value = |(&latent, gain): (&i16, &f32)| f32::from(latent) * step * gain;
        positions
            .flat_map(|position| position.iter().zip(gains).map(value))
            .collect()
    }
}
