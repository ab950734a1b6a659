//! The sizes of the networks, and how their parameters follow one another.

use std::ops::Range;

/// Neighbours of a latent that come before it in coding order, as rows and columns from it: the nearest first. Each has
/// `columns + 3 * rows < 0`, so that all latents of one `column + 3 * row` can be computed at a time.
pub(super) const NEIGHBOURS: [[isize; 2]; 24] = [
    [0, -1],
    [-1, 0],
    [-1, -1],
    [-1, 1],
    [0, -2],
    [-2, 0],
    [-1, 2],
    [-1, -2],
    [-2, -1],
    [-2, 1],
    [0, -3],
    [-3, 0],
    [-2, -2],
    [-2, 2],
    [-1, -3],
    [-3, -1],
    [-3, 1],
    [-2, 3],
    [-2, -3],
    [-3, 2],
    [-3, -2],
    [0, -4],
    [-3, 3],
    [-3, -3],
];
/// Most grids of latents.
pub(super) const MOST_GRIDS: usize = 7;
/// Most values that coarser grids tell of a latent.
pub(super) const MOST_FEATURES: usize = 4;
/// The widest layer of the network that predicts latents.
pub(super) const MOST_WIDTH: usize = 32;
/// The widest layer of the synthesis.
pub(super) const MOST_HIDDEN: usize = 64;
/// Most filters at the end of the synthesis.
pub(super) const MOST_FILTERS: usize = 2;
/// Different taps of a filter that doubles width and height: it is symmetric and has eight.
pub(super) const TAPS: usize = 4;

/// The sizes of the networks of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Grids of latents, each half as wide and high as the one before.
    pub(super) grids: usize,
    /// Neighbours that a latent is predicted from.
    pub(super) contexts: usize,
    /// Values of coarser grids that it is predicted from.
    pub(super) features: usize,
    /// Outputs of the hidden layers of that prediction.
    pub(super) width: usize,
    /// Outputs of the hidden layer of the synthesis.
    pub(super) hidden: usize,
    /// Filters of 3x3 pixels behind it.
    pub(super) filters: usize,
    /// Colours of a pixel.
    pub(super) colors: usize,
}

/// Where the parameters of each tensor lie among all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Three layers of the prediction, weights and biases.
    pub(super) first: [Range<usize>; 2],
    pub(super) second: [Range<usize>; 2],
    pub(super) last: [Range<usize>; 2],
    /// What is added to the log-scales of each grid.
    pub(super) levels: Range<usize>,
    /// The filters that double width and height: the first gives grid 0 its size.
    pub(super) doublings: Vec<Range<usize>>,
    /// The layers of the synthesis, weights and biases.
    pub(super) mix: [Range<usize>; 2],
    pub(super) color: [Range<usize>; 2],
    pub(super) filters: Vec<[Range<usize>; 2]>,
    /// Number of all parameters.
    pub(super) total: usize,
}

impl Shape {
    /// Inputs of the prediction.
    pub(super) fn inputs(&self) -> usize {
        self.contexts + self.features
    }

    /// Rows and columns of a grid, of a tile of `[rows, columns]` of pixels.
    pub(super) fn size(grid: usize, [rows, columns]: [usize; 2]) -> [usize; 2] {
        [rows.div_ceil(1 << grid), columns.div_ceil(1 << grid)]
    }

    /// Whether all sizes are within their bounds.
    pub(super) fn is_valid(&self) -> bool {
        (1..=MOST_GRIDS).contains(&self.grids)
            && (1..=NEIGHBOURS.len()).contains(&self.contexts)
            && self.features <= MOST_FEATURES
            && (1..=MOST_WIDTH).contains(&self.width)
            && (1..=MOST_HIDDEN).contains(&self.hidden)
            && self.filters <= MOST_FILTERS
            && [1, 3].contains(&self.colors)
    }

    /// Where the parameters lie.
    pub(super) fn layout(&self) -> Layout {
        let mut total = 0;
        let mut next = |length: usize| {
            total += length;
            total - length..total
        };
        let (inputs, width, colors) = (self.inputs(), self.width, self.colors);
        Layout {
            first: [next(width * inputs), next(width)],
            second: [next(width * width), next(width)],
            last: [next(2 * (width + inputs)), next(2)],
            levels: next(self.grids),
            doublings: (1..self.grids).map(|_| next(TAPS)).collect(),
            mix: [next(self.hidden * self.grids), next(self.hidden)],
            color: [next(colors * self.hidden), next(colors)],
            filters: (0..self.filters)
                .map(|_| [next(9 * colors * colors), next(colors)])
                .collect(),
            total,
        }
    }

    /// Multiplications for each pixel of a large image.
    pub(super) fn macs_per_pixel(&self) -> usize {
        let (inputs, width) = (self.inputs(), self.width);
        let latent = width * inputs + width * width + 2 * (width + inputs);
        let synthesis = self.hidden * (self.grids + self.colors) + 9 * self.filters * self.colors * self.colors;
        // A doubling takes four taps down each column of the coarser width, and four along each row. Each finer grid
        // has four times the latents of all that the coarser ones pass on.
        let doublings: usize = (1..self.grids)
            .map(|grid| ((self.grids - grid) * 6 * 64) >> (2 * (grid - 1)))
            .sum();
        latent * 4 / 3 + doublings / 64 + synthesis
    }
}

impl Layout {
    /// Number of the parameters that predict latents, which come first.
    pub(super) fn predicting(&self) -> usize {
        self.levels.end
    }

    /// The tensors in the order in which they are coded.
    pub(super) fn tensors(&self) -> Vec<Range<usize>> {
        let pairs = [&self.first, &self.second, &self.last];
        let mut all: Vec<_> = pairs.into_iter().flatten().cloned().collect();
        all.push(self.levels.clone());
        all.extend(self.doublings.iter().cloned());
        all.extend([&self.mix, &self.color].into_iter().flatten().cloned());
        all.extend(self.filters.iter().flatten().cloned());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        grids: 7,
        contexts: 10,
        features: 3,
        width: 12,
        hidden: 24,
        filters: 2,
        colors: 3,
    };

    #[test]
    fn tensors_cover_all_parameters_in_order() {
        let layout = SHAPE.layout();
        let mut at = 0;
        for tensor in layout.tensors() {
            assert_eq!(tensor.start, at);
            at = tensor.end;
        }
        assert_eq!(at, layout.total);
    }

    #[test]
    fn neighbours_come_before_and_differ() {
        for (at, [dy, dx]) in NEIGHBOURS.into_iter().enumerate() {
            assert!(dx + 3 * dy < 0 && (-3..=0).contains(&dy), "{dy} {dx}");
            assert!(!NEIGHBOURS[..at].contains(&[dy, dx]));
        }
    }

    #[test]
    fn sizes_out_of_bounds_are_found() {
        assert!(SHAPE.is_valid());
        for wrong in [
            Shape { grids: 0, ..SHAPE },
            Shape { grids: 8, ..SHAPE },
            Shape { contexts: 25, ..SHAPE },
            Shape { features: 5, ..SHAPE },
            Shape { width: 0, ..SHAPE },
            Shape { hidden: 65, ..SHAPE },
            Shape { filters: 3, ..SHAPE },
        ] {
            assert!(!wrong.is_valid(), "{wrong:?}");
        }
    }
}
