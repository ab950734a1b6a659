//! Vectors and the blocks that have them.

use crate::codecs::wavelet::LATENT_BLOCK;

/// Side of a cell in samples.
pub const CELL: usize = 8;
/// Side of the largest block in samples.
pub const LARGEST_BLOCK: usize = 32;
/// Cells along a side of the largest block.
pub(in crate::codecs::video) const CELLS: usize = LARGEST_BLOCK / CELL;

/// Cells along a side of a latent position.
const LATENT_CELLS: isize = (LATENT_BLOCK / CELL) as isize;

/// Where a block comes from, relative to where it is, in quarters of a sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Vector {
    /// To the right.
    pub x: i16,
    /// Down.
    pub y: i16,
}

/// A vector for each cell of 8x8 samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorField {
    /// Cells in a row.
    pub columns: usize,
    /// Rows of cells.
    pub rows: usize,
    /// `rows * columns` vectors, row-major.
    pub vectors: Vec<Vector>,
}

impl VectorField {
    /// No motion, for a frame of this size in samples.
    pub fn still(width: usize, height: usize) -> Self {
        let (columns, rows) = (width.div_ceil(CELL), height.div_ceil(CELL));
        Self {
            columns,
            rows,
            vectors: vec![Vector::default(); columns * rows],
        }
    }

    /// The vector of a cell, or of the nearest one where there is none.
    pub fn nearest(&self, column: isize, row: isize) -> Vector {
        let column = column.clamp(0, self.columns as isize - 1) as usize;
        let row = row.clamp(0, self.rows as isize - 1) as usize;
        self.vectors[row * self.columns + column]
    }

    /// The mean of the vectors of a latent position, rounded down.
    pub fn latent_mean(&self, [column, row]: [usize; 2]) -> Vector {
        let mut sum = [0i32; 2];
        for (dy, dx) in (0..LATENT_CELLS).flat_map(|dy| (0..LATENT_CELLS).map(move |dx| (dy, dx))) {
            let vector = self.nearest(column as isize * LATENT_CELLS + dx, row as isize * LATENT_CELLS + dy);
            sum = [sum[0] + i32::from(vector.x), sum[1] + i32::from(vector.y)];
        }
        let [x, y] = sum.map(|sum| sum.div_euclid((LATENT_CELLS * LATENT_CELLS) as i32) as i16);
        Vector { x, y }
    }

    /// The largest distance in one direction between the vectors of a latent position and of the cells around it, in
    /// quarters of a sample.
    pub fn latent_spread(&self, [column, row]: [usize; 2]) -> i32 {
        let around = -1..=LATENT_CELLS;
        let cells = around.clone().flat_map(|dy| around.clone().map(move |dx| (dy, dx)));
        let vectors =
            cells.map(|(dy, dx)| self.nearest(column as isize * LATENT_CELLS + dx, row as isize * LATENT_CELLS + dy));
        let mut range = [[i32::MAX, i32::MIN]; 2];
        for vector in vectors {
            for ([low, high], value) in range.iter_mut().zip([vector.x, vector.y]) {
                (*low, *high) = ((*low).min(value.into()), (*high).max(value.into()));
            }
        }
        range.iter().map(|[low, high]| high - low).max().unwrap_or(0)
    }

    /// Gives a square of cells a vector; those outside are left out.
    pub(in crate::codecs::video) fn fill(&mut self, [column, row]: [usize; 2], cells: usize, vector: Vector) {
        let end = (column + cells).min(self.columns);
        for row in row..(row + cells).min(self.rows) {
            self.vectors[row * self.columns + column..row * self.columns + end].fill(vector);
        }
    }

    /// What a block is expected to have before its vector is known: the median, component by component, of the
    /// vectors to the left, above, and above to the right, as far as they come before it.
    pub fn expected(&self, [column, row]: [usize; 2], cells: usize, known: impl Fn(usize, usize) -> bool) -> Vector {
        let at = |column: Option<usize>, row: Option<usize>| {
            let (column, row) = (column?, row?);
            let inside = column < self.columns && row < self.rows && known(column, row);
            inside.then(|| self.vectors[row * self.columns + column])
        };
        let above = row.checked_sub(1);
        let left = at(column.checked_sub(1), Some(row));
        let top = at(Some(column), above);
        let corner = at(Some(column + cells), above).or_else(|| at(column.checked_sub(1), above));
        match [left, top, corner] {
            [None, None, None] => Vector::default(),
            [Some(only), None, None] | [None, Some(only), None] | [None, None, Some(only)] => only,
            all => {
                let [a, b, c] = all.map(Option::unwrap_or_default);
                let median = |a: i16, b: i16, c: i16| a.max(b).min(a.min(b).max(c));
                Vector {
                    x: median(a.x, b.x, c.x),
                    y: median(a.y, b.y, c.y),
                }
            }
        }
    }
}

/// How a block of 32x32 is split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// Into four of 16x16.
    pub into_16: bool,
    /// Which of these, in raster order, are split into four of 8x8.
    pub into_8: [bool; 4],
}

/// Blocks and their vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Motion {
    /// A vector for each cell.
    pub field: VectorField,
    /// One for each block of 32x32, row-major.
    pub splits: Vec<Split>,
}

impl Motion {
    /// No motion in whole blocks, for a frame of this size in samples.
    pub fn still(width: usize, height: usize) -> Self {
        let blocks = width.div_ceil(LARGEST_BLOCK) * height.div_ceil(LARGEST_BLOCK);
        Self {
            field: VectorField::still(width, height),
            splits: vec![Split::default(); blocks],
        }
    }
}
