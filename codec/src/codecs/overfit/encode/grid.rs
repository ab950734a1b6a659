//! Grids of latents while they are trained: values, the soft rounding that stands for quantisation, and gradients.

use rayon::prelude::*;

use super::lanes::WIDE;
use super::math::{normal, scrambled, tanh};
use lmc_kernels::isa::Isa;

/// Columns of zeros at each side of a padded grid.
pub(super) const SIDE: usize = 4;
/// Rows of zeros above and below.
pub(super) const ENDS: usize = 3;
/// Rows that are worked on at a time.
pub(super) const ROWS: usize = 32;

/// How latents are rounded while they are trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rounding {
    /// Softly, before and after noise of a deviation: the lower the temperature, the steeper.
    Soft { temperature: f32, noise: f32, seed: u32 },
    /// To whole numbers, which no gradient passes.
    Hard,
}

/// Values on a grid, with zeros around them. Rows have room for a multiple of [`WIDE`] columns, so that inner loops
/// need no remainders.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Padded {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<f32>,
}

impl Padded {
    pub(super) fn zeros([rows, columns]: [usize; 2]) -> Self {
        Self {
            rows,
            columns,
            values: vec![0.0; (rows + 2 * ENDS) * Self::stride_of(columns)],
        }
    }

    /// Distance between rows.
    pub(super) fn stride(&self) -> usize {
        Self::stride_of(self.columns)
    }

    /// Distance between rows of that many columns.
    pub(super) fn stride_of(columns: usize) -> usize {
        columns.next_multiple_of(WIDE) + 2 * SIDE
    }

    /// Where a row begins, behind its zeros. Rows from `-ENDS` on are there.
    pub(super) fn start(&self, row: isize) -> usize {
        (row + ENDS as isize) as usize * self.stride() + SIDE
    }

    /// A row without its zeros.
    pub(super) fn row(&self, row: usize) -> &[f32] {
        let start = self.start(row as isize);
        &self.values[start..start + self.columns]
    }

    /// The same, to be written.
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let start = self.start(row as isize);
        &mut self.values[start..start + self.columns]
    }

    /// Blocks of [`ROWS`] rows, zeros at the sides included.
    pub(super) fn blocks_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let (stride, rows) = (self.stride(), self.rows);
        self.values[ENDS * stride..(ENDS + rows) * stride].chunks_mut(ROWS * stride)
    }

    /// Adds rows of another grid of this width, zeros at the sides included, from a row on.
    pub(super) fn add_rows(&mut self, row: isize, other: &[f32]) {
        let start = self.start(row) - SIDE;
        let own = &mut self.values[start..];
        own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
    }
}

/// A trained grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Latents {
    /// What is trained.
    pub(super) values: Vec<f32>,
    /// Moments of its gradients.
    pub(super) moments: [Vec<f32>; 2],
    /// How much of the gradient of the rounded values passes on to the values.
    slopes: Vec<f32>,
    /// The values after rounding.
    pub(super) rounded: Padded,
    /// The gradient of those.
    pub(super) gradient: Padded,
}

impl Latents {
    pub(super) fn zeros(size: [usize; 2]) -> Self {
        let none = || vec![0.0; size[0] * size[1]];
        Self {
            values: none(),
            moments: [none(), none()],
            slopes: none(),
            rounded: Padded::zeros(size),
            gradient: Padded::zeros(size),
        }
    }

    /// Rounds all values and forgets the gradient.
    pub(super) fn round(&mut self, rounding: Rounding, isa: Isa) {
        self.gradient.values.fill(0.0);
        let (columns, stride) = (self.rounded.columns, self.rounded.stride());
        let values = self.values.par_chunks(ROWS * columns);
        let slopes = self.slopes.par_chunks_mut(ROWS * columns);
        let rounded = self.rounded.values[ENDS * stride..].par_chunks_mut(ROWS * stride);
        let blocks = values.zip(slopes).zip(rounded).enumerate();
        blocks.for_each(|(block, ((values, slopes), rounded))| {
            isa.run(
                #[inline(always)]
                || {
                    let rows = values.chunks_exact(columns).zip(slopes.chunks_exact_mut(columns));
                    for (row, ((values, slopes), out)) in rows.zip(rounded.chunks_exact_mut(stride)).enumerate() {
                        let out = &mut out[SIDE..SIDE + columns];
                        round_row(rounding, (block * ROWS + row) as u32, values, slopes, out);
                    }
                },
            );
        });
    }

