//! What a block costs: differences to its prediction, and the bits of its vector.

use super::field::Vector;

/// Rows of samples that lie `stride` apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) data: &'a [u8],
    pub(super) stride: usize,
}

/// Sum of absolute differences.
#[inline(always)]
pub(super) fn sad(a: Rows<'_>, b: Rows<'_>, [width, height]: [usize; 2]) -> u32 {
    let mut sum = 0;
    for row in 0..height {
        let [a, b] = [a, b].map(|rows| &rows.data[row * rows.stride..row * rows.stride + width]);
        sum += a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
    }
    sum
}

/// Sum of the absolute coefficients of 8x8 Hadamard transforms of the difference, scaled so that noise costs what it
/// does in [`sad`]; what is left over beside squares of 8 counts by its absolute differences.
#[inline(always)]
pub(super) fn satd(a: Rows<'_>, b: Rows<'_>, [width, height]: [usize; 2]) -> u32 {
    let from = |rows: Rows<'_>, x: usize, y: usize| rows.data[y * rows.stride + x];
    let mut sum = 0;
    let (whole_width, whole_height) = (width / 8 * 8, height / 8 * 8);
    for (y, x) in (0..whole_height)
        .step_by(8)
        .flat_map(|y| (0..whole_width).step_by(8).map(move |x| (y, x)))
    {
        let mut square = [[0i16; 8]; 8];
        for (dy, line) in square.iter_mut().enumerate() {
            let [a, b] = [a, b].map(|rows| &rows.data[(y + dy) * rows.stride + x..][..8]);
            for ((to, a), b) in line.iter_mut().zip(a).zip(b) {
                *to = i16::from(*a) - i16::from(*b);
            }
        }
        sum += hadamard(square) / 8;
    }
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        if y >= whole_height || x >= whole_width {
            sum += u32::from(from(a, x, y).abs_diff(from(b, x, y)));
        }
    }
    sum
}

/// Sum of the absolute coefficients of the transform, which multiplies energy by 64.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "two rows at a time, in lanes")]
fn hadamard(mut square: [[i16; 8]; 8]) -> u32 {
    for span in [4, 2, 1] {
        for at in (0..8).filter(|at| at & span == 0) {
            for column in 0..8 {
                let (a, b) = (square[at][column], square[at + span][column]);
                (square[at][column], square[at + span][column]) = (a + b, a - b);
            }
        }
    }
    let mut turned = [[0i16; 8]; 8];
    for (y, line) in square.iter().enumerate() {
        for (x, value) in line.iter().enumerate() {
            turned[x][y] = *value;
        }
    }
    let mut sum = 0;
    for span in [4, 2, 1] {
        for at in (0..8).filter(|at| at & span == 0) {
            for column in 0..8 {
                let (a, b) = (turned[at][column], turned[at + span][column]);
                (turned[at][column], turned[at + span][column]) = (a + b, a - b);
            }
        }
    }
    for line in turned {
        sum += line.iter().map(|value| u32::from(value.unsigned_abs())).sum::<u32>();
    }
    sum
}

/// About as many bits as a vector takes, given what is expected.
#[inline(always)]
pub(super) fn bits(vector: Vector, expected: Vector) -> u32 {
    let part = |a: i16, b: i16| {
        let apart = u32::from(a.abs_diff(b));
        // The length of an Exp-Golomb code and its sign; adaptive coders need a little less.
        2 * (apart + 1).ilog2() + 1
    };
    part(vector.x, expected.x) + part(vector.y, expected.y)
}
