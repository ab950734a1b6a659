//! Indices of a tree of code vectors on a grid of cells, as bits and back.
//!
//! A node of the tree is a code vector, and its children are two finer ones: the index of a cell is the path to its node,
//! and a prefix of it is the index in a smaller codebook. The path is coded from the root on. Each turn is predicted
//! from what the vectors of the neighbours say of this cell's, and from the turns that they took at the same node.
//!
//! ```text
//! nodes of left, upper left, upper, upper right cell -> their vectors -> linear prediction of the vector of this cell
//!     -> which child lies nearer to it, and by how much -> contexts and opinions -> mixing -> a bit
//! ```

mod contexts;
mod prediction;
#[cfg(test)]
mod tests;
mod tree;

use std::sync::Arc;

pub use prediction::{NEIGHBOURS, Prediction, WEIGHT_BITS};
pub use tree::{MAX_DEPTH, Tree};

use crate::error::{EntropyError, Result};
use crate::mixing::{BitIo, Predictor, Tally};
use contexts::{Turn, shape_of};

/// A tree, what neighbours say of a cell, and what is known of turns before a stream begins.
#[derive(Debug, Clone)]
pub struct IndexPrior {
    tree: Arc<Tree>,
    prediction: Prediction,
    predictor: Predictor,
}

impl IndexPrior {
    /// A prior that has seen no indices.
    ///
    /// # Errors
    /// [`EntropyError::Parameter`] if the prediction is for more channels than the vectors have.
    pub fn new(tree: Arc<Tree>, prediction: Prediction) -> Result<Self> {
        if prediction.channels() > tree.channels() {
            return Err(EntropyError::Parameter {
                what: "channels of a prediction",
                value: prediction.channels() as i64,
            });
        }
        let predictor = Predictor::new(&shape_of(tree.depth()))?;
        Ok(Self {
            tree,
            prediction,
            predictor,
        })
    }

    /// The code vectors.
    pub fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// What neighbours say of a cell.
    pub fn prediction(&self) -> &Prediction {
        &self.prediction
    }

    /// The trained state, as [`Predictor::state`] gives it.
    pub fn state(&self, certainty: u16) -> Vec<u8> {
        self.predictor.state(certainty)
    }

    /// Takes over what [`Self::state`] gave.
    ///
    /// # Errors
    /// [`EntropyError::Malformed`] for the state of another tree.
    pub fn set_state(&mut self, bytes: &[u8]) -> Result<()> {
        self.predictor.set_state(bytes)
    }

    /// Learns from the nodes of a grid, all at `depth`. Returns what they cost before they were learned, in 1/4096 bits.
    ///
    /// # Errors
    /// [`EntropyError::Parameter`] for nodes that are not at that depth, or do not fill rows of `columns`.
    pub fn learn(&mut self, depth: u32, columns: usize, nodes: &[u16]) -> Result<u64> {
        let mut tally = Tally::default();
        let mut coder = self.coder(depth, columns)?;
        for &node in nodes {
            coder.code(&mut tally, &coder.situation(), node)?;
        }
        self.predictor = coder.predictor;
        Ok(tally.cost())
    }

    /// Starts a grid whose nodes are at `depth`, in rows of `columns`.
    ///
    /// # Errors
    /// [`EntropyError::Parameter`] for a depth that the tree does not have, and rows without columns.
    pub fn coder(&self, depth: u32, columns: usize) -> Result<IndexCoder<'_>> {
        for (what, value, right) in [
            (
                "depth of indices",
                u64::from(depth),
                (1..=self.tree.depth()).contains(&depth),
            ),
            ("columns of indices", columns as u64, columns > 0),
        ] {
            if !right {
                let value = value as i64;
                return Err(EntropyError::Parameter { what, value });
            }
        }
        Ok(IndexCoder {
            prior: self,
            predictor: self.predictor.clone(),
            depth,
            columns,
            nodes: Vec::new(),
        })
    }
}

/// A grid in the middle of coding: cells come in raster order.
#[derive(Debug)]
pub struct IndexCoder<'a> {
    prior: &'a IndexPrior,
    predictor: Predictor,
    depth: u32,
    columns: usize,
    nodes: Vec<u16>,
}

/// What is known of a cell before its node is.
#[derive(Debug)]
pub struct Situation {
    /// Nodes of the cells to the left, upper left, above and upper right; 0 where there is none.
    neighbours: [u16; NEIGHBOURS],
    /// The vector that all of them suggest, and those of the left and the upper one.
    guesses: [Vec<i32>; 3],
}

impl Situation {
    /// Nodes of the cells to the left, upper left, above and upper right; 0 where there is none.
    pub fn neighbours(&self) -> [u16; NEIGHBOURS] {
        self.neighbours
    }
}

impl IndexCoder<'_> {
    /// The cells that were coded.
    pub fn nodes(&self) -> &[u16] {
        &self.nodes
    }

    /// What is known of the next cell.
    pub fn situation(&self) -> Situation {
        let (at, columns) = (self.nodes.len(), self.columns);
        let (has_left, has_right) = (at % columns > 0, at % columns + 1 < columns);
        let node = |back: usize, is_there: bool| {
            let found = at.checked_sub(back).and_then(|at| self.nodes.get(at));
            found.copied().filter(|_| is_there).unwrap_or(0)
        };
        let neighbours = [
            node(1, has_left),
            node(columns + 1, has_left),
            node(columns, true),
            node(columns.wrapping_sub(1), has_right && columns > 1),
        ];
        Situation {
            guesses: self.prior.prediction.guesses(&self.prior.tree, &neighbours),
            neighbours,
        }
    }

    /// What the next cell would cost if it were `node`, in 1/4096 bits. Learns nothing.
    ///
    /// # Errors
    /// None for a node at the depth of the grid.
    pub fn cost(&self, situation: &Situation, node: u16) -> Result<u64> {
        self.check(node)?;
        let mut tally = Tally::default();
        for level in 0..self.depth {
            let (turn, bit) = self.turn(situation, node, level);
            let one = self
                .predictor
                .probability(&turn.contexts, &turn.selectors, &turn.opinions)?;
            tally.code(one, bit)?;
        }
        Ok(tally.cost())
    }

    /// Codes the next cell and learns from it. A decoder ignores `node`, which may be any at the depth.
    ///
    /// # Errors
    /// Those of the coder.
    pub fn code(&mut self, io: &mut impl BitIo, situation: &Situation, node: u16) -> Result<u16> {
        self.check(node)?;
        let mut found = 1u16;
        for level in 0..self.depth {
            let bit = node >> (self.depth - 1 - level) & 1 != 0;
            let turn = Turn::new(&self.prior.tree, situation, found, level, self.depth);
            let bit = self
                .predictor
                .code_with(io, &turn.contexts, &turn.selectors, &turn.opinions, bit)?;
            found = 2 * found + u16::from(bit);
        }
        self.nodes.push(found);
        Ok(found)
    }

    /// The turn of a path at a level, and where it goes.
    fn turn(&self, situation: &Situation, node: u16, level: u32) -> (Turn, bool) {
        let bit = node >> (self.depth - 1 - level) & 1 != 0;
        let at = node >> (self.depth - level);
        (Turn::new(&self.prior.tree, situation, at, level, self.depth), bit)
    }

    fn check(&self, node: u16) -> Result<()> {
        if u32::from(node).checked_ilog2() == Some(self.depth) {
            return Ok(());
        }
        Err(EntropyError::Parameter {
            what: "node at another depth",
            value: node.into(),
        })
    }
}
