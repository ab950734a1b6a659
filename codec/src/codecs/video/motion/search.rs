//! The search for blocks and vectors, weighed by errors and bits.

use lmc_kernels::isa::Isa;

use super::cost::{Rows, bits, sad, satd};
use super::field::{CELL, CELLS, LARGEST_BLOCK, Motion, Split, Vector, VectorField};
use super::luma::{Luma, Phases};
use crate::{CodecError, Result};

/// How motion is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchOptions {
    /// How far the full search at a quarter of the size goes, in samples of the frame.
    pub range: u16,
    /// Worth of a bit in absolute differences of 8-bit samples, in sixteenths: about 16 times the root of the squared
    /// error that a bit is worth.
    pub price: u32,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { range: 64, price: 100 }
    }
}

/// A block that costs less than this for each sample is not split, in sixteenths.
const GOOD: u32 = 12;
/// Whole steps that a diamond takes at most.
const STEPS: usize = 12;

/// Blocks and vectors by which the reference predicts the current frame. `last` are the vectors of the frame before,
/// if any.
///
/// # Errors
/// [`CodecError::Parameter`] if the sizes differ.
pub fn search(
    current: &Luma,
    reference: (&Luma, &Phases),
    last: Option<&VectorField>,
    options: &SearchOptions,
) -> Result<Motion> {
    let (luma, phases) = reference;
    if (current.width, current.height) != (luma.width, luma.height) {
        return Err(CodecError::Parameter("the frames of a search differ in size".into()));
    }
    Ok(Isa::best().run(
        #[inline(always)]
        || {
            let field = VectorField::still(current.width, current.height);
            let coarse = coarse(&current.quarter(), &luma.quarter(), options);
            let mut search = Search {
                current,
                phases,
                coarse,
                last: last.filter(|last| last.vectors.len() == field.vectors.len()),
                known: vec![false; field.vectors.len()],
                field,
                price: options.price,
            };
            search.all()
        },
    ))
}

/// A block in cells.
#[derive(Debug, Clone, Copy)]
struct Block {
    column: usize,
    row: usize,
    cells: usize,
}

#[derive(Debug, Clone, Copy)]
struct Found {
    vector: Vector,
    cost: u32,
}

struct Search<'a> {
    current: &'a Luma,
    phases: &'a Phases,
    /// One for each block of 32x32.
    coarse: VectorField,
    last: Option<&'a VectorField>,
    field: VectorField,
    known: Vec<bool>,
    price: u32,
}

