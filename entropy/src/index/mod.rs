//! Indices of trees of code vectors on a grid of cells, as bits and back.
//!
//! A node of a tree is a code vector, and its children are two finer ones: the index of a cell is the path to its node,
//! and a prefix of it is the index in a smaller codebook. A second tree may refine what the deepest nodes of the first
//! leave: then the vector of a cell is the sum of both. Paths are coded from the root on. Each turn is predicted from
//! what the vectors of the neighbours say of this cell's, and from the turns that they took at the same node.
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

use std::borrow::Cow;
use std::sync::Arc;

pub use prediction::{NEIGHBOURS, Prediction, WEIGHT_BITS};
pub use tree::{MAX_DEPTH, Tree};

use crate::error::{EntropyError, Result};
use crate::mixing::{BitIo, Predictor, Tally};
use contexts::{Turn, shape_of};

/// The nodes of a cell in the first and in the second tree; 1, the root, where the second one is not in use.
pub type Nodes = [u16; 2];

/// A tree, and what is known of turns in it before a stream begins.
#[derive(Debug, Clone)]
struct Stage {
    tree: Arc<Tree>,
    predictor: Predictor,
}

/// Trees, what neighbours say of a cell, and what is known of turns before a stream begins.
#[derive(Debug, Clone)]
pub struct IndexPrior {
    stages: Vec<Stage>,
    prediction: Prediction,
}

impl IndexPrior {
    /// A prior that has seen no indices, of one or two trees.
    ///
    /// # Errors
    /// [`EntropyError::Parameter`] if the prediction is for more channels than the vectors have, and for trees that do not
    /// fit each other.
    pub fn new(trees: Vec<Arc<Tree>>, prediction: Prediction) -> Result<Self> {
        let channels = trees.first().map_or(0, |tree| tree.channels());
        if prediction.channels() > channels {
            return Err(EntropyError::Parameter {
                what: "channels of a prediction",
                value: prediction.channels() as i64,
            });
        }
        if trees.len() > 2 || trees.iter().any(|tree| tree.channels() != channels) {
            return Err(EntropyError::Parameter {
                what: "number or channels of trees",
                value: trees.len() as i64,
            });
        }
        let stage = |tree: Arc<Tree>| {
            let predictor = Predictor::new(&shape_of(tree.depth()))?;
            Ok(Stage { tree, predictor })
        };
        Ok(Self {
            stages: trees.into_iter().map(stage).collect::<Result<_>>()?,
            prediction,
        })
    }

    /// What neighbours say of a cell.
    pub fn prediction(&self) -> &Prediction {
        &self.prediction
    }

    /// The first tree, or the second if there is one.
    pub fn tree(&self, stage: usize) -> Option<&Arc<Tree>> {
        self.stages.get(stage).map(|stage| &stage.tree)
    }

    /// The vector of a cell.
    pub fn vector(&self, nodes: Nodes) -> impl Iterator<Item = i16> {
        sum(&self.stages, nodes)
    }

    /// Levels of all trees together.
    pub fn depth(&self) -> u32 {
        self.stages.iter().map(|stage| stage.tree.depth()).sum()
    }

    /// The levels of each tree that indices of a depth go down; none for a depth that there is not: up to that of the first
    /// tree, or that of both.
    pub fn depths(&self, depth: u32) -> Option<[u32; 2]> {
        let first = self.tree(0)?.depth();
        match depth {
            0 => None,
            _ if depth <= first => Some([depth, 0]),
            _ if depth == self.depth() => Some([first, depth - first]),
            _ => None,
        }
    }

    /// The trained states one after the other, as [`Predictor::state`] gives them.
    pub fn state(&self, certainty: u16) -> Vec<u8> {
        self.stages
            .iter()
            .flat_map(|stage| stage.predictor.state(certainty))
            .collect()
    }

