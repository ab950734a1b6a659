//! The tree of code vectors.

use crate::error::{EntropyError, Result, check_limit};

/// The deepest tree: nodes have 15 bits.
pub const MAX_DEPTH: u32 = 14;
/// Most values of a vector.
const MAX_CHANNELS: usize = 256;
/// Largest magnitude of a value: sums of squares fit 32 bits for any number of channels.
const MAX_VALUE: i16 = 2047;

/// A complete binary tree of vectors. The root is node 1, the children of node `n` are `2 n` and `2 n + 1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    depth: u32,
    channels: usize,
    /// Of all nodes from 0 on, which is none.
    vectors: Vec<i16>,
}

impl Tree {
    /// A tree of `[2^(depth + 1), channels]` values, those of node 0 first, which mean nothing.
    ///
    /// # Errors
    /// [`EntropyError::Limit`] and [`EntropyError::Parameter`] for sizes and values that cannot be.
    pub fn new(depth: u32, channels: usize, vectors: Vec<i16>) -> Result<Self> {
        check_limit("depth of a tree", depth.into(), MAX_DEPTH.into())?;
        check_limit("channels of a tree", channels as u64, MAX_CHANNELS as u64)?;
        let wanted = (2usize << depth) * channels;
        if depth == 0 || channels == 0 || vectors.len() != wanted {
            return Err(EntropyError::Parameter {
                what: "values of a tree",
                value: vectors.len() as i64,
            });
        }
        if let Some(&value) = vectors.iter().find(|value| value.unsigned_abs() > MAX_VALUE as u16) {
            return Err(EntropyError::Parameter {
                what: "value of a code vector",
                value: value.into(),
            });
        }
        Ok(Self {
            depth,
            channels,
            vectors,
        })
    }

    /// Levels below the root.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Values of a vector.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The vector of a node; that of the root for nodes that the tree does not have.
    pub fn vector(&self, node: u16) -> &[i16] {
        let at = usize::from(node) * self.channels;
        let root = self.channels..2 * self.channels;
        let found = self.vectors.get(at..at + self.channels);
        found.unwrap_or_else(|| self.vectors.get(root).unwrap_or_default())
    }

    /// The largest magnitude of a value.
    pub fn limit(&self) -> i16 {
        let largest = self.vectors.iter().map(|value| value.unsigned_abs()).max();
        largest.map_or(1, |value| value.clamp(1, MAX_VALUE as u16) as i16)
    }

    /// The node at `depth` that a greedy walk from the root finds for a vector.
    pub fn walk(&self, vector: &[i32], depth: u32) -> u16 {
        let mut node = 1;
        for _ in 0..depth.min(self.depth) {
            let [low, high] = [2 * node, 2 * node + 1].map(|child| self.distance(vector, child));
            node = 2 * node + u16::from(high < low);
        }
        node
    }

    /// The squared distance of a vector, or of its first values, to that of a node.
    pub fn distance(&self, vector: &[i32], node: u16) -> i64 {
        let pairs = vector.iter().zip(self.vector(node));
        pairs.map(|(a, b)| i64::from(a - i32::from(*b)).pow(2)).sum()
    }
}
