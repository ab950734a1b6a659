//! Search of nodes for coefficients.

use lmc_entropy::index::Tree;

/// A node and its squared distance to what was searched for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) node: u16,
    pub(super) distance: f32,
}

/// The nearest nodes at a depth that a search finds, nearest first, for values as vectors hold them; it keeps `beam` nodes
/// at each level.
pub(super) fn nearest(tree: &Tree, values: &[f32], depth: u32, beam: usize) -> Vec<Found> {
    levels(tree, values, depth, beam).pop().unwrap_or_default()
}

/// The same for all depths from 0 on.
pub(super) fn levels(tree: &Tree, values: &[f32], depth: u32, beam: usize) -> Vec<Vec<Found>> {
    let found = |node| Found {
        node,
        distance: distance(tree, values, node),
    };
    let mut all = vec![vec![found(1)]];
    for _ in 0..depth.min(tree.depth()) {
        let last = all.last().map(Vec::as_slice).unwrap_or_default();
        let children = last.iter().flat_map(|parent| [2 * parent.node, 2 * parent.node + 1]);
        let mut next: Vec<Found> = children.map(found).collect();
        next.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        next.truncate(beam);
        all.push(next);
    }
    all
}

/// The squared distance to a node.
pub(super) fn distance(tree: &Tree, values: &[f32], node: u16) -> f32 {
    let (values, _) = values.as_chunks::<8>();
    let (vector, _) = tree.vector(node).as_chunks::<8>();
    let mut sums = [0f32; 8];
    for (values, vector) in values.iter().zip(vector) {
        for i in 0..8 {
            let difference = values[i] - f32::from(vector[i]);
            sums[i] += difference * difference;
        }
    }
    sums.iter().sum()
}
