//! From pixels to nodes.

use lmc_entropy::coder::{EncodeSymbols, RangeEncoder};
use lmc_entropy::index::{IndexCoder, Nodes, Situation};
use lmc_entropy::mixing::Writing;
use lmc_kernels::isa::Isa;
use lmc_kernels::packet::{BANDS, bands_of};
use rayon::prelude::*;

use super::model::{EncoderParts, VqModel, fixed};
use super::params::{Params, Rate};
use super::search::{Found, distance, nearest};
use super::stream::{cells_of, hashes};
use super::texture::mixed;
use super::{CELL, CELL_BANDS};
use crate::codecs::image::{CodedTile, EncodeOptions, Grid};
use crate::error::{CodecError, Result};
use crate::media::image::Image;
use crate::tiles::{Rect, TileGrid};
use crate::watch::{Watch, report};

/// Pixels of the neighbours that the packet sees around what it works on.
const MARGIN: u32 = 64;
/// The longest side of what is transformed at a time, in pixels: bounds the memory.
const WINDOW: u32 = 1024;
/// A bit is worth this share of what one more level of the tree gains.
const BIT: f32 = 0.8;

/// Nodes of the first tree that are kept at each level of the search, and those of them that are refined.
const FIRST_BEAM: usize = 16;
const REFINED: usize = 4;
/// Nodes of the second tree that are kept at each level.
const SECOND_BEAM: usize = 6;

/// Nodes and their squared distance to the values of a cell.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    nodes: Nodes,
    distance: f32,
}

/// A tile, coded, and its cells.
pub(super) struct Coded {
    pub(super) tile: CodedTile,
    pub(super) cells: Vec<i16>,
}

