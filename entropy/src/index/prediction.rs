//! What the vectors of neighbours say of a cell's.

use super::Nodes;
use crate::error::{EntropyError, Result};

/// Neighbours of a cell that come before it: left, upper left, above, upper right.
pub const NEIGHBOURS: usize = 4;
/// Fractional bits of weights.
pub const WEIGHT_BITS: u32 = 12;
/// Most channels that are predicted.
const MAX_CHANNELS: usize = 64;
/// Which neighbour stands for one that is missing, in this order.
const STANDS_FOR: [[usize; 3]; NEIGHBOURS] = [[1, 2, 3], [0, 2, 3], [3, 0, 1], [2, 1, 0]];

/// A linear prediction of the first channels of a vector from those of four neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    channels: usize,
    /// `[outputs, 4 neighbours, inputs]`
    weights: Vec<i16>,
}

impl Prediction {
    /// A prediction with weights `[channels, 4, channels]` of 12 fractional bits.
    ///
    /// # Errors
    /// [`EntropyError::Parameter`] for another number of weights.
    pub fn new(channels: usize, weights: Vec<i16>) -> Result<Self> {
        let wanted = NEIGHBOURS * channels * channels;
        if !(1..=MAX_CHANNELS).contains(&channels) || weights.len() != wanted {
            return Err(EntropyError::Parameter {
                what: "weights of a prediction",
                value: weights.len() as i64,
            });
        }
        Ok(Self { channels, weights })
    }

    /// Channels that are predicted.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// `[channels, 4, channels]`
    pub fn weights(&self) -> &[i16] {
        &self.weights
    }

    /// The nodes of neighbours, where others stand for those that are missing; none if all are.
    fn completed(neighbours: &[Nodes; NEIGHBOURS]) -> Option<[Nodes; NEIGHBOURS]> {
        let mut all = *neighbours;
        for (nodes, others) in all.iter_mut().zip(STANDS_FOR) {
            let mut there = others.into_iter().map(|other| neighbours[other]);
            if nodes[0] == 0 {
                *nodes = there.find(|other| other[0] != 0)?;
            }
        }
        Some(all)
    }

    /// What all neighbours say of a cell, what the left one says, and what the upper one says. Zeros without neighbours.
    pub(super) fn guesses<I: Iterator<Item = i16>>(
        &self,
        neighbours: &[Nodes; NEIGHBOURS],
        vector: impl Fn(Nodes) -> I,
    ) -> [Vec<i32>; 3] {
        let Some(all) = Self::completed(neighbours) else {
            return [(); 3].map(|()| vec![0; self.channels]);
        };
        let vectors = all.map(|nodes| vector(nodes).take(self.channels).map(i32::from).collect::<Vec<_>>());
        let inputs = vectors.concat();
        let [left, _, above, _] = vectors;
        [self.predict(&inputs), left, above]
    }

    fn predict(&self, inputs: &[i32]) -> Vec<i32> {
        let rows = self.weights.chunks_exact(NEIGHBOURS * self.channels);
        rows.map(|row| {
            let products = row.iter().zip(inputs).map(|(w, x)| i64::from(*w) * i64::from(*x));
            ((products.sum::<i64>() + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS) as i32
        })
        .collect()
    }
}
