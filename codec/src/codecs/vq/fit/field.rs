//! The coefficients of all cells of all crops, and their nodes.

use lmc_entropy::index::{Nodes, Tree};
use rayon::prelude::*;

use super::klt::Basis;
use super::{Crops, FitConfig};
use crate::Result;
use crate::codecs::vq::encode::coefficients;
use crate::codecs::vq::search::{levels, nearest};
use crate::codecs::vq::{CELL, VECTOR_BITS};

/// Nodes that the search keeps at each level.
const BEAM: usize = 8;
/// Crops that are read at a time.
const BATCH: usize = 16;

/// One crop.
#[derive(Debug)]
pub(super) struct Square {
    /// `[cells, coefficients]` as code vectors hold them.
    pub(super) values: Vec<f32>,
    /// The nearest nodes of the first tree, `[depths from 0 on][cells]`.
    pub(super) nodes: Vec<Vec<u16>>,
    /// The nearest node of the second tree to what the first leaves, and by how much it brings the cell nearer.
    pub(super) refined: Vec<(u16, f32)>,
}

impl Square {
    /// Nodes at a level of the first tree that nothing refines; `second` is the depth of the second tree if it is in use.
    pub(super) fn plain(&self, depth: u32, second: u32) -> Vec<Nodes> {
        let nodes = self.nodes.get(depth as usize).map(Vec::as_slice).unwrap_or_default();
        nodes.iter().map(|node| [*node, 1 << second]).collect()
    }

    /// The deepest nodes, refined where that gains at least `least`.
    pub(super) fn both(&self, second: u32, least: f32) -> Vec<Nodes> {
        let mut all = self.plain(self.nodes.len() as u32 - 1, second);
        for (nodes, (node, gain)) in all.iter_mut().zip(&self.refined) {
            if *gain >= least {
                nodes[1] = *node;
            }
        }
        all
    }
}

/// All crops.
#[derive(Debug)]
pub(super) struct Field {
    /// Cells along one side of a crop.
    pub(super) side: usize,
    /// Coefficients of a cell.
    pub(super) coefficients: usize,
    /// Those that vectors have.
    pub(super) channels: usize,
    pub(super) squares: Vec<Square>,
    /// What the second tree gains in the mean.
    pub(super) gain: f32,
}

impl Field {
    pub(super) fn new(config: &FitConfig, crops: &dyn Crops, basis: &Basis) -> Result<Self> {
        let (side, count) = (crops.side(), config.model.coefficients);
        let analysis = basis.analysis(count);
        let mut squares = Vec::with_capacity(crops.count());
        for start in (0..crops.count()).step_by(BATCH) {
            let batch = (start..crops.count().min(start + BATCH)).into_par_iter();
            let batch: Result<Vec<_>> = batch
                .map(|index| {
                    Ok(Square {
                        values: coefficients(&crops.crop(index)?, [side, side], &analysis, count),
                        nodes: Vec::new(),
                        refined: Vec::new(),
                    })
                })
                .collect();
            squares.extend(batch?);
        }
        Ok(Self {
            side: side / CELL,
            coefficients: count,
            channels: config.model.channels,
            squares,
            gain: 0.0,
        })
    }

    /// Finds the nodes of all cells. Returns the mean squared distances at all depths from 0 on.
    pub(super) fn search(&mut self, tree: &Tree) -> Vec<f32> {
        let depths = tree.depth() as usize + 1;
        let (coefficients, channels) = (self.coefficients, self.channels);
        let sums: Vec<Vec<f64>> = self
            .squares
            .par_iter_mut()
            .map(|square| {
                let mut sums = vec![0.0; depths];
                square.nodes = vec![Vec::new(); depths];
                for values in square.values.chunks_exact(coefficients) {
                    let found = levels(tree, &values[..channels], tree.depth(), BEAM);
                    for ((level, nodes), sum) in found.iter().zip(&mut square.nodes).zip(&mut sums) {
                        if let Some(best) = level.first() {
                            nodes.push(best.node);
                            *sum += f64::from(best.distance);
                        }
                    }
                }
                sums
            })
            .collect();
        let cells = (self.squares.len() * self.side * self.side) as f64;
        let mean = |depth: usize| sums.iter().map(|sums| sums[depth]).sum::<f64>() / cells;
        (0..depths).map(|depth| real(real(mean(depth) as f32))).collect()
    }

    /// The leading coefficients of all cells, `[cells, channels]`.
    pub(super) fn leading(&self) -> Vec<f32> {
        let cells = self
            .squares
            .iter()
            .flat_map(|square| square.values.chunks_exact(self.coefficients));
        cells.flat_map(|values| &values[..self.channels]).copied().collect()
    }

    /// What the deepest nodes leave of all cells, `[cells, channels]`.
    pub(super) fn rests(&self, tree: &Tree) -> Vec<f32> {
        let rest = |square: &Square| rests_of(tree, square, self.coefficients, self.channels);
        let all: Vec<Vec<f32>> = self.squares.par_iter().map(rest).collect();
        all.concat()
    }

    /// Finds the nodes of the second tree, and what they gain.
    pub(super) fn refine(&mut self, first: &Tree, second: &Tree) {
        let (coefficients, channels) = (self.coefficients, self.channels);
        self.squares.par_iter_mut().for_each(|square| {
            let rests = rests_of(first, square, coefficients, channels);
            let refined = rests.chunks_exact(channels).map(|rest| {
                let best = nearest(second, rest, second.depth(), BEAM).first().copied();
                let before: f32 = rest.iter().map(|value| value * value).sum();
                best.map_or((1 << second.depth(), 0.0), |best| (best.node, before - best.distance))
            });
            square.refined = refined.collect();
        });
        let gains = self.squares.iter().flat_map(|square| &square.refined);
        let sum: f64 = gains.map(|(_, gain)| f64::from(*gain)).sum();
        self.gain = (sum / (self.squares.len() * self.side * self.side) as f64) as f32;
    }

    /// The stride over crops that leaves at most `cells` cells.
    pub(super) fn some(&self, cells: usize) -> impl Iterator<Item = (usize, &Square)> {
        let all = self.squares.len() * self.side * self.side;
        self.squares
            .iter()
            .enumerate()
            .step_by(all.div_ceil(cells.max(1)).max(1))
    }
}

fn rests_of(tree: &Tree, square: &Square, coefficients: usize, channels: usize) -> Vec<f32> {
    let leaves = square.nodes.last().map(Vec::as_slice).unwrap_or_default();
    let cells = square.values.chunks_exact(coefficients).zip(leaves);
    let rest = |(values, node): (&[f32], &u16)| {
        let pairs = values[..channels].iter().zip(tree.vector(*node));
        pairs.map(|(value, own)| value - f32::from(*own)).collect::<Vec<f32>>()
    };
    cells.flat_map(rest).collect()
}

/// A coefficient, of one as code vectors hold them.
pub(super) fn real(value: f32) -> f32 {
    value / (1 << VECTOR_BITS) as f32
}
