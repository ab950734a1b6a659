//! A plane of numbers with a margin, so that every sample has all its neighbours.

/// Samples outside of the plane, on each side.
const MARGIN: usize = 3;

/// One channel of a tile, or one number for each of its samples.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    width: usize,
    height: usize,
    stride: usize,
    data: Vec<i32>,
}

impl Plane {
    /// An empty plane; `above` stands for the samples above the first row.
    pub(super) fn new(width: usize, height: usize, above: i32) -> Self {
        let stride = width + 2 * MARGIN;
        Self {
            width,
            height,
            stride,
            data: vec![above; stride * (height + 2 * MARGIN)],
        }
    }

    /// Where row `y` and column `x` lie.
    #[inline]
    pub(super) fn at(&self, y: usize, x: usize) -> usize {
        (y + MARGIN) * self.stride + x + MARGIN
    }

    #[inline]
    pub(super) fn set(&mut self, at: usize, value: i32) {
        self.data[at] = value;
    }

    /// The sample `dy` rows below and `dx` columns right of `at`, each at most 3 away.
    #[inline]
    pub(super) fn near(&self, at: usize, dy: isize, dx: isize) -> i32 {
        let offset = dy * self.stride as isize + dx;
        self.data[at.wrapping_add_signed(offset)]
    }

    /// Fills the margin left of row `y` with the first value above, before the row is coded.
    pub(super) fn begin_row(&mut self, y: usize) {
        let first = self.at(y, 0);
        let above = self.data[first - self.stride];
        self.data[first - MARGIN..first].fill(above);
    }

    /// Fills the margin right of row `y` with its last value, after the row is coded; under the last row, that row goes on.
    pub(super) fn end_row(&mut self, y: usize) {
        let end = self.at(y, self.width);
        let last = self.data[end - 1];
        self.data[end..end + MARGIN].fill(last);
        if y + 1 == self.height {
            let start = self.at(y, 0) - MARGIN;
            for row in 1..=MARGIN {
                self.data
                    .copy_within(start..start + self.stride, start + row * self.stride);
            }
        }
    }
}
