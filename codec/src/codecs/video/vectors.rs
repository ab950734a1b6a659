//! The coding of motion: block trees and vectors, bit by bit with mixed contexts that learn from frame to frame.
//!
//! Each block of 32x32 in raster order: whether it is split, each of its quarters: whether that is split, and the vector
//! of each block that is not. Blocks that lie outside of the frame are left out. A vector is the one that is expected
//! (the median of those around), or that of a neighbour or of the last frame, or else the difference to the expected
//! one.

use lmc_entropy::mixing::{BitIo, Predictor, Shape};

use super::motion::{LARGEST_CELLS, Motion, Split, Vector, VectorField};
use crate::{CodecError, Result};

/// The largest magnitude of a component, in quarters of a sample.
pub(super) const VECTOR_MAX: i16 = 1 << 13;
/// Bits of the unary part of a magnitude.
const CLASSES: usize = 16;
/// Vectors that a block may take over, besides the expected one: left, above, of the last frame.
const CANDIDATES: usize = 3;

/// What the coding of motion has learnt since the last key frame.
#[derive(Debug, Clone)]
pub(super) struct MotionCoder {
    /// Whether a block is split: by size.
    splits: Predictor,
    /// Whether a vector is the expected one.
    expected: Predictor,
    /// Whether it is a candidate.
    taken: Predictor,
    /// Whether a component of a difference is zero, whether it is negative, and its magnitude.
    zero: Predictor,
    negative: Predictor,
    classes: Predictor,
    bits: Predictor,
    /// Whether a tile is that of the prediction.
    unchanged: Predictor,
    /// Whether the last vectors were the expected ones, in bits.
    history: usize,
}

/// A block in cells.
#[derive(Debug, Clone, Copy)]
struct Block {
    column: usize,
    row: usize,
    cells: usize,
}

impl Block {
    /// 0 for 8x8, 1 for 16x16, 2 for 32x32.
    fn level(self) -> usize {
        self.cells.ilog2() as usize
    }

    fn quarters(self) -> [Self; 4] {
        let cells = self.cells / 2;
        [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(x, y)| Self {
            column: self.column + x * cells,
            row: self.row + y * cells,
            cells,
        })
    }
}

/// The motion of one frame as it is coded.
struct Walk<'a, Io> {
    coder: &'a mut MotionCoder,
    io: &'a mut Io,
    last: Option<&'a VectorField>,
    /// What is coded; a decoder fills it.
    field: &'a mut VectorField,
    known: Vec<bool>,
    /// The level of the block of each cell, of those that are known.
    levels: Vec<u8>,
}

impl MotionCoder {
    /// Has learnt nothing.
    ///
    /// # Errors
    /// None that a program could meet: shapes are constants.
    pub(super) fn new() -> Result<Self> {
        let predictor = |contexts: &[usize], selectors: &[usize], shift: u32| {
            let shape = Shape {
                limit: 127,
                shift,
                ..Shape::new(contexts, selectors)
            };
            Predictor::new(&shape)
        };
        Ok(Self {
            splits: predictor(&[3, 3 * 9, 3 * 16], &[3], 15)?,
            expected: predictor(&[3 * 8, 3 * 8, 16 * 2, 3 * 4], &[3, 8], 15)?,
            taken: predictor(&[CANDIDATES * 3, CANDIDATES * 16], &[CANDIDATES], 15)?,
            zero: predictor(&[4 * 3, 4 * 6, 4 * 6], &[4], 15)?,
            negative: predictor(&[2 * 3, 2 * 3], &[2], 15)?,
            classes: predictor(&[2 * CLASSES, 6 * CLASSES], &[CLASSES], 15)?,
            bits: predictor(&[CLASSES * 2], &[CLASSES], 15)?,
            unchanged: predictor(&[8, 4], &[1], 15)?,
            history: 0,
        })
    }

    /// Codes the motion of a frame, given that of the frame before: an encoder writes what is there, a decoder fills it.
    ///
    /// # Errors
    /// Those of the coder; `Malformed` for vectors out of range.
    pub(super) fn code(&mut self, io: &mut impl BitIo, motion: &mut Motion, last: Option<&VectorField>) -> Result<()> {
        let (columns, rows) = (motion.field.columns, motion.field.rows);
        let mut walk = Walk {
            coder: self,
            io,
            last: last.filter(|last| (last.columns, last.rows) == (columns, rows)),
            known: vec![false; columns * rows],
            levels: vec![0; columns * rows],
            field: &mut motion.field,
        };
        let places = (0..rows).step_by(LARGEST_CELLS);
        let places = places.flat_map(|row| (0..columns).step_by(LARGEST_CELLS).map(move |column| (column, row)));
        for ((column, row), split) in places.zip(&mut motion.splits) {
            let cells = LARGEST_CELLS;
            walk.largest(Block { column, row, cells }, split)?;
        }
        Ok(())
    }
}

