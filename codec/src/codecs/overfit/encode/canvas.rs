//! Room for the colours of a tile and their gradients, which all steps share.

use super::super::shape::{Layout, Shape};
use super::grid::{Padded, SIDE};
use super::lanes::Sums;
use super::paint::Layers;

/// Colours before and behind each filter, and the gradients of those.
pub(super) struct Canvas {
    pub(super) stages: Vec<Vec<Padded>>,
    pub(super) d_stages: Vec<Vec<Padded>>,
    /// One for each block of rows.
    pub(super) rooms: Vec<Room>,
}

/// What a block of rows computes with and gives.
pub(super) struct Room {
    /// Gradients of the parameters of the synthesis.
    pub(super) sums: Vec<Sums>,
    pub(super) layers: Layers,
    /// Rows of gradients, one for each colour.
    pub(super) rows: Vec<Vec<f32>>,
    pub(super) error: f64,
}

impl Canvas {
    /// For tiles of a size.
    pub(super) fn new(shape: &Shape, layout: &Layout, size: [usize; 2]) -> Self {
        let planes = || -> Vec<Padded> { (0..shape.colors).map(|_| Padded::zeros(size)).collect() };
        let stages = || (0..=shape.filters).map(|_| planes()).collect();
        let room = |_| Room {
            sums: vec![[0.0; 16]; layout.total - layout.mix[0].start],
            layers: Layers::new(shape),
            rows: vec![vec![0.0; Padded::stride_of(size[1])]; shape.colors],
            error: 0.0,
        };
        let blocks = size[0].div_ceil(super::grid::ROWS);
        Self {
            stages: stages(),
            d_stages: stages(),
            rooms: (0..blocks).map(room).collect(),
        }
    }
}

/// For each block of rows, its part of each plane.
pub(super) fn rows_of_all<'a>(planes: impl IntoIterator<Item = &'a mut Padded>) -> Vec<Vec<&'a mut [f32]>> {
    let mut blocks: Vec<Vec<&mut [f32]>> = Vec::new();
    for plane in planes {
        for (at, block) in plane.blocks_mut().enumerate() {
            match blocks.get_mut(at) {
                Some(parts) => parts.push(block),
                None => blocks.push(vec![block]),
            }
        }
    }
    blocks
}

/// Repeats the pixels at the edge of a plane once all around.
pub(super) fn surround(plane: &mut Padded) {
    let (stride, columns, rows) = (plane.stride(), plane.columns, plane.rows as isize);
    for line in plane.blocks_mut().flat_map(|block| block.chunks_exact_mut(stride)) {
        line[SIDE - 1] = line[SIDE];
        line[SIDE + columns] = line[SIDE + columns - 1];
    }
    for (from, to) in [(0, -1), (rows - 1, rows)] {
        let [from, to] = [from, to].map(|row| plane.start(row) - SIDE);
        plane.values.copy_within(from..from + stride, to);
    }
}
