//! One level of the CDF 9/7 transform of a plane, by lifting steps.
//!
//! A step changes each other sample by its two neighbours. Down the columns, all steps follow each other a row behind, so that a row is
//! still in the fastest memory when the last of them comes to it.

use crate::isa::Isa;

const STEPS: [f32; 4] = [-1.586_134_3, -0.052_980_12, 0.882_911_1, 0.443_506_85];
pub(super) const SCALE: f32 = 1.149_604_4;

/// A plane to its quarters (vertical, horizontal) low-low, low-high, high-low, high-high.
pub(super) fn split(mut plane: Vec<f32>, rows: usize, columns: usize) -> [Vec<f32>; 4] {
    let half = columns / 2;
    let mut quarters: [Vec<f32>; 4] = std::array::from_fn(|_| Vec::with_capacity(plane.len() / 4));
    let (mut low, mut high) = (vec![0.0; half], vec![0.0; half]);
    // The first step waits for the row below, the last one is three rows behind it, and a row is done when that below it is.
    for pair in 0..rows / 2 + 3 {
        for (behind, factor) in STEPS.into_iter().enumerate() {
            lift_row(&mut plane, columns, (2 * pair).checked_sub(1 + behind), factor);
        }
        for (behind, factor) in [(5, 1.0 / SCALE), (4, SCALE)] {
            let Some(row) = (2 * pair).checked_sub(behind).filter(|row| *row < rows) else {
                continue;
            };
            part(&plane[row * columns..(row + 1) * columns], factor, &mut low, &mut high);
            lift_forward(&mut low, &mut high);
            let vertical = row % 2 * 2;
            quarters[vertical].extend_from_slice(&low);
            quarters[vertical + 1].extend_from_slice(&high);
        }
    }
    quarters
}

/// The inverse of [`split`]; `rows` and `columns` are those of the quarters.
pub(super) fn merge(quarters: [&[f32]; 4], rows: usize, columns: usize) -> Vec<f32> {
    let width = 2 * columns;
    let mut plane = Vec::with_capacity(2 * rows * width);
    let (mut low, mut high, mut whole) = (vec![0.0; columns], vec![0.0; columns], vec![0.0; width]);
    for pair in 0..rows + 2 {
        let from = pair * columns..(pair + 1) * columns;
        let [low_low, low_high, high_low, high_high] = quarters.map(|quarter| quarter.get(from.clone()));
        for (from_low, from_high, factor) in [(low_low, low_high, 1.0 / SCALE), (high_low, high_high, SCALE)] {
            if let (Some(from_low), Some(from_high)) = (from_low, from_high) {
                low.copy_from_slice(from_low);
                high.copy_from_slice(from_high);
                lift_inverse(&mut low, &mut high);
                join(&low, &high, factor, &mut whole);
                plane.extend_from_slice(&whole);
            }
        }
        for (behind, factor) in STEPS.into_iter().rev().enumerate() {
            lift_row(&mut plane, width, (2 * pair).checked_sub(behind), -factor);
        }
    }
    plane
}

/// Adds the rows above and below, times a factor, to a row of a plane if there is such a one; at an edge, that on the other side stands
/// for the missing one.
fn lift_row(plane: &mut [f32], columns: usize, row: Option<usize>, factor: f32) {
    let Some(start) = row.map(|row| row * columns).filter(|start| *start < plane.len()) else {
        return;
    };
    let (before, rest) = plane.split_at_mut(start);
    let (row, after) = rest.split_at_mut(columns);
    let above = before.len().checked_sub(columns).map(|start| &before[start..]);
    let below = after.get(..columns);
    if let (Some(above), Some(below)) = (above.or(below), below.or(above)) {
        update(row, above, below, factor);
    }
}

/// Lifts a row given as its even and odd samples.
fn lift_forward(even: &mut [f32], odd: &mut [f32]) {
    for [first, second] in STEPS.as_chunks().0 {
        update_odd(even, odd, *first);
        update_even(even, odd, *second);
    }
    scale(even, SCALE);
    scale(odd, 1.0 / SCALE);
}

/// The inverse of [`lift_forward`].
fn lift_inverse(even: &mut [f32], odd: &mut [f32]) {
    scale(even, 1.0 / SCALE);
    scale(odd, SCALE);
    for [first, second] in STEPS.as_chunks().0.iter().rev() {
        update_even(even, odd, -second);
        update_odd(even, odd, -first);
    }
}

fn update_odd(even: &[f32], odd: &mut [f32], factor: f32) {
    let last = even.len() - 1;
    update(&mut odd[..last], even, &even[1..], factor);
    odd[last] += factor * (even[last] + even[last]);
}

fn update_even(even: &mut [f32], odd: &[f32], factor: f32) {
    even[0] += factor * (odd[0] + odd[0]);
    update(&mut even[1..], odd, &odd[1..], factor);
}

/// Adds the neighbours on both sides, times a factor, to each value.
fn update(values: &mut [f32], before: &[f32], after: &[f32], factor: f32) {
    Isa::best().run(
        #[inline(always)]
        || {
            for ((value, a), b) in values.iter_mut().zip(before).zip(after) {
                *value += factor * (a + b);
            }
        },
    );
}

fn scale(values: &mut [f32], factor: f32) {
    Isa::best().run(
        #[inline(always)]
        || {
            for value in values {
                *value *= factor;
            }
        },
    );
}

/// The even and the odd values of a row, times a factor.
fn part(row: &[f32], factor: f32, even: &mut [f32], odd: &mut [f32]) {
    Isa::best().run(
        #[inline(always)]
        || {
            for ((even, odd), [first, second]) in even.iter_mut().zip(odd).zip(row.as_chunks().0) {
                (*even, *odd) = (first * factor, second * factor);
            }
        },
    );
}

/// The inverse of [`part`] but for the factor: a row of values, times it.
fn join(even: &[f32], odd: &[f32], factor: f32, row: &mut [f32]) {
    Isa::best().run(
        #[inline(always)]
        || {
            for (pair, (even, odd)) in row.as_chunks_mut().0.iter_mut().zip(even.iter().zip(odd)) {
                *pair = [even * factor, odd * factor];
            }
        },
    );
}
