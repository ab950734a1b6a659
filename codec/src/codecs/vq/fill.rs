//! What stands in for lost cells: nodes whose vectors continue those around.

use lmc_entropy::index::IndexPrior;

use super::CELL_VALUES;
use super::encode::seed;
use super::synthesis::nodes_of;
use crate::codecs::image::Grid;
use crate::tiles::Rect;

/// Leading values of vectors that are continued: level, colour and slopes. Finer detail would repeat itself.
const CONTINUED: usize = 9;
/// Times that unknown vectors are moved towards their neighbours.
const SWEEPS: usize = 24;

/// Gives the cells of `holes` nodes that continue their surroundings. Where nothing is known they become the mean of all.
/// False for a prior without trees.
pub(super) fn mend(prior: &IndexPrior, depths: [u32; 2], cells: &mut Grid<i16>, holes: &[Rect]) -> bool {
    let Some(tree) = prior.tree(0) else {
        return false;
    };
    let mut field = Field::new(prior, cells, holes);
    let order = field.grow();
    for sweep in 0..SWEEPS {
        if sweep % 2 == 0 {
            order.iter().for_each(|&at| field.relax(at));
        } else {
            order.iter().rev().for_each(|&at| field.relax(at));
        }
    }
    // Nothing is refined.
    let zeros = vec![0; tree.channels()];
    let second = prior.tree(1).map_or(1, |tree| tree.walk(&zeros, depths[1]));
    let unknown = field.unknown.iter().enumerate().filter(|(_, unknown)| **unknown);
    let (all, _) = cells.data.as_chunks_mut::<CELL_VALUES>();
    for (at, _) in unknown {
        let first = tree.walk(&field.vectors[at].map(|value| (value + 8) >> 4), depths[0]);
        if let Some(cell) = all.get_mut(at) {
            *cell = [first as i16, second as i16, seed(0, at)];
        }
    }
    true
}

/// Vectors of cells with 4 more fractional bits.
struct Field {
    width: usize,
    height: usize,
    vectors: Vec<[i32; CONTINUED]>,
    /// Cells of holes.
    unknown: Vec<bool>,
    /// Cells with a vector, known or not.
    filled: Vec<bool>,
}

impl Field {
    fn new(prior: &IndexPrior, cells: &Grid<i16>, holes: &[Rect]) -> Self {
        let (width, height) = (cells.width, cells.height);
        let mut unknown = vec![false; width * height];
        for hole in holes {
            for y in hole.y as usize..(hole.bottom() as usize).min(height) {
                let right = (hole.right() as usize).min(width);
                unknown[y * width + (hole.x as usize).min(right)..y * width + right].fill(true);
            }
        }
        let vectors = nodes_of(&cells.data).zip(&unknown).map(|(nodes, unknown)| {
            let mut vector = prior.vector(if *unknown { [1, 1] } else { nodes });
            std::array::from_fn(|_| i32::from(vector.next().unwrap_or(0)) << 4)
        });
        Self {
            width,
            height,
            vectors: vectors.collect(),
            filled: unknown.iter().map(|unknown| !unknown).collect(),
            unknown,
        }
    }

    fn around(&self, at: usize) -> impl Iterator<Item = usize> {
        let (x, y) = (at % self.width, at / self.width);
        let sides = [
            (x > 0).then(|| at - 1),
            (x + 1 < self.width).then_some(at + 1),
            (y > 0).then(|| at - self.width),
            (y + 1 < self.height).then_some(at + self.width),
        ];
        sides.into_iter().flatten()
    }

    /// Fills unknown cells from the edges of holes inwards; returns them in that order.
    fn grow(&mut self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut edge: Vec<usize> = (0..self.unknown.len()).filter(|&at| self.unknown[at]).collect();
        edge.retain(|&at| self.around(at).any(|side| self.filled[side]));
        while !edge.is_empty() {
            edge.iter().for_each(|&at| self.relax(at));
            edge.iter().for_each(|&at| self.filled[at] = true);
            let mut next: Vec<usize> = edge.iter().flat_map(|&at| self.around(at)).collect();
            next.retain(|&at| !self.filled[at]);
            next.sort_unstable();
            next.dedup();
            order.append(&mut edge);
            edge = next;
        }
        order
    }

    /// The mean of the neighbours that have a vector.
    fn relax(&mut self, at: usize) {
        let (mut sum, mut count) = ([0; CONTINUED], 0);
        for side in self.around(at).filter(|&side| self.filled[side]) {
            sum.iter_mut()
                .zip(self.vectors[side])
                .for_each(|(sum, value)| *sum += value);
            count += 1;
        }
        if count > 0 {
            self.vectors[at] = sum.map(|sum| sum / count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lmc_entropy::index::{Prediction, Tree};

    use super::*;

    #[test]
    fn a_hole_continues_its_sides() {
        const DEPTH: u32 = 8;
        let mut vectors = vec![0i16; 2 << DEPTH];
        for (node, value) in vectors.iter_mut().enumerate().skip(1) {
            let width = 1 << (DEPTH - node.ilog2());
            *value = (2 * (node as i16 * width - 256) + width - 1 - 255) * 3;
        }
        let tree = Arc::new(Tree::new(DEPTH, 1, vectors).unwrap());
        let prior = IndexPrior::new(vec![tree], Prediction::new(1, vec![0; 4]).unwrap()).unwrap();
        let node = |at: usize| 256 + 8 * (at % 9) as i16;
        let whole: Vec<i16> = (0..54).flat_map(|at| [node(at), 1, 0]).collect();
        let mut cells = Grid::new(6, 9, 3, whole.clone()).unwrap();
        let hole = Rect {
            x: 3,
            y: 1,
            width: 3,
            height: 4,
        };
        for y in 1..5 {
            cells.data[3 * (9 * y + 3)..3 * (9 * y + 6)].fill(0);
        }
        assert!(mend(&prior, [DEPTH, 0], &mut cells, &[hole]));
        for (at, (found, wanted)) in cells.data.chunks(3).zip(whole.chunks(3)).enumerate() {
            assert!(
                (found[0] - wanted[0]).abs() <= 3,
                "{} for {} at {at}",
                found[0],
                wanted[0]
            );
        }
        let everything = Rect {
            x: 0,
            y: 0,
            width: 9,
            height: 6,
        };
        assert!(mend(&prior, [DEPTH, 0], &mut cells, &[everything]));
        assert!(cells.data.chunks(3).all(|cell| (256..512).contains(&cell[0])));
    }
}
