//! The decoder of one stream.

use lmc_entropy::checksum::Checksum;
use lmc_entropy::coder::{DecodeSymbols, RangeDecoder};
use lmc_entropy::index::Nodes;
use lmc_entropy::mixing::Reading;

use super::encode::seed;
use super::model::VqModel;
use super::params::Params;
use super::synthesis::Manner;
use super::{CELL, CELL_VALUES, HALO, fill};
use crate::codecs::image::{Geometry, Grid, ImageStream, Painted, Scale, TileSymbols};
use crate::error::{CodecError, Result};
use crate::media::image::Orientation;
use crate::tiles::Rect;

/// Cells of tiles that may be under way at a time.
const CELLS_IN_FLIGHT: usize = 1 << 18;
/// The longest side of a painted window, in pixels.
const WINDOW: u32 = 1024;

/// A stream of indices.
pub(super) struct VqStream<'a> {
    model: &'a VqModel,
    params: Params,
    /// The levels of each tree.
    depths: [u32; 2],
    /// The layer of the synthesis.
    layer: usize,
}

impl<'a> VqStream<'a> {
    /// # Errors
    /// `Malformed` for indices that the model does not have.
    pub(super) fn new(model: &'a VqModel, params: Params) -> Result<Self> {
        let none = || format!("indices of {} bits, which the model does not have", params.depth);
        let depths = model.prior.depths(params.depth);
        let depths = depths.ok_or_else(|| CodecError::malformed(0, none()))?;
        Ok(Self {
            model,
            params,
            depths,
            layer: depths[0] as usize - usize::from(depths[1] == 0),
        })
    }
}

impl VqStream<'_> {
    /// The layer of the synthesis.
    pub(super) fn layer(&self) -> usize {
        self.layer
    }
}

impl ImageStream for VqStream<'_> {
    fn geometry(&self) -> Geometry {
        Geometry {
            cell: CELL as u32,
            channels: CELL_VALUES,
            halo: HALO
                + self
                    .model
                    .config()
                    .network
                    .map_or(0, |network| network.blocks.div_ceil(2) as u32),
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
            let any = coder.any();
            coder.code(&mut Reading(&mut decoder), &situation, any)?;
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
            layer: self.layer,
            strength: self.params.texture,
            scale,
        };
        let model = self.model;
        let planes = model.synthesis.paint(&model.prior, &model.textures, cells, manner)?;
        Ok(Painted::Planes(planes))
    }

    fn mend(&self, cells: &mut Grid<i16>, holes: &[Rect]) -> bool {
        fill::mend(&self.model.prior, self.depths, cells, holes)
    }
}

/// The checksum and the hash of the nodes of a tile.
pub(super) fn hashes(nodes: &[Nodes]) -> (u32, u64) {
    let values: Vec<i16> = nodes.iter().flatten().map(|node| *node as i16).collect();
    let mut sum = Checksum::new();
    sum.update(&values);
    (sum.finish32(), sum.finish())
}

/// The cells of a tile: nodes, and a seed that follows from all of them and its place.
pub(super) fn cells_of(nodes: &[Nodes]) -> Vec<i16> {
    let (hash, _) = hashes(nodes);
    let cells = nodes.iter().enumerate();
    cells
        .flat_map(|(at, [first, second])| [*first as i16, *second as i16, seed(hash, at)])
        .collect()
}