    /// Takes over what [`Self::state`] gave.
    ///
    /// # Errors
    /// [`EntropyError::Malformed`] for the state of other trees.
    pub fn set_state(&mut self, bytes: &[u8]) -> Result<()> {
        let wrong = EntropyError::Malformed("trained state of another length");
        let mut rest = bytes;
        for stage in &mut self.stages {
            let (own, behind) = rest
                .split_at_checked(stage.predictor.state_len())
                .ok_or(wrong.clone())?;
            stage.predictor.set_state(own)?;
            rest = behind;
        }
        if rest.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Learns from the nodes of a grid, all at `depth`. Returns what they cost before they were learned, in 1/4096 bits.
    ///
    /// # Errors
    /// [`EntropyError::Parameter`] for nodes that are not at that depth, and rows without columns.
    pub fn learn(&mut self, depth: u32, columns: usize, nodes: &[Nodes]) -> Result<u64> {
        let mut tally = Tally::default();
        let mut coder = self.coder(depth, columns)?;
        for &nodes in nodes {
            coder.code(&mut tally, &coder.situation(), nodes)?;
        }
        let learned = coder.predictors;
        for (stage, predictor) in self.stages.iter_mut().zip(learned) {
            stage.predictor = predictor;
        }
        Ok(tally.cost())
    }

    /// Starts a grid whose nodes are at `depth`, in rows of `columns`.
    ///
    /// # Errors
    /// [`EntropyError::Parameter`] for a depth that there is not, and rows without columns.
    pub fn coder(&self, depth: u32, columns: usize) -> Result<IndexCoder<'_>> {
        let refuse = |what, value| Err(EntropyError::Parameter { what, value });
        let Some(depths) = self.depths(depth) else {
            return refuse("depth of indices", depth.into());
        };
        if columns == 0 {
            return refuse("columns of indices", 0);
        }
        let used = self.stages.iter().zip(depths).filter(|(_, depth)| *depth > 0);
        Ok(IndexCoder {
            prior: self,
            predictors: used.map(|(stage, _)| stage.predictor.clone()).collect(),
            depths,
            columns,
            nodes: Vec::new(),
        })
    }
}

/// The sum of the vectors of nodes.
fn sum(stages: &[Stage], nodes: Nodes) -> impl Iterator<Item = i16> {
    let vector = |at: usize| stages.get(at).map_or(&[][..], |stage| stage.tree.vector(nodes[at]));
    let refined = if nodes[1] > 1 { vector(1) } else { &[] };
    let refined = refined.iter().copied().chain(std::iter::repeat(0));
    vector(0).iter().zip(refined).map(|(a, b)| a + b)
}

/// A grid in the middle of coding: cells come in raster order.
#[derive(Debug)]
pub struct IndexCoder<'a> {
    prior: &'a IndexPrior,
    /// Of the trees in use.
    predictors: Vec<Predictor>,
    depths: [u32; 2],
    columns: usize,
    nodes: Vec<Nodes>,
}

/// What is known of a cell before its nodes are.
#[derive(Debug, Clone)]
pub struct Situation {
    /// Nodes of the cells to the left, upper left, above and upper right; 0 where there is none.
    neighbours: [Nodes; NEIGHBOURS],
    /// The vector that all of them suggest, and those of the left and the upper one.
    guesses: [Vec<i32>; 3],
}

impl Situation {
    /// Nodes of the cells to the left, upper left, above and upper right; 0 where there is none.
    pub fn neighbours(&self) -> [Nodes; NEIGHBOURS] {
        self.neighbours
    }

    /// What is left of the guesses when the node in the first tree is known.
    fn refined(&self, tree: &Tree, node: u16) -> Self {
        let vector = tree.vector(node);
        let rest = |guess: &Vec<i32>| {
            guess
                .iter()
                .zip(vector)
                .map(|(guess, own)| guess - i32::from(*own))
                .collect()
        };
        Self {
            neighbours: self.neighbours,
            guesses: self.guesses.each_ref().map(rest),
        }
    }
}