impl Search<'_> {
    #[inline(always)]
    fn all(&mut self) -> Motion {
        let mut splits = Vec::new();
        for row in (0..self.field.rows).step_by(CELLS) {
            for column in (0..self.field.columns).step_by(CELLS) {
                splits.push(self.largest(Block {
                    column,
                    row,
                    cells: CELLS,
                }));
            }
        }
        Motion {
            field: self.field.clone(),
            splits,
        }
    }

    #[inline(always)]
    fn largest(&mut self, block: Block) -> Split {
        let coarse = self
            .coarse
            .nearest((block.column / CELLS) as isize, (block.row / CELLS) as isize);
        let around = [(1, 0), (0, 1), (-1, 0), (0, -1)];
        let around = around.map(|(dx, dy)| {
            self.coarse
                .nearest((block.column / CELLS) as isize + dx, (block.row / CELLS) as isize + dy)
        });
        let mut seeds = vec![coarse];
        seeds.extend(around);
        let whole = self.best(block, &seeds);
        let mut split = Split::default();
        if self.is_good(block, whole.cost) {
            self.set(block, whole.vector);
            return split;
        }
        seeds.truncate(1);
        seeds.push(whole.vector);
        let mut cost = self.price;
        for (index, part) in quarters(block).into_iter().enumerate() {
            if self.is_outside(part) {
                continue;
            }
            let found = self.middle(part, &seeds);
            split.into_8[index] = found.1;
            cost += found.0;
        }
        split.into_16 = cost < whole.cost;
        if !split.into_16 {
            self.set(block, whole.vector);
            return Split::default();
        }
        split
    }

    /// The cost of a block of 16x16 and whether it is split.
    #[inline(always)]
    fn middle(&mut self, block: Block, seeds: &[Vector]) -> (u32, bool) {
        let whole = self.best(block, seeds);
        if self.is_good(block, whole.cost) {
            self.set(block, whole.vector);
            return (whole.cost, false);
        }
        let mut seeds = seeds.to_vec();
        seeds.push(whole.vector);
        let mut cost = self.price;
        for part in quarters(block) {
            if self.is_outside(part) {
                continue;
            }
            let found = self.best(part, &seeds);
            self.set(part, found.vector);
            cost += found.cost;
        }
        if cost < whole.cost {
            return (cost, true);
        }
        self.set(block, whole.vector);
        (whole.cost, false)
    }

    fn is_outside(&self, block: Block) -> bool {
        block.column >= self.field.columns || block.row >= self.field.rows
    }

    fn is_good(&self, block: Block, cost: u32) -> bool {
        let [width, height] = self.size(block);
        cost * 16 < GOOD * (width * height) as u32 + self.price
    }

    fn set(&mut self, block: Block, vector: Vector) {
        self.field.fill([block.column, block.row], block.cells, vector);
        let end = (block.column + block.cells).min(self.field.columns);
        for row in block.row..(block.row + block.cells).min(self.field.rows) {
            self.known[row * self.field.columns + block.column..row * self.field.columns + end].fill(true);
        }
    }

    /// Width and height of what is in the frame.
    fn size(&self, block: Block) -> [usize; 2] {
        let side = block.cells * CELL;
        let part = |at: usize, all: usize| side.min(all.saturating_sub(at * CELL));
        [
            part(block.column, self.current.width),
            part(block.row, self.current.height),
        ]
    }

    #[inline(always)]
    fn cost(&self, block: Block, vector: Vector, expected: Vector, transformed: bool) -> Option<u32> {
        let size = self.size(block);
        let (left, top) = (block.column * CELL, block.row * CELL);
        let place = [
            4 * left as i32 + i32::from(vector.x),
            4 * top as i32 + i32::from(vector.y),
        ];
        let (data, stride) = self.phases.block(place, size)?;
        let predicted = Rows { data, stride };
        let own = Rows {
            data: &self.current.data[top * self.current.width + left..],
            stride: self.current.width,
        };
        let apart = if transformed {
            satd(own, predicted, size)
        } else {
            sad(own, predicted, size)
        };
        Some(apart + self.price * bits(vector, expected) / 16)
    }

    /// The best vector of a block: from those around and the seeds, by whole samples, then by quarters.
    #[inline(always)]
    fn best(&self, block: Block, seeds: &[Vector]) -> Found {
        let (columns, known) = (self.field.columns, &self.known);
        let place = [block.column, block.row];
        let expected = self
            .field
            .expected(place, block.cells, |column, row| known[row * columns + column]);
        let start = Found {
            vector: Vector::default(),
            cost: self.cost(block, Vector::default(), expected, false).unwrap_or(u32::MAX),
        };
        let last = self
            .last
            .map(|last| last.nearest(block.column as isize, block.row as isize));
        let candidates = seeds
            .iter()
            .copied()
            .chain(self.around(block))
            .chain([expected])
            .chain(last);
        let mut best = candidates.fold(start, |best, vector| self.better(block, best, vector, expected, false));
        for step in [16, 4] {
            for _ in 0..STEPS {
                let from = best.vector;
                best = self.diamond(block, best, expected, step, false);
                if best.vector == from {
                    break;
                }
            }
        }
        best.cost = self.cost(block, best.vector, expected, true).unwrap_or(u32::MAX);
        for vector in [expected, Vector::default()] {
            best = self.better(block, best, vector, expected, true);
        }
        for step in [2, 1] {
            best = self.diamond(block, best, expected, step, true);
        }
        best
    }

    fn around(&self, block: Block) -> impl Iterator<Item = Vector> {
        let (column, row) = (block.column, block.row);
        let places = [
            (column.checked_sub(1), Some(row)),
            (Some(column), row.checked_sub(1)),
            (Some(column + block.cells), row.checked_sub(1)),
        ];
        places.into_iter().filter_map(|(column, row)| {
            let (column, row) = (column?, row?);
            let at = row * self.field.columns + column;
            (column < self.field.columns && self.known[at]).then(|| self.field.vectors[at])
        })
    }

    #[inline(always)]
    fn better(&self, block: Block, best: Found, vector: Vector, expected: Vector, transformed: bool) -> Found {
        if vector == best.vector {
            return best;
        }
        match self.cost(block, vector, expected, transformed) {
            Some(cost) if cost < best.cost => Found { vector, cost },
            _ => best,
        }
    }

    /// The best of a vector and those `step` quarters around it: four for whole samples, eight for parts of them.
    #[inline(always)]
    fn diamond(&self, block: Block, best: Found, expected: Vector, step: i16, transformed: bool) -> Found {
        const AROUND: [[i16; 2]; 8] = [[0, -1], [-1, 0], [1, 0], [0, 1], [-1, -1], [1, -1], [-1, 1], [1, 1]];
        let Vector { x, y } = best.vector;
        let directions = if transformed { &AROUND[..] } else { &AROUND[..4] };
        directions.iter().fold(best, |best, [dx, dy]| {
            let vector = Vector {
                x: x.saturating_add(dx * step),
                y: y.saturating_add(dy * step),
            };
            self.better(block, best, vector, expected, transformed)
        })
    }
}

