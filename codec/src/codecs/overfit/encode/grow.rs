//! Grids of latents to planes of the size of the tile, and back with gradients.

use rayon::prelude::*;

use super::super::double::sources;
use super::super::shape::{Shape, TAPS};
use super::grid::{Latents, Padded};
use super::lanes::Sums;
use lmc_kernels::isa::Isa;

/// For each size, the finest first: the planes of that size of all coarser grids, the coarsest first. The grid of that
/// size itself is not among them.
pub(super) type Stacks = Vec<Vec<Padded>>;

/// Stacks of zeros for a tile.
pub(super) fn stacks(shape: &Shape, size: [usize; 2]) -> Stacks {
    let stack = |grid: usize| {
        let size = Shape::size(grid, size);
        (grid + 1..shape.grids).map(|_| Padded::zeros(size)).collect()
    };
    (0..shape.grids).map(stack).collect()
}

/// Grows all grids, the finest first in `grids`. `taps` are those of each doubling.
pub(super) fn grow(stacks: &mut Stacks, grids: &[Latents], taps: &[[f32; TAPS]], isa: Isa) {
    for at in (0..taps.len()).rev() {
        let (finer, coarser) = stacks.split_at_mut(at + 1);
        let (Some(fine), Some(coarse)) = (finer.last_mut(), coarser.first()) else {
            continue;
        };
        let coarse = coarse.par_iter().chain([&grids[at + 1].rounded]);
        coarse.zip(fine).for_each(|(coarse, fine)| {
            isa.run(
                #[inline(always)]
                || double(coarse, &taps[at], fine),
            );
        });
    }
}

