//! What coarser grids tell of the latents of a finer one, and the way back of its gradients.

use super::super::shape::MOST_FEATURES;
use super::grid::{Padded, ROWS, SIDE};
use super::lanes::{WIDE, Wide};

/// Pairs of latents, which share the nearest of the next coarser grid.
const PAIRS: usize = WIDE / 2;

/// The place in the next coarser grid, and the nearer one beside it.
fn beside(at: usize) -> (isize, isize) {
    let near = (at >> 1) as isize;
    (near, near + if at.is_multiple_of(2) { -1 } else { 1 })
}

/// Values of coarser grids, the next one first, at [`WIDE`] latents of a row from a column on, a multiple of [`WIDE`].
#[inline(always)]
pub(super) fn features(coarser: &[&Padded], row: usize, column: usize, inputs: &mut [Wide]) {
    let Some(next) = coarser.first() else { return };
    let (near, beyond) = beside(row);
    let mut told = [[0.0; WIDE]; MOST_FEATURES];
    let at = |row: isize| next.start(row) + column / 2;
    let nearest = &next.values[at(near) - 1..at(near) + PAIRS + 1];
    let beyond = &next.values[at(beyond)..at(beyond) + PAIRS];
    for pair in 0..PAIRS {
        let [even, odd] = [2 * pair, 2 * pair + 1];
        let value = nearest[pair + 1];
        (told[0][even], told[0][odd]) = (value, value);
        (told[1][even], told[1][odd]) = (nearest[pair], nearest[pair + 2]);
        (told[2][even], told[2][odd]) = (beyond[pair], beyond[pair]);
    }
    if let Some(after) = coarser.get(1) {
        let start = after.start(near >> 1) + column / 4;
        let (fours, _) = told[3].as_chunks_mut::<4>();
        for (four, value) in fours.iter_mut().zip(&after.values[start..start + WIDE / 4]) {
            *four = [*value; 4];
        }
    }
    for (input, told) in inputs.iter_mut().zip(&told) {
        *input = *told;
    }
}

/// Gradients of the two next coarser grids, of a block of rows.
pub(super) struct Told {
    /// Rows of the next one from one above the block on.
    next: Vec<f32>,
    /// Rows of the one after it.
    after: Vec<f32>,
    strides: [usize; 2],
    features: usize,
}

impl Told {
    /// For `rows` rows; the strides are those of the two grids, if they are there.
    pub(super) fn new(strides: [Option<usize>; 2], rows: usize, features: usize) -> Self {
        let [next, after] = strides.map(|stride| stride.unwrap_or(0));
        let features = if next > 0 { features } else { 0 };
        let [next_rows, after_rows] = if features > 0 {
            [rows / 2 + 3, rows / 4 + 1]
        } else {
            [0, 0]
        };
        Self {
            next: vec![0.0; next_rows * next],
            after: vec![0.0; after_rows * after],
            strides: [next, after],
            features,
        }
    }

    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.next.fill(0.0);
        self.after.fill(0.0);
    }

    /// Adds the gradients of [`features`], at a row of the block, which begins at a multiple of [`ROWS`].
    #[inline(always)]
    pub(super) fn scatter(&mut self, row: usize, column: usize, d: &[Wide]) {
        const { assert!(ROWS.is_multiple_of(4)) };
        if self.features == 0 {
            return;
        }
        let [stride, stride_after] = self.strides;
        let (near, beyond) = beside(row);
        let at = |row: isize| (row + 1) as usize * stride + SIDE + column / 2;
        let line = &mut self.next[at(near) - 1..at(near) + PAIRS + 1];
        if let Some(d) = d.first() {
            add(&mut line[1..], &sums_of_pairs(d));
        }
        if let Some(d) = d.get(1) {
            for (pair, d) in d.as_chunks::<2>().0.iter().enumerate() {
                line[pair] += d[0];
            }
            for (pair, d) in d.as_chunks::<2>().0.iter().enumerate() {
                line[pair + 2] += d[1];
            }
        }
        if let Some(d) = d.get(2) {
            add(&mut self.next[at(beyond)..], &sums_of_pairs(d));
        }
        if let (Some(d), 1..) = (d.get(3), stride_after) {
            let start = (row >> 2) * stride_after + SIDE + column / 4;
            let pairs = sums_of_pairs(d);
            let fours = self.after[start..].iter_mut().zip(pairs.as_chunks::<2>().0);
            fours.for_each(|(sum, [a, b])| *sum += a + b);
        }
    }

    /// Adds all to the gradients of the coarser grids, the next one first.
    pub(super) fn add<'a>(&self, first_row: usize, mut grids: impl Iterator<Item = &'a mut Padded>) {
        if self.features == 0 {
            return;
        }
        if let Some(next) = grids.next() {
            next.add_rows((first_row / 2) as isize - 1, &self.next);
        }
        if let Some(after) = grids.next() {
            after.add_rows((first_row / 4) as isize, &self.after);
        }
    }
}

#[inline(always)]
fn sums_of_pairs(d: &Wide) -> [f32; PAIRS] {
    let (pairs, _) = d.as_chunks::<2>();
    std::array::from_fn(|at| pairs[at][0] + pairs[at][1])
}

#[inline(always)]
fn add(sums: &mut [f32], values: &[f32; PAIRS]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}
