//! Grids of latents to planes of the size of the tile, and back with gradients.

use rayon::prelude::*;

use super::super::double::sources;
use super::super::shape::TAPS;
use super::grid::Padded;
use super::lanes::Sums;
use lmc_kernels::isa::Isa;

/// Values on a grid.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Field {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<f32>,
}

impl Field {
    pub(super) fn zeros([rows, columns]: [usize; 2]) -> Self {
        Self {
            rows,
            columns,
            values: vec![0.0; rows * columns],
        }
    }

    fn of(padded: &Padded) -> Self {
        let values = (0..padded.rows).flat_map(|row| padded.row(row).iter().copied());
        Self {
            rows: padded.rows,
            columns: padded.columns,
            values: values.collect(),
        }
    }
}

/// For each size, the finest first: the planes of all grids of that size and coarser ones, the coarsest first.
pub(super) type Stacks = Vec<Vec<Field>>;

/// Grows all grids, the finest first in `grids`. `taps` are those of each doubling.
pub(super) fn grow(grids: &[&Padded], taps: &[[f32; TAPS]], isa: Isa) -> Stacks {
    let mut stacks: Stacks = Vec::with_capacity(grids.len());
    for (at, grid) in grids.iter().enumerate().rev() {
        let mut stack: Vec<Field> = match (taps.get(at), stacks.last()) {
            (Some(taps), Some(coarser)) => {
                let size = [grid.rows, grid.columns];
                coarser
                    .par_iter()
                    .map(|coarse| isa.run(|| doubled(coarse, taps, size)))
                    .collect()
            }
            _ => Vec::new(),
        };
        stack.push(Field::of(grid));
        stacks.push(stack);
    }
    stacks.reverse();
    stacks
}