fn quarters(block: Block) -> [Block; 4] {
    let cells = block.cells / 2;
    [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(x, y)| Block {
        column: block.column + x * cells,
        row: block.row + y * cells,
        cells,
    })
}

/// A vector for each block of 32x32 by a full search at a quarter of the size.
#[inline(always)]
fn coarse(current: &Luma, reference: &Luma, options: &SearchOptions) -> VectorField {
    const SIDE: usize = LARGEST_BLOCK / 4;
    let range = i32::from(options.range / 4);
    let mut field = VectorField::still(current.width.max(SIDE), current.height.max(SIDE));
    for (row, column) in (0..field.rows).flat_map(|row| (0..field.columns).map(move |column| (row, column))) {
        let left = (column * SIDE).min(current.width.saturating_sub(SIDE));
        let top = (row * SIDE).min(current.height.saturating_sub(SIDE));
        let size = [SIDE.min(current.width), SIDE.min(current.height)];
        let rows = |luma: &'_ Luma, x: usize, y: usize| (y * luma.width + x, luma.width);
        let own = rows(current, left, top);
        let mut best = (u32::MAX, Vector::default());
        for (dy, dx) in (-range..=range).flat_map(|dy| (-range..=range).map(move |dx| (dy, dx))) {
            let (x, y) = (left as i32 + dx, top as i32 + dy);
            let is_inside =
                x >= 0 && y >= 0 && x as usize + size[0] <= reference.width && y as usize + size[1] <= reference.height;
            if !is_inside {
                continue;
            }
            let theirs = rows(reference, x as usize, y as usize);
            let [a, b] = [(current, own), (reference, theirs)].map(|(luma, (start, stride))| Rows {
                data: &luma.data[start..],
                stride,
            });
            let vector = Vector {
                x: (16 * dx) as i16,
                y: (16 * dy) as i16,
            };
            // A sample here stands for sixteen.
            let cost = 16 * sad(a, b, size) + options.price * bits(vector, Vector::default()) / 16;
            if cost < best.0 {
                best = (cost, vector);
            }
        }
        field.vectors[row * field.columns + column] = best.1;
    }
    field
}
