//! What stands in for lost cells: nodes whose vectors continue those around.

use lmc_entropy::index::Tree;

use super::encode::seed;
use crate::codecs::image::Grid;
use crate::tiles::Rect;

/// Leading values of vectors that are continued: level, colour and slopes. Finer detail would repeat itself.
const CONTINUED: usize = 9;
/// Times that unknown vectors are moved towards their neighbours.
const SWEEPS: usize = 24;

/// Gives the cells of `holes` nodes that continue their surroundings. Where nothing is known they become the mean of all.
pub(super) fn mend(tree: &Tree, depth: u32, cells: &mut Grid<i16>, holes: &[Rect]) {
    let mut field = Field::new(tree, cells, holes);
    let order = field.grow();
    for sweep in 0..SWEEPS {
        if sweep % 2 == 0 {
            order.iter().for_each(|&at| field.relax(at));
        } else {
            order.iter().rev().for_each(|&at| field.relax(at));
        }
    }
    let unknown = field.unknown.iter().enumerate().filter(|(_, unknown)| **unknown);
    for (at, _) in unknown {
        let node = tree.walk(&field.vectors[at].map(|value| (value + 8) >> 4), depth);
        if let Some([to_node, to_seed]) = cells
            .data
            .get_mut(2 * at..2 * at + 2)
            .and_then(|cell| cell.as_mut_array())
        {
            *to_node = node as i16;
            *to_seed = seed(0, at);
        }
    }
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
    fn new(tree: &Tree, cells: &Grid<i16>, holes: &[Rect]) -> Self {
        let (width, height) = (cells.width, cells.height);
        let mut unknown = vec![false; width * height];
        for hole in holes {
            for y in hole.y as usize..(hole.bottom() as usize).min(height) {
                let right = (hole.right() as usize).min(width);
                unknown[y * width + (hole.x as usize).min(right)..y * width + right].fill(true);
            }
        }
        let nodes = cells.data.as_chunks::<2>().0.iter().zip(&unknown);
        let vectors = nodes.map(|([node, _], unknown)| {
            let vector = tree.vector(if *unknown { 1 } else { *node as u16 });
            std::array::from_fn(|channel| i32::from(vector.get(channel).copied().unwrap_or(0)) << 4)
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
    use super::*;

    #[test]
    fn a_hole_continues_its_sides() {
        const DEPTH: u32 = 8;
        let mut vectors = vec![0i16; 2 << DEPTH];
        for node in 1usize..2 << DEPTH {
            let level = node.ilog2();
            let width = 1 << (DEPTH - level);
            vectors[node] = (2 * (node as i16 * width - 256) + width - 1 - 255) * 3;
        }
        let tree = Tree::new(DEPTH, 1, vectors).unwrap();
        let node = |at: usize| 256 + 8 * (at % 9) as i16;
        let whole: Vec<i16> = (0..54).flat_map(|at| [node(at), 0]).collect();
        let mut cells = Grid::new(6, 9, 2, whole.clone()).unwrap();
        let hole = Rect {
            x: 3,
            y: 1,
            width: 3,
            height: 4,
        };
        for y in 1..5 {
            cells.data[2 * (9 * y + 3)..2 * (9 * y + 6)].fill(0);
        }
        mend(&tree, DEPTH, &mut cells, &[hole]);
        for (at, (found, wanted)) in cells.data.chunks(2).zip(whole.chunks(2)).enumerate() {
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
        mend(&tree, DEPTH, &mut cells, &[everything]);
        assert!(cells.data.chunks(2).all(|cell| (256..512).contains(&cell[0])));
    }
}