impl IndexCoder<'_> {
    /// The cells that were coded.
    pub fn nodes(&self) -> &[Nodes] {
        &self.nodes
    }

    /// Any nodes at the depth of the grid: what decoders pass to [`Self::code`].
    pub fn any(&self) -> Nodes {
        self.depths.map(|depth| 1 << depth)
    }

    /// What is known of the next cell.
    pub fn situation(&self) -> Situation {
        let (at, columns) = (self.nodes.len(), self.columns);
        let (has_left, has_right) = (at % columns > 0, at % columns + 1 < columns);
        let node = |back: usize, is_there: bool| {
            let found = at.checked_sub(back).and_then(|at| self.nodes.get(at));
            found.copied().filter(|_| is_there).unwrap_or([0, 0])
        };
        let neighbours = [
            node(1, has_left),
            node(columns + 1, has_left),
            node(columns, true),
            node(columns.wrapping_sub(1), has_right && columns > 1),
        ];
        Situation {
            guesses: self
                .prior
                .prediction
                .guesses(&neighbours, |nodes| self.prior.vector(nodes)),
            neighbours,
        }
    }

    /// What the next cell would cost with these nodes, in 1/4096 bits. Learns nothing.
    ///
    /// # Errors
    /// None for nodes at the depth of the grid.
    pub fn cost(&self, situation: &Situation, nodes: Nodes) -> Result<u64> {
        self.check(nodes)?;
        let mut tally = Tally::default();
        for (stage, predictor) in self.predictors.iter().enumerate() {
            let situation = &*self.seen(situation, stage, nodes[0])?;
            for level in 0..self.depths[stage] {
                let at = nodes[stage] >> (self.depths[stage] - level);
                let turn = self.turn(situation, stage, at, level, nodes[0])?;
                let one = predictor.probability(&turn.contexts, &turn.selectors, &turn.opinions)?;
                tally.code(one, nodes[stage] >> (self.depths[stage] - 1 - level) & 1 != 0)?;
            }
        }
        Ok(tally.cost())
    }

    /// Codes the next cell and learns from it. A decoder ignores `nodes`, which may be any at the depth.
    ///
    /// # Errors
    /// Those of the coder.
    pub fn code(&mut self, io: &mut impl BitIo, situation: &Situation, nodes: Nodes) -> Result<Nodes> {
        self.check(nodes)?;
        let mut found = [1u16; 2];
        for stage in 0..self.predictors.len() {
            let situation = self.seen(situation, stage, found[0])?;
            for level in 0..self.depths[stage] {
                let bit = nodes[stage] >> (self.depths[stage] - 1 - level) & 1 != 0;
                let turn = self.turn(&situation, stage, found[stage], level, found[0])?;
                if let Some(predictor) = self.predictors.get_mut(stage) {
                    let bit = predictor.code_with(io, &turn.contexts, &turn.selectors, &turn.opinions, bit)?;
                    found[stage] = 2 * found[stage] + u16::from(bit);
                }
            }
        }
        self.nodes.push(found);
        Ok(found)
    }

    /// What is known of a cell in a stage.
    fn seen<'s>(&self, situation: &'s Situation, stage: usize, first: u16) -> Result<Cow<'s, Situation>> {
        Ok(match stage {
            0 => Cow::Borrowed(situation),
            _ => Cow::Owned(situation.refined(self.tree(0)?, first)),
        })
    }

    fn turn(&self, situation: &Situation, stage: usize, node: u16, level: u32, first: u16) -> Result<Turn> {
        let hint = match stage {
            0 => 0,
            _ => first >> self.depths[0].saturating_sub(contexts::HINT_BITS - 1),
        };
        let neighbours = situation.neighbours.map(|nodes| nodes[stage]);
        let levels = [level, self.depths[stage]];
        Ok(Turn::new(self.tree(stage)?, situation, neighbours, node, levels, hint))
    }

    fn tree(&self, stage: usize) -> Result<&Tree> {
        let tree = self.prior.tree(stage).map(|tree| &**tree);
        tree.ok_or(EntropyError::Malformed("no such tree"))
    }

    fn check(&self, nodes: Nodes) -> Result<()> {
        for (node, depth) in nodes.into_iter().zip(self.depths) {
            if u32::from(node).checked_ilog2() != Some(depth) {
                return Err(EntropyError::Parameter {
                    what: "node at another depth",
                    value: node.into(),
                });
            }
        }
        Ok(())
    }
}
