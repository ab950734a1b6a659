//! Luma of 8 bits, which searches compare.

use rayon::prelude::*;

use super::filter::{PHASES, shifted_bytes};
use super::plane::Frame;

/// Samples around a reference that vectors may reach: the largest block, the farthest way outside, and the taps.
const PAD: usize = 80;
/// How far outside of the reference a block may begin or end.
const OUTSIDE: i32 = 64;

/// Luma of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Luma {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height * width` samples.
    pub data: Vec<u8>,
}

impl Luma {
    /// A quarter of red, half of green, a quarter of blue.
    pub fn of(frame: &Frame) -> Self {
        let [red, green, blue] = frame.planes();
        let colours = red.data.iter().zip(&green.data).zip(&blue.data);
        let mix = |((red, green), blue): ((&i16, &i16), &i16)| ((red + 2 * green + blue + 32) >> 6).clamp(0, 255) as u8;
        Self {
            width: red.width,
            height: red.height,
            data: colours.map(mix).collect(),
        }
    }

    /// Means of 4x4 samples; what is left over at the right and lower border is left out, but for frames smaller than
    /// that.
    pub(super) fn quarter(&self) -> Self {
        let (width, height) = ((self.width / 4).max(1), (self.height / 4).max(1));
        let sample =
            |x: usize, y: usize| u32::from(self.data[y.min(self.height - 1) * self.width + x.min(self.width - 1)]);
        let mean = |x: usize, y: usize| {
            let sum: u32 = (0..16).map(|at| sample(4 * x + at % 4, 4 * y + at / 4)).sum();
            ((sum + 8) / 16) as u8
        };
        let data = (0..width * height).map(|at| mean(at % width, at / width)).collect();
        Self { width, height, data }
    }

    fn padded(&self, pad: usize) -> Vec<u8> {
        let mut padded = Vec::with_capacity((self.width + 2 * pad) * (self.height + 2 * pad));
        for y in 0..self.height + 2 * pad {
            let y = y.saturating_sub(pad).min(self.height - 1);
            let row = &self.data[y * self.width..(y + 1) * self.width];
            padded.extend(std::iter::repeat_n(row[0], pad));
            padded.extend_from_slice(row);
            padded.extend(std::iter::repeat_n(row[self.width - 1], pad));
        }
        padded
    }
}

/// A reference at all sixteen phases of quarters of a sample, with its border.
#[derive(Debug, Clone)]
pub struct Phases {
    width: usize,
    height: usize,
    stride: usize,
    planes: Vec<Vec<u8>>,
}

impl Phases {
    /// Interpolates a reference.
    pub fn new(luma: &Luma) -> Self {
        let padded = luma.padded(PAD);
        let stride = luma.width + 2 * PAD;
        let phase = |at: usize| shifted_bytes(&padded, stride, [at % PHASES, at / PHASES]);
        Self {
            width: luma.width,
            height: luma.height,
            stride,
            planes: (0..PHASES * PHASES).into_par_iter().map(phase).collect(),
        }
    }

    /// The plane of the phase of a block and where it starts, if the block lies within reach. `x` and `y` are in
    /// quarters.
    #[inline(always)]
    pub(super) fn block(&self, [x, y]: [i32; 2], [width, height]: [usize; 2]) -> Option<(&[u8], usize)> {
        let within = |at: i32, size: usize, side: usize| {
            let at = at >> 2;
            at >= -OUTSIDE && at + size as i32 <= side as i32 + OUTSIDE
        };
        if !within(x, width, self.width) || !within(y, height, self.height) {
            return None;
        }
        let plane = &self.planes[(y & 3) as usize * PHASES + (x & 3) as usize];
        let (left, top) = ((x >> 2) + PAD as i32, (y >> 2) + PAD as i32);
        Some((&plane[top as usize * self.stride + left as usize..], self.stride))
    }
}
