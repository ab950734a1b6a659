//! Products, least squares and eigenvectors of matrices of some hundred rows.

use lmc_kernels::isa::Isa;
use rayon::prelude::*;

/// Adds `x^T y` to `[wide(x), wide(y)]` sums; `x` and `y` have a row for each sample.
pub(super) fn add_products(sums: &mut [f64], x: &[f32], x_wide: usize, y: &[f32], y_wide: usize) {
    sums.par_chunks_mut(y_wide).enumerate().for_each(|(column, sums)| {
        Isa::best().run(
            #[inline(always)]
            || {
                let mut row = vec![0f32; y_wide];
                for (x, y) in x.chunks_exact(x_wide).zip(y.chunks_exact(y_wide)) {
                    let factor = x[column];
                    row.iter_mut().zip(y).for_each(|(sum, y)| *sum += factor * y);
                }
                sums.iter_mut()
                    .zip(&row)
                    .for_each(|(sum, part)| *sum += f64::from(*part));
            },
        );
    });
}

/// The weights `[n, outputs]` that take inputs to outputs with the least squares: `gram` is `x^T x` and `cross` is
/// `x^T y`. `ridge` is a share of the mean of the diagonal.
pub(super) fn least_squares(mut gram: Vec<f64>, mut cross: Vec<f64>, n: usize, ridge: f64) -> Vec<f64> {
    let outputs = cross.len() / n.max(1);
    let mean = (0..n).map(|i| gram[i * n + i]).sum::<f64>() / n.max(1) as f64;
    (0..n).for_each(|i| gram[i * n + i] += ridge * mean + 1e-9);
    for j in 0..n {
        for i in j..n {
            let sum: f64 = (0..j).map(|k| gram[i * n + k] * gram[j * n + k]).sum();
            let value = gram[i * n + j] - sum;
            gram[i * n + j] = if i == j {
                value.max(1e-12).sqrt()
            } else {
                value / gram[j * n + j]
            };
        }
    }
    for i in 0..n {
        substitute(
            &mut cross,
            outputs,
            i,
            (0..i).map(|k| (k, gram[i * n + k])),
            gram[i * n + i],
        );
    }
    for i in (0..n).rev() {
        substitute(
            &mut cross,
            outputs,
            i,
            (i + 1..n).map(|k| (k, gram[k * n + i])),
            gram[i * n + i],
        );
    }
    cross
}

/// Row `i` less multiples of others, over its pivot.
fn substitute(rows: &mut [f64], wide: usize, i: usize, others: impl Iterator<Item = (usize, f64)>, pivot: f64) {
    let mut row = rows[i * wide..(i + 1) * wide].to_vec();
    for (k, factor) in others {
        let other = &rows[k * wide..(k + 1) * wide];
        row.iter_mut()
            .zip(other)
            .for_each(|(value, other)| *value -= factor * other);
    }
    row.iter_mut().for_each(|value| *value /= pivot);
    rows[i * wide..(i + 1) * wide].copy_from_slice(&row);
}

/// The eigenvectors `[count, n]` of the largest eigenvalues of a symmetric matrix, and those, largest first.
pub(super) fn leading(matrix: &[f64], n: usize, count: usize) -> (Vec<f64>, Vec<f64>) {
    const ROUNDS: usize = 60;
    // Rows are vectors.
    let mut vectors: Vec<f64> = (0..count * n).map(start).collect();
    orthonormalise(&mut vectors, n);
    for _ in 0..ROUNDS {
        vectors = times(&vectors, matrix, n);
        orthonormalise(&mut vectors, n);
    }
    let images = times(&vectors, matrix, n);
    let small: Vec<f64> = (0..count * count)
        .map(|at| dot(&vectors[at / count * n..][..n], &images[at % count * n..][..n]))
        .collect();
    let (values, turns) = jacobi(small, count);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    let turned = order.iter().flat_map(|&which| {
        let mut vector = vec![0.0; n];
        for (i, row) in vectors.chunks_exact(n).enumerate() {
            let factor = turns[i * count + which];
            vector
                .iter_mut()
                .zip(row)
                .for_each(|(sum, value)| *sum += factor * value);
        }
        vector
    });
    (turned.collect(), order.iter().map(|&which| values[which]).collect())
}

/// Numbers without a pattern, of -0.5 to 0.5.
fn start(at: usize) -> f64 {
    f64::from(super::super::texture::mixed(1, at as u32)) / f64::from(u32::MAX) - 0.5
}

/// Each row times a symmetric matrix.
fn times(rows: &[f64], matrix: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![0.0; rows.len()];
    out.par_chunks_mut(n).zip(rows.par_chunks(n)).for_each(|(out, row)| {
        for (factor, line) in row.iter().zip(matrix.chunks_exact(n)) {
            out.iter_mut().zip(line).for_each(|(sum, value)| *sum += factor * value);
        }
    });
    out
}

fn orthonormalise(rows: &mut [f64], n: usize) {
    for i in 0..rows.len() / n {
        let (before, rest) = rows.split_at_mut(i * n);
        let row = &mut rest[..n];
        for other in before.chunks_exact(n) {
            let along = dot(row, other);
            row.iter_mut()
                .zip(other)
                .for_each(|(value, other)| *value -= along * other);
        }
        let length = dot(row, row).sqrt().max(1e-30);
        row.iter_mut().for_each(|value| *value /= length);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Eigenvalues and eigenvectors (columns) of a symmetric matrix, by Jacobi's rotations.
fn jacobi(mut matrix: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    const SWEEPS: usize = 12;
    let mut vectors: Vec<f64> = (0..n * n).map(|at| if at / n == at % n { 1.0 } else { 0.0 }).collect();
    for _ in 0..SWEEPS {
        for p in 0..n {
            for q in p + 1..n {
                let off = matrix[p * n + q];
                if off.abs() < 1e-300 {
                    continue;
                }
                let theta = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * off);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let c = 1.0 / (t * t + 1.0).sqrt();
                rotate(&mut matrix, n, [p, q], [c, t * c], true);
                rotate(&mut matrix, n, [p, q], [c, t * c], false);
                rotate(&mut vectors, n, [p, q], [c, t * c], false);
            }
        }
    }
    ((0..n).map(|i| matrix[i * n + i]).collect(), vectors)
}

/// Turns two rows, or two columns.
fn rotate(matrix: &mut [f64], n: usize, [p, q]: [usize; 2], [c, s]: [f64; 2], rows: bool) {
    for k in 0..n {
        let (a, b) = if rows {
            (p * n + k, q * n + k)
        } else {
            (k * n + p, k * n + q)
        };
        let (x, y) = (matrix[a], matrix[b]);
        matrix[a] = c * x - s * y;
        matrix[b] = s * x + c * y;
    }
}
