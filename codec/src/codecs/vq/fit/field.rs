//! The coefficients of all cells of all crops, and their nodes.

use lmc_entropy::index::Tree;
use rayon::prelude::*;

use super::klt::Basis;
use super::{Crops, FitConfig};
use crate::Result;
use crate::codecs::vq::encode::coefficients;
use crate::codecs::vq::search::levels;
use crate::codecs::vq::{CELL, VECTOR_BITS};

/// Crops that are read at a time.
const BATCH: usize = 16;

/// One crop.
#[derive(Debug)]
pub(super) struct Square {
    /// `[cells, coefficients]` as code vectors hold them.
    pub(super) values: Vec<f32>,
    /// The nearest nodes, `[depths from 0 on][cells]`.
    pub(super) nodes: Vec<Vec<u16>>,
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
                    let found = levels(tree, &values[..channels], tree.depth());
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
        (0..depths).map(|depth| mean(depth) as f32).collect()
    }

    /// Every so many crops, so that there are at most `cells` cells.
    pub(super) fn some(&self, cells: usize) -> impl Iterator<Item = (usize, &Square)> {
        let all = self.squares.len() * self.side * self.side;
        self.squares
            .iter()
            .enumerate()
            .step_by(all.div_ceil(cells.max(1)).max(1))
    }
}

/// A coefficient, of one as code vectors hold them.
pub(super) fn real(value: f32) -> f32 {
    value / (1 << VECTOR_BITS) as f32
}
