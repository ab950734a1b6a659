//! The decoder of one stream.

use lmc_entropy::checksum::Checksum;
use lmc_entropy::coder::{DecodeSymbols, RangeDecoder};
use lmc_entropy::mixing::Reading;

use super::encode::seed;
use super::model::VqModel;
use super::params::Params;
use super::synthesis::Manner;
use super::{CELL, HALO, fill};
use crate::codecs::image::{Geometry, Grid, ImageStream, Painted, Scale, TileSymbols};
use crate::error::Result;
use crate::media::image::Orientation;
use crate::tiles::Rect;

/// Values of a cell: its node and the seed of its texture.
const CHANNELS: usize = 2;
/// Cells of tiles that may be under way at a time.
const CELLS_IN_FLIGHT: usize = 1 << 18;
/// The longest side of a painted window, in pixels.
const WINDOW: u32 = 1024;

/// A stream of indices.
pub(super) struct VqStream<'a> {
    model: &'a VqModel,
    params: Params,
}

impl<'a> VqStream<'a> {
    pub(super) fn new(model: &'a VqModel, params: Params) -> Self {
        Self { model, params }
    }
}

impl ImageStream for VqStream<'_> {
    fn geometry(&self) -> Geometry {
        Geometry {
            cell: CELL as u32,
            channels: CHANNELS,
            halo: HALO,
            window: WINDOW,
            windows_at_a_time: 2,
            cells_at_a_time: CELLS_IN_FLIGHT,
            reach: 0,
            orientation: Orientation::default(),
        }
    }

    fn read(&self, bytes: &[u8], [rows, columns]: [usize; 2]) -> Result<TileSymbols> {
        let mut decoder = RangeDecoder::new(bytes)?;
        let mut coder = self.model.prior.coder(self.params.depth, columns)?;
        for _ in 0..rows * columns {
            let situation = coder.situation();
            coder.code(&mut Reading(&mut decoder), &situation, 1 << self.params.depth)?;
        }
        decoder.finish()?;
        let (checksum, symbol_hash) = hashes(coder.nodes());
        Ok(TileSymbols {
            cells: cells_of(coder.nodes()),
            checksum,
            symbol_hash,
            symbols: rows * columns,
        })
    }

    fn paint(&self, cells: &Grid<i16>, scale: Scale) -> Result<Painted> {
        let manner = Manner {
            depth: self.params.depth,
            strength: self.params.texture,
            scale,
        };
        let model = self.model;
        let planes = model.synthesis.paint(model.tree(), &model.textures, cells, manner)?;
        Ok(Painted::Planes(planes))
    }

    fn mend(&self, cells: &mut Grid<i16>, holes: &[Rect]) -> bool {
        fill::mend(self.model.tree(), self.params.depth, cells, holes);
        true
    }
}

/// The checksum and the hash of the nodes of a tile.
pub(super) fn hashes(nodes: &[u16]) -> (u32, u64) {
    let values: Vec<i16> = nodes.iter().map(|node| *node as i16).collect();
    let mut sum = Checksum::new();
    sum.update(&values);
    (sum.finish32(), sum.finish())
}

/// The cells of a tile: nodes, each with a seed that follows from all of them and its place.
pub(super) fn cells_of(nodes: &[u16]) -> Vec<i16> {
    let (hash, _) = hashes(nodes);
    let cells = nodes.iter().enumerate();
    cells.flat_map(|(at, node)| [*node as i16, seed(hash, at)]).collect()
}