impl MotionCoder {
    /// Codes which tiles of a frame are those of the prediction, given those of the frame before, if it said so.
    ///
    /// # Errors
    /// Those of the coder.
    pub(super) fn code_unchanged(
        &mut self,
        io: &mut impl BitIo,
        (tiles, columns): (&mut [bool], usize),
        last: &[bool],
    ) -> Result<()> {
        for at in 0..tiles.len() {
            let near = |back: usize| at.checked_sub(back).is_some_and(|at| tiles[at]);
            let left = at % columns > 0 && near(1);
            let before = last.get(at).copied().unwrap_or(false);
            let around = usize::from(left) + 2 * usize::from(near(columns));
            let contexts = [around + 4 * usize::from(before), around];
            tiles[at] = self.unchanged.code(io, &contexts, &[0], tiles[at])?;
        }
        Ok(())
    }
}

impl<Io: BitIo> Walk<'_, Io> {
    fn largest(&mut self, block: Block, split: &mut Split) -> Result<()> {
        split.into_16 = self.split(block, split.into_16)?;
        if !split.into_16 {
            return self.vector(block);
        }
        for (quarter, into_8) in block.quarters().into_iter().zip(&mut split.into_8) {
            if self.is_outside(quarter) {
                continue;
            }
            *into_8 = self.split(quarter, *into_8)?;
            if !*into_8 {
                self.vector(quarter)?;
                continue;
            }
            for cell in quarter.quarters() {
                if !self.is_outside(cell) {
                    self.vector(cell)?;
                }
            }
        }
        Ok(())
    }

    fn is_outside(&self, block: Block) -> bool {
        block.column >= self.field.columns || block.row >= self.field.rows
    }

    /// The index of a cell that is known.
    fn known(&self, column: Option<usize>, row: Option<usize>) -> Option<usize> {
        let (column, row) = (column?, row?);
        let at = row * self.field.columns + column;
        (column < self.field.columns && row < self.field.rows && self.known[at]).then_some(at)
    }

    fn left(&self, block: Block) -> Option<usize> {
        self.known(block.column.checked_sub(1), Some(block.row))
    }

    fn above(&self, block: Block) -> Option<usize> {
        self.known(Some(block.column), block.row.checked_sub(1))
    }

    fn split(&mut self, block: Block, value: bool) -> Result<bool> {
        let smaller = |at: Option<usize>| match at {
            None => 2,
            Some(at) => usize::from(usize::from(self.levels[at]) < block.level()),
        };
        let around = 3 * smaller(self.left(block)) + smaller(self.above(block));
        let level = block.level();
        let contexts = [level, 9 * level + around, 16 * level + self.past(block)];
        Ok(self.coder.splits.code(self.io, &contexts, &[level], value)?)
    }

    /// How the last frame moved in a block: which of four places differ from the first.
    fn past(&self, block: Block) -> usize {
        let Some(last) = self.last else { return 15 };
        let half = block.cells as isize / 2;
        let at = |dx: isize, dy: isize| last.nearest(block.column as isize + dx, block.row as isize + dy);
        let first = at(0, 0);
        let places = [(half, 0), (0, half), (half, half)];
        let differs = places.iter().enumerate();
        let bits = differs.map(|(bit, (dx, dy))| usize::from(at(*dx, *dy) != first) << bit);
        bits.sum()
    }

    fn vector(&mut self, block: Block) -> Result<()> {
        let value = self.field.nearest(block.column as isize, block.row as isize);
        let (columns, known) = (self.field.columns, &self.known);
        let place = [block.column, block.row];
        let expected = self
            .field
            .expected(place, block.cells, |column, row| known[row * columns + column]);
        let vector = self.coded(block, expected, value)?;
        let range = -VECTOR_MAX..=VECTOR_MAX;
        if !range.contains(&vector.x) || !range.contains(&vector.y) {
            return Err(CodecError::malformed(0, "a vector is out of range"));
        }
        self.field.fill(place, block.cells, vector);
        for row in block.row..(block.row + block.cells).min(self.field.rows) {
            let end = (block.column + block.cells).min(columns);
            self.known[row * columns + block.column..row * columns + end].fill(true);
            self.levels[row * columns + block.column..row * columns + end].fill(block.level() as u8);
        }
        Ok(())
    }

    fn coded(&mut self, block: Block, expected: Vector, value: Vector) -> Result<Vector> {
        let around = [self.left(block), self.above(block)].map(|at| at.map(|at| self.field.vectors[at]));
        let last = self
            .last
            .map(|last| last.nearest(block.column as isize, block.row as isize));
        let candidates = [around[0], around[1], last];
        let level = block.level();
        let agrees = |vector: Option<Vector>| usize::from(vector == Some(expected));
        let agreement = candidates
            .iter()
            .enumerate()
            .map(|(bit, vector)| agrees(*vector) << bit)
            .sum::<usize>();
        let there = usize::from(around[0].is_some()) + usize::from(around[1].is_some());
        let contexts = [
            8 * level + agreement,
            8 * level + self.coder.history % 8,
            2 * (self.coder.history % 16) + usize::from(agreement == 7),
            4 * level + there,
        ];
        let is_expected = self
            .coder
            .expected
            .code(self.io, &contexts, &[level, agreement], value == expected)?;
        self.coder.history = (2 * self.coder.history + usize::from(is_expected)) % 16;
        if is_expected {
            return Ok(expected);
        }
        for (index, candidate) in candidates.iter().enumerate() {
            let Some(candidate) = candidate else { continue };
            let is_new = *candidate != expected && !candidates[..index].contains(&Some(*candidate));
            if !is_new {
                continue;
            }
            let contexts = [3 * index + level, 16 * index + self.coder.history];
            if self
                .coder
                .taken
                .code(self.io, &contexts, &[index], value == *candidate)?
            {
                return Ok(*candidate);
            }
        }
        self.difference((level, expected), (candidates, value))
    }

    /// A vector by its difference to the expected one.
    fn difference(
        &mut self,
        (level, expected): (usize, Vector),
        (candidates, value): ([Option<Vector>; CANDIDATES], Vector),
    ) -> Result<Vector> {
        let spread = |of: fn(Vector) -> i16| {
            let apart = candidates
                .iter()
                .flatten()
                .map(|vector| of(*vector).abs_diff(of(expected)));
            class(apart.max().unwrap_or(0))
        };
        let last = candidates[2].unwrap_or(expected);
        let x = Component {
            index: 0,
            known_zero: false,
            level,
            spread: spread(|vector| vector.x),
            toward: last.x.cmp(&expected.x) as i8,
        };
        let dx = self.component(x, i32::from(value.x) - i32::from(expected.x))?;
        let y = Component {
            index: 1,
            known_zero: dx == 0,
            spread: spread(|vector| vector.y),
            toward: last.y.cmp(&expected.y) as i8,
            ..x
        };
        let dy = self.component(y, i32::from(value.y) - i32::from(expected.y))?;
        let sum = |value: i16, by: i32| i16::try_from(i32::from(value) + by);
        match (sum(expected.x, dx), sum(expected.y, dy)) {
            (Ok(x), Ok(y)) => Ok(Vector { x, y }),
            _ => Err(CodecError::malformed(0, "a vector is out of range")),
        }
    }

    fn component(&mut self, of: Component, value: i32) -> Result<i32> {
        let kind = 2 * of.index + usize::from(of.known_zero);
        let contexts = [
            3 * kind + of.level,
            6 * kind + of.spread,
            6 * kind + 2 * of.level + usize::from(of.toward != 0),
        ];
        if self.coder.zero.code(self.io, &contexts, &[kind], value == 0)? {
            return Ok(0);
        }
        let toward = (of.toward + 1) as usize;
        let contexts = [3 * of.index + toward, 3 * of.index + of.level];
        let is_negative = self.coder.negative.code(self.io, &contexts, &[of.index], value < 0)?;
        let size = self.magnitude(of, value.unsigned_abs())? as i32;
        Ok(if is_negative { -size } else { size })
    }

    /// A magnitude of at least 1: the number of its bits in unary, then the bits below the highest.
    fn magnitude(&mut self, of: Component, value: u32) -> Result<u32> {
        let class = value.max(1).ilog2() as usize;
        let mut bits = 0;
        while bits + 1 < CLASSES {
            let contexts = [CLASSES * of.index + bits, CLASSES * of.spread + bits];
            if !self.coder.classes.code(self.io, &contexts, &[bits], bits < class)? {
                break;
            }
            bits += 1;
        }
        let mut found = 1;
        for place in (0..bits).rev() {
            let bit = value >> place & 1 == 1;
            let contexts = [2 * bits + usize::from(place + 1 == bits)];
            found = 2 * found + u32::from(self.coder.bits.code(self.io, &contexts, &[bits], bit)?);
        }
        Ok(found)
    }
}

/// What is known of a component of a difference.
#[derive(Debug, Clone, Copy)]
struct Component {
    /// 0 for x, 1 for y.
    index: usize,
    /// Whether the other component is known to be zero.
    known_zero: bool,
    /// Of the block.
    level: usize,
    /// How far vectors around differ.
    spread: usize,
    /// On which side the last frame's vector lies.
    toward: i8,
}

/// 0 for 0, 1, 2 to 3, 4 to 7, 8 to 15, more.
fn class(apart: u16) -> usize {
    match apart {
        0 => 0,
        apart => (1 + apart.ilog2() as usize).min(5),
    }
}

#[cfg(test)]
mod tests;