/// From gradients of the finest stack, those of the grids, added to what they have, and those of the taps.
pub(super) fn shrink(
    stacks: &Stacks,
    d_stacks: &mut Stacks,
    grids: &mut [Latents],
    taps: &[[f32; TAPS]],
    isa: Isa,
) -> Vec<[f32; TAPS]> {
    let mut d_taps = Vec::with_capacity(taps.len());
    for (at, taps) in taps.iter().enumerate() {
        let (finer, coarser) = d_stacks.split_at_mut(at + 1);
        let (Some(d_fine), Some(d_coarse)) = (finer.last(), coarser.first_mut()) else {
            continue;
        };
        let Latents { rounded, gradient, .. } = &mut grids[at + 1];
        let coarse = stacks[at + 1].par_iter().chain([&*rounded]);
        d_coarse.par_iter_mut().for_each(|plane| plane.values.fill(0.0));
        let d_coarse = d_coarse.par_iter_mut().chain([gradient]);
        let made: Vec<[f32; TAPS]> = coarse
            .zip(d_coarse)
            .zip(d_fine)
            .map(|((coarse, d_coarse), d_fine)| {
                isa.run(
                    #[inline(always)]
                    || halve(coarse, taps, d_fine, d_coarse),
                )
            })
            .collect();
        let mut sums = [0.0; TAPS];
        for own in &made {
            sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
        d_taps.push(sums);
    }
    d_taps
}

#[inline(always)]
fn double(coarse: &Padded, taps: &[f32; TAPS], fine: &mut Padded) {
    let width = coarse.columns;
    let mut tall = vec![0.0; width + 4];
    let [mut even, mut odd] = [vec![0.0; width], vec![0.0; width]];
    for row in 0..fine.rows {
        stretch(coarse, taps, row, &mut tall);
        blend(taps, [2, 1, 3, 0].map(|at| &tall[at..at + width]), &mut even);
        blend(taps, [2, 3, 1, 4].map(|at| &tall[at..at + width]), &mut odd);
        let start = fine.start(row as isize);
        // An odd width ends within the room behind a row.
        let pairs = fine.values[start..start + 2 * width].chunks_exact_mut(2);
        for (pair, (even, odd)) in pairs.zip(even.iter().zip(&odd)) {
            pair[0] = *even;
            pair[1] = *odd;
        }
    }
}

/// Weighted sums of four rows.
#[inline(always)]
fn blend(taps: &[f32; TAPS], [a, b, c, d]: [&[f32]; TAPS], out: &mut [f32]) {
    let rows = a.iter().zip(b).zip(c.iter().zip(d));
    for (out, ((a, b), (c, d))) in out.iter_mut().zip(rows) {
        *out = (taps[0] * a + taps[1] * b) + (taps[2] * c + taps[3] * d);
    }
}

/// A row of the fine grid in the width of the coarse one, with two more values at each end.
#[inline(always)]
fn stretch(coarse: &Padded, taps: &[f32; TAPS], row: usize, tall: &mut [f32]) {
    let width = coarse.columns;
    let lines = sources(row, coarse.rows).map(|line| coarse.row(line));
    blend(taps, lines, &mut tall[2..width + 2]);
    let (first, last) = (tall[2], tall[width + 1]);
    tall[..2].fill(first);
    tall[width + 2..].fill(last);
}

/// Adds the gradient of a coarse grid, from that of the grid of twice its size; gives that of the taps.
#[inline(always)]
fn halve(coarse: &Padded, taps: &[f32; TAPS], d_fine: &Padded, d_coarse: &mut Padded) -> [f32; TAPS] {
    let width = coarse.columns;
    let mut sums: [Sums; TAPS] = [[0.0; 16]; TAPS];
    let (mut tall, mut d_tall) = (vec![0.0; width + 4], vec![0.0; width + 4]);
    // Gradients of even and odd samples, with two zeros at each end.
    let [mut even, mut odd] = [vec![0.0; width + 4], vec![0.0; width + 4]];
    for row in 0..d_fine.rows {
        stretch(coarse, taps, row, &mut tall);
        let start = d_fine.start(row as isize);
        // Behind a row there are zeros.
        let pairs = d_fine.values[start..start + 2 * width].chunks_exact(2);
        for ((even, odd), pair) in even[2..].iter_mut().zip(&mut odd[2..]).zip(pairs) {
            *even = pair[0];
            *odd = pair[1];
        }
        // `tall[i + 2]` gives tap 0 to both samples `i`, tap 1 to the even one behind and the odd one before it, and so
        // on.
        let at = |by: usize| by..by + width;
        for (sums, (before, behind)) in sums.iter_mut().zip([(2, 2), (1, 3), (3, 1), (0, 4)]) {
            dot(sums, &even[at(2)], &tall[at(before)]);
            dot(sums, &odd[at(2)], &tall[at(behind)]);
        }
        // Each of them has gradients from as far before and behind.
        let all = 2..width + 2;
        blend(taps, [2, 3, 1, 4].map(|by| &even[at(by)]), &mut d_tall[all.clone()]);
        let places = d_tall[all.clone()].iter_mut().enumerate();
        for (x, d) in places {
            *d += (taps[0] * odd[x + 2] + taps[1] * odd[x + 1]) + (taps[2] * odd[x + 3] + taps[3] * odd[x]);
        }
        let (first, last) = outside(taps, &even, &odd, width);
        d_tall[2] += first;
        d_tall[width + 1] += last;
        for ((tap, line), sums) in taps.iter().zip(sources(row, coarse.rows)).zip(&mut sums) {
            dot(sums, &d_tall[all.clone()], coarse.row(line));
            add_scaled(d_coarse.row_mut(line), &d_tall[all.clone()], *tap);
        }
    }
    sums.map(|sums| sums.iter().sum())
}

/// The gradients of the two values before a row, and of the two behind it.
#[inline(always)]
fn outside(taps: &[f32; TAPS], even: &[f32], odd: &[f32], width: usize) -> (f32, f32) {
    let (first, last) = (2, width + 1);
    // Even samples see one behind them with tap 2 and two before them; odd ones the other way round.
    let before = taps[1] * even[first] + taps[3] * (even[first] + even[first + 1]) + taps[2] * odd[first];
    let behind = taps[1] * odd[last] + taps[3] * (odd[last] + odd[last - 1]) + taps[2] * even[last];
    (before, behind)
}

/// Adds the products of two rows to partial sums.
#[inline(always)]
pub(super) fn dot(sums: &mut Sums, a: &[f32], b: &[f32]) {
    let mut own = *sums;
    let (a, b) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for ((sum, x), y) in own.iter_mut().zip(a.1).zip(b.1) {
        *sum += x * y;
    }
    for (a, b) in a.0.iter().zip(b.0) {
        for ((sum, x), y) in own.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    *sums = own;
}

#[inline(always)]
fn add_scaled(sums: &mut [f32], values: &[f32], factor: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += factor * value;
    }
}