/// From gradients of the finest stack to those of the grids, which are given to `take` with their number, and of the
/// taps.
pub(super) fn shrink(
    stacks: &Stacks,
    taps: &[[f32; TAPS]],
    gradient: Vec<Field>,
    isa: Isa,
    mut take: impl FnMut(usize, &Field),
) -> Vec<[f32; TAPS]> {
    let mut d_taps = Vec::with_capacity(taps.len());
    let mut d_stack = gradient;
    for (at, taps) in taps.iter().enumerate() {
        if let Some(own) = d_stack.pop() {
            take(at, &own);
        }
        let coarser = stacks.get(at + 1).map_or(&[][..], |stack| stack);
        let made: Vec<(Field, [f32; TAPS])> = coarser
            .par_iter()
            .zip(&d_stack)
            .map(|(coarse, d)| isa.run(|| halved(coarse, taps, d)))
            .collect();
        let mut sums = [0.0; TAPS];
        for (_, own) in &made {
            sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
        d_taps.push(sums);
        d_stack = made.into_iter().map(|(field, _)| field).collect();
    }
    if let Some(own) = d_stack.pop() {
        take(taps.len(), &own);
    }
    d_taps
}

#[inline(always)]
fn doubled(coarse: &Field, taps: &[f32; TAPS], [rows, columns]: [usize; 2]) -> Field {
    let mut fine = Field::zeros([rows, columns]);
    let mut tall = vec![0.0; coarse.columns + 4];
    for (row, out) in fine.values.chunks_exact_mut(columns).enumerate() {
        stretch(coarse, taps, row, &mut tall);
        for (pair, near) in out.chunks_mut(2).zip(tall.windows(5)) {
            let &[a, b, c, d, e] = near else { continue };
            let both = [
                taps[0] * c + taps[1] * b + taps[2] * d + taps[3] * a,
                taps[0] * c + taps[1] * d + taps[2] * b + taps[3] * e,
            ];
            pair.iter_mut().zip(both).for_each(|(out, value)| *out = value);
        }
    }
    fine
}

/// A row of the fine grid in the width of the coarse one, with two more values at each end.
#[inline(always)]
fn stretch(coarse: &Field, taps: &[f32; TAPS], row: usize, tall: &mut [f32]) {
    let width = coarse.columns;
    let [a, b, c, d] = sources(row, coarse.rows).map(|line| &coarse.values[line * width..(line + 1) * width]);
    let lines = a.iter().zip(b).zip(c.iter().zip(d));
    for (tall, ((a, b), (c, d))) in tall[2..].iter_mut().zip(lines) {
        *tall = taps[0] * a + taps[1] * b + taps[2] * c + taps[3] * d;
    }
    let (first, last) = (tall[2], tall[width + 1]);
    tall[..2].fill(first);
    tall[width + 2..].fill(last);
}

/// The gradient of a coarse grid and of the taps, from that of the grid of twice its size.
#[inline(always)]
fn halved(coarse: &Field, taps: &[f32; TAPS], d_fine: &Field) -> (Field, [f32; TAPS]) {
    let width = coarse.columns;
    let mut d_coarse = Field::zeros([coarse.rows, width]);
    let mut sums: [Sums; TAPS] = [[0.0; 16]; TAPS];
    let (mut tall, mut d_tall) = (vec![0.0; width + 4], vec![0.0; width + 4]);
    // Gradients of even and odd samples, with two zeros at each end.
    let [mut even, mut odd] = [vec![0.0; width + 4], vec![0.0; width + 4]];
    for (row, d_out) in d_fine.values.chunks_exact(d_fine.columns).enumerate() {
        stretch(coarse, taps, row, &mut tall);
        let halves = even[2..].iter_mut().zip(&mut odd[2..]);
        for ((even, odd), pair) in halves.zip(d_out.chunks(2)) {
            *even = pair[0];
            *odd = pair.get(1).copied().unwrap_or(0.0);
        }
        // `tall[i + 2]` gives tap 0 to both samples `i`, tap 1 to the even one behind and the odd one before it, and so
        // on.
        let core = 2..width + 2;
        for (tap, (before, behind)) in [(0, 0), (-1, 1), (1, -1), (-2, 2)].into_iter().enumerate() {
            let at = |by: isize| (2 + by) as usize..(2 + by) as usize + width;
            dot(&mut sums[tap], &even[core.clone()], &tall[at(before)]);
            dot(&mut sums[tap], &odd[core.clone()], &tall[at(behind)]);
        }
        d_tall.fill(0.0);
        for (tap, (before, behind)) in taps.iter().zip([(0, 0), (-1, 1), (1, -1), (-2, 2)]) {
            let at = |by: isize| (2 + by) as usize..(2 + by) as usize + width;
            add_scaled(&mut d_tall[at(before)], &even[core.clone()], *tap);
            add_scaled(&mut d_tall[at(behind)], &odd[core.clone()], *tap);
        }
        let (start, end) = (d_tall[0] + d_tall[1], d_tall[width + 2] + d_tall[width + 3]);
        d_tall[2] += start;
        d_tall[width + 1] += end;
        let lines = sources(row, coarse.rows);
        for ((tap, line), sums) in taps.iter().zip(lines).zip(&mut sums) {
            let place = line * width..(line + 1) * width;
            dot(sums, &d_tall[core.clone()], &coarse.values[place.clone()]);
            add_scaled(&mut d_coarse.values[place], &d_tall[core.clone()], *tap);
        }
    }
    (d_coarse, sums.map(|sums| sums.iter().sum()))
}

/// Adds the products of two rows to partial sums.
#[inline(always)]
pub(super) fn dot(sums: &mut Sums, a: &[f32], b: &[f32]) {
    let mut own = *sums;
    let (a, b) = (a.chunks_exact(16), b.chunks_exact(16));
    for ((sum, x), y) in own.iter_mut().zip(a.remainder()).zip(b.remainder()) {
        *sum += x * y;
    }
    for (a, b) in a.zip(b) {
        for ((sum, x), y) in own.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    *sums = own;
}

#[inline(always)]
fn add_scaled(sums: &mut [f32], values: &[f32], factor: f32) {
    sums.iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += factor * value);
}