    /// A step of Adam at the rate `rate`, the `step`-th from 1 on.
    pub(super) fn step(&mut self, rate: f32, decay: [f32; 2], step: i32, most: f32, isa: Isa) {
        let [first, second] = decay;
        let rate = rate * (1.0 - second.powi(step)).sqrt() / (1.0 - first.powi(step));
        let (columns, stride) = (self.rounded.columns, self.rounded.stride());
        let [means, squares] = &mut self.moments;
        let moments = means
            .par_chunks_mut(ROWS * columns)
            .zip(squares.par_chunks_mut(ROWS * columns));
        let values = self.values.par_chunks_mut(ROWS * columns);
        let slopes = self.slopes.par_chunks(ROWS * columns);
        let gradient = self.gradient.values[ENDS * stride..].par_chunks(ROWS * stride);
        let blocks = values.zip(moments).zip(slopes.zip(gradient));
        blocks.for_each(|((values, (means, squares)), (slopes, gradient))| {
            isa.run(
                #[inline(always)]
                || {
                    let places = values.chunks_exact_mut(columns).zip(means.chunks_exact_mut(columns));
                    let places = places.zip(squares.chunks_exact_mut(columns));
                    let changes = slopes.chunks_exact(columns).zip(gradient.chunks_exact(stride));
                    for (((values, means), squares), (slopes, gradient)) in places.zip(changes) {
                        let places = values.iter_mut().zip(means).zip(squares);
                        for (((value, mean), square), (slope, d)) in places.zip(slopes.iter().zip(&gradient[SIDE..])) {
                            let d = d * slope;
                            *mean += (1.0 - first) * (d - *mean);
                            *square += (1.0 - second) * (d * d - *square);
                            *value = (*value - rate * *mean / (square.sqrt() + 1e-8)).clamp(-most, most);
                        }
                    }
                },
            );
        });
    }
}

#[inline(always)]
fn round_row(rounding: Rounding, row: u32, values: &[f32], slopes: &mut [f32], rounded: &mut [f32]) {
    match rounding {
        Rounding::Soft {
            temperature,
            noise,
            seed,
        } => {
            let (steep, scale) = steepness(temperature);
            let seed = scrambled(seed ^ row.wrapping_mul(0x9e37_79b9));
            for (x, ((value, slope), out)) in values.iter().zip(slopes).zip(rounded).enumerate() {
                let (once, first) = soft(*value, steep, scale);
                let moved = once + noise * normal(seed.wrapping_add(x as u32));
                let (twice, second) = soft(moved, steep, scale);
                *out = twice;
                *slope = first * second;
            }
        }
        Rounding::Hard => {
            slopes.fill(0.0);
            rounded
                .iter_mut()
                .zip(values)
                .for_each(|(out, value)| *out = value.round());
        }
    }
}

/// What soft rounding multiplies with before and after the hyperbolic tangent.
fn steepness(temperature: f32) -> (f32, f32) {
    let steep = 1.0 / temperature;
    (steep, 0.5 / (0.5 * steep).tanh())
}

/// Soft rounding and its derivative.
#[inline(always)]
fn soft(x: f32, steep: f32, scale: f32) -> (f32, f32) {
    let floor = x.floor();
    let t = tanh((x - floor - 0.5) * steep);
    (floor + 0.5 + t * scale, (1.0 - t * t) * steep * scale)
}

#[cfg(test)]
impl Latents {
    /// The gradient of a value.
    pub(super) fn change(&self, at: usize) -> f32 {
        let columns = self.rounded.columns;
        self.slopes[at] * self.gradient.row(at / columns)[at % columns]
    }
}