/// The encoder of one image.
pub(super) struct Encoder<'a> {
    model: &'a VqModel,
    parts: &'a EncoderParts,
    image: &'a Image,
    pub(super) grid: TileGrid,
    pub(super) params: Params,
    /// Levels of each tree.
    depths: [u32; 2],
    /// What a bit is worth in squared distance.
    bit: f32,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(model: &'a VqModel, image: &'a Image, options: &EncodeOptions) -> Result<Self> {
        let parts = model.encoder()?;
        let Rate { params, thrift } = Rate::of(options.quality, [model.config().depth, model.config().refinement]);
        let squared = fixed(1.0) * fixed(1.0);
        let at = |depth: u32| squared * parts.distances.get(depth as usize).copied().unwrap_or(0.0);
        let first = params.depth.min(model.config().depth);
        Ok(Self {
            model,
            parts,
            image,
            grid: TileGrid::new(image.width(), image.height(), options.tile_size)?,
            params,
            bit: BIT * thrift * (at(first - 1) - at(first)).max(0.0),
            depths: [first, params.depth - first],
        })
    }

    /// Codes all tiles.
    pub(super) fn run(&self, watch: &mut dyn Watch) -> Result<Vec<Coded>> {
        let count = self.grid.count() as usize;
        let mut coded = Vec::with_capacity(count);
        let batch = rayon::current_num_threads().max(1);
        for start in (0..count).step_by(batch) {
            let rects = (start..count.min(start + batch)).into_par_iter();
            let rects = rects.filter_map(|tile| self.grid.rect(tile as u32));
            let tiles: Result<Vec<_>> = rects.map(|rect| self.code(&rect)).collect();
            coded.extend(tiles?);
            report(watch, coded.len(), count)?;
        }
        Ok(coded)
    }

    fn code(&self, rect: &Rect) -> Result<Coded> {
        let values = self.analyse(rect);
        let failed = |error| CodecError::model("coding of indices", error);
        let columns = rect.width.div_ceil(CELL as u32) as usize;
        let mut bytes = RangeEncoder::new();
        let mut coder = self.model.prior.coder(self.params.depth, columns).map_err(failed)?;
        let channels = self.model.config().channels;
        let candidates = values.par_chunks(channels).map(|values| self.candidates(values));
        let candidates: Vec<Vec<Candidate>> = candidates.collect::<Result<_>>()?;
        for (values, candidates) in values.chunks(channels).zip(candidates) {
            let situation = coder.situation();
            let nodes = self.choose(&coder, &situation, values, candidates)?;
            coder
                .code(&mut Writing(&mut bytes), &situation, nodes)
                .map_err(failed)?;
        }
        let nodes = coder.nodes();
        let (checksum, symbol_hash) = hashes(nodes);
        Ok(Coded {
            cells: cells_of(nodes),
            tile: CodedTile {
                bytes: bytes.finish(),
                checksum,
                symbol_hash,
                symbols: nodes.len(),
                cost: None,
            },
        })
    }

    /// Nodes near to the values of a cell.
    fn candidates(&self, values: &[f32]) -> Result<Vec<Candidate>> {
        let first = nearest(self.model.tree(0)?, values, self.depths[0], FIRST_BEAM);
        let plain = first.iter().map(|found| self.plain(*found));
        let mut all: Vec<Candidate> = plain.collect();
        if self.depths[1] > 0 {
            let tree = self.model.tree(0)?;
            for found in first.iter().take(REFINED) {
                let rest: Vec<f32> = values
                    .iter()
                    .zip(tree.vector(found.node))
                    .map(|(value, own)| value - f32::from(*own))
                    .collect();
                let second = nearest(self.model.tree(1)?, &rest, self.depths[1], SECOND_BEAM);
                all.extend(second.iter().map(|second| Candidate {
                    nodes: [found.node, second.node],
                    distance: second.distance,
                }));
            }
        }
        Ok(all)
    }

    /// A node of the first tree that is not refined.
    fn plain(&self, found: Found) -> Candidate {
        Candidate {
            nodes: [found.node, 1 << self.depths[1]],
            distance: found.distance,
        }
    }

    /// Of the candidates, and the nodes around, the one with the least distance and bits.
    fn choose(
        &self,
        coder: &IndexCoder<'_>,
        situation: &Situation,
        values: &[f32],
        mut candidates: Vec<Candidate>,
    ) -> Result<Nodes> {
        let tree = self.model.tree(0)?;
        for [node, _] in situation.neighbours().into_iter().filter(|nodes| nodes[0] != 0) {
            let distance = distance(tree, values, node);
            candidates.push(self.plain(Found { node, distance }));
        }
        let failed = |error| CodecError::model("coding of indices", error);
        candidates.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        candidates.dedup_by_key(|candidate| candidate.nodes);
        let mut best = (f32::INFINITY, coder.any());
        for Candidate { nodes, distance } in candidates {
            // Not even a free one this far away could be better.
            if distance >= best.0 {
                break;
            }
            let loss = distance + self.bit * coder.cost(situation, nodes).map_err(failed)? as f32 / 4096.0;
            if loss < best.0 {
                best = (loss, nodes);
            }
        }
        Ok(best.1)
    }

    /// The leading coefficients of all cells of a tile, as vectors hold them.
    fn analyse(&self, rect: &Rect) -> Vec<f32> {
        let channels = self.model.config().channels;
        let cells = rect.cells(CELL as u32);
        let mut values = Grid::zeros(cells.height as usize, cells.width as usize, channels);
        for piece in rect.pieces(WINDOW) {
            let window = piece.grown(MARGIN, self.image.width(), self.image.height());
            let [width, height] = [window.width, window.height].map(|side| side.next_multiple_of(CELL as u32));
            let pixels = self.image.window(&window, width, height);
            let all = coefficients(
                &pixels,
                [height as usize, width as usize],
                &self.parts.analysis,
                channels,
            );
            let [rows, columns] = [height, width].map(|side| side as usize / CELL);
            let all = Grid {
                height: rows,
                width: columns,
                channels,
                data: all,
            };
            let inner = piece.within(&window).cells(CELL as u32);
            let place = piece.within(rect);
            values.put(place.x as usize / CELL, place.y as usize / CELL, &all.piece(&inner));
        }
        values.data
    }
}

/// Coefficients of all cells of planar RGB, as vectors hold them: `[cells, channels]` by an analysis `[channels, 768]`.
pub(super) fn coefficients(pixels: &[f32], [height, width]: [usize; 2], analysis: &[f32], channels: usize) -> Vec<f32> {
    let bands = bands_of(pixels, height, width);
    let columns = width / CELL;
    let mut values = vec![0.0; height / CELL * columns * channels];
    values.par_chunks_mut(channels).enumerate().for_each(|(at, values)| {
        let cell = cell_of(&bands, columns, at);
        Isa::best().run(
            #[inline(always)]
            || {
                for (value, row) in values.iter_mut().zip(analysis.chunks_exact(CELL_BANDS)) {
                    *value = fixed(dot(row, &cell));
                }
            },
        );
    });
    values
}

/// The bands of four positions of a cell, one after the other.
pub(super) fn cell_of(bands: &[f32], columns: usize, at: usize) -> [f32; CELL_BANDS] {
    let (row, column) = (at / columns, at % columns);
    let mut cell = [0.0; CELL_BANDS];
    for (place, out) in cell.chunks_exact_mut(2 * BANDS).enumerate() {
        let start = ((2 * row + place) * 2 * columns + 2 * column) * BANDS;
        out.copy_from_slice(&bands[start..start + 2 * BANDS]);
    }
    cell
}

#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; 16];
    for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        for i in 0..16 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum()
}

/// The seed of the texture of a cell.
pub(super) fn seed(hash: u32, at: usize) -> i16 {
    mixed(hash, at as u32) as i16
}
