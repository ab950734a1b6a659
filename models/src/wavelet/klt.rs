//! The linear optimum as a start: the transforms begin as the KLT of wavelet bands of training crops.
//!
//! The 1x1 layer becomes the principal components of the 192 bands, the 2x2 layer those of four neighbouring positions,
//! the synthesis their transposes. With damped residual branches the network is a good transform coder before the first step.

use super::packet::BANDS;
use super::{NamedTensor, Params, WaveletConfig};
use crate::{ModelError, Result};

/// Replaces the linear layers of the transforms in `params` by the KLT of `bands`.
///
/// # Shapes
/// `bands`: any number of maps `[height / 8, width / 8, 192]` one after the other, all of the same even size
///
/// # Errors
/// [`ModelError::Parameter`] if the bands are too few or the model keeps more components than there are.
pub fn start_from_klt(
    params: &mut Params,
    config: &WaveletConfig,
    bands: &[f32],
    [height, width]: [usize; 2],
) -> Result<()> {
    let (inner, latents) = (config.width, config.latents);
    if inner > BANDS || latents > 4 * inner {
        return Err(ModelError::Parameter(format!(
            "the KLT start needs width <= {BANDS} and latents <= 4 width, not {inner} and {latents}"
        )));
    }
    if bands.len() < 16 * BANDS || !bands.len().is_multiple_of(height * width * BANDS) {
        return Err(ModelError::Parameter("too few crops for the KLT start".into()));
    }
    let first = components(&covariance(bands.chunks_exact(BANDS), BANDS), BANDS, inner);
    let reduced: Vec<f32> = bands.chunks_exact(BANDS).flat_map(|row| project(&first, row)).collect();
    let quads = quads(&reduced, height, width, inner);
    let second = components(
        &covariance(quads.chunks_exact(4 * inner), 4 * inner),
        4 * inner,
        latents,
    );
    for (name, shape, data) in [
        ("g_a.input", [BANDS, inner], transpose(&first, BANDS)),
        ("g_s.output", [inner, BANDS], first.clone()),
        ("g_a.down", [4 * inner, latents], transpose(&second, 4 * inner)),
        ("g_s.up", [latents, 4 * inner], second.clone()),
    ] {
        let outputs = shape[1];
        set(params, &format!("{name}.weight"), shape.to_vec(), data);
        set(params, &format!("{name}.bias"), vec![outputs], vec![0.0; outputs]);
    }
    Ok(())
}

fn set(params: &mut Params, name: &str, shape: Vec<usize>, data: Vec<f32>) {
    params.insert(name.to_owned(), NamedTensor { shape, data });
}

/// The rows of 2x2 neighbours, ordered (row, column, channel) as the model gathers them.
fn quads(map: &[f32], height: usize, width: usize, channels: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(map.len());
    for map in map.chunks_exact(height * width * channels) {
        for (row, column) in (0..height / 2).flat_map(|row| (0..width / 2).map(move |column| (row, column))) {
            for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let position = (2 * row + dy) * width + 2 * column + dx;
                out.extend_from_slice(&map[position * channels..(position + 1) * channels]);
            }
        }
    }
    out
}

/// Second moments of rows of `size` values.
fn covariance<'a>(rows: impl Iterator<Item = &'a [f32]>, size: usize) -> Vec<f64> {
    let mut sums = vec![0.0f64; size * size];
    let mut count = 0.0f64;
    for row in rows {
        count += 1.0;
        for (sums, &a) in sums.chunks_exact_mut(size).zip(row) {
            for (sum, &b) in sums.iter_mut().zip(row) {
                *sum += f64::from(a * b);
            }
        }
    }
    sums.iter_mut().for_each(|sum| *sum /= count.max(1.0));
    sums
}

/// The `keep` eigenvectors of largest eigenvalue, one after the other.
fn components(matrix: &[f64], size: usize, keep: usize) -> Vec<f32> {
    let (values, vectors) = eigen(matrix.to_vec(), size);
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    order[..keep]
        .iter()
        .flat_map(|&index| vectors[index * size..(index + 1) * size].iter().map(|v| *v as f32))
        .collect()
}

/// Eigenvalues and eigenvectors (as rows) of a symmetric matrix by cyclic Jacobi rotations.
///
/// Source: Golub and Van Loan, "Matrix Computations", section 8.5.
fn eigen(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; size * size];
    (0..size).for_each(|index| vectors[index * size + index] = 1.0);
    let total: f64 = matrix.iter().map(|value| value * value).sum();
    for _sweep in 0..30 {
        let off: f64 = (0..size)
            .flat_map(|row| (0..row).map(move |column| (row, column)))
            .map(|(row, column)| matrix[row * size + column].powi(2))
            .sum();
        if off <= 1e-18 * total {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut matrix, &mut vectors, size, p, q);
            }
        }
    }
    ((0..size).map(|index| matrix[index * size + index]).collect(), vectors)
}

/// Makes the element (p, q) zero; only rows are touched twice, so that all passes run over memory in order.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], size: usize, p: usize, q: usize) {
    let off = matrix[p * size + q];
    if off.abs() < 1e-300 {
        return;
    }
    let tau = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * off);
    let t = tau.signum() / (tau.abs() + tau.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    let (pp, qq) = (matrix[p * size + p] - t * off, matrix[q * size + q] + t * off);
    turn_rows(matrix, size, p, q, c, s);
    for index in 0..size {
        matrix[index * size + p] = matrix[p * size + index];
        matrix[index * size + q] = matrix[q * size + index];
    }
    matrix[p * size + p] = pp;
    matrix[q * size + q] = qq;
    matrix[p * size + q] = 0.0;
    matrix[q * size + p] = 0.0;
    turn_rows(vectors, size, p, q, c, s);
}

fn turn_rows(matrix: &mut [f64], size: usize, p: usize, q: usize, c: f64, s: f64) {
    let (head, tail) = matrix.split_at_mut(q * size);
    for (a, b) in head[p * size..(p + 1) * size].iter_mut().zip(&mut tail[..size]) {
        (*a, *b) = (c * *a - s * *b, s * *a + c * *b);
    }
}

/// Products of a row with each component.
fn project<'a>(components: &'a [f32], row: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
    components
        .chunks_exact(row.len())
        .map(move |component| component.iter().zip(row).map(|(a, b)| a * b).sum())
}

/// `[rows, columns]` to `[columns, rows]`.
fn transpose(matrix: &[f32], columns: usize) -> Vec<f32> {
    let rows = matrix.len() / columns;
    (0..columns)
        .flat_map(|column| (0..rows).map(move |row| matrix[row * columns + column]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvectors_diagonalise() {
        let size = 12;
        let root: Vec<f64> = (0..size * size).map(|i| ((i * 37 % 101) as f64) / 50.0 - 1.0).collect();
        let matrix: Vec<f64> = (0..size * size)
            .map(|i| {
                let (row, column) = (i / size, i % size);
                (0..size).map(|k| root[row * size + k] * root[column * size + k]).sum()
            })
            .collect();
        let (values, vectors) = eigen(matrix.clone(), size);
        for (value, vector) in values.iter().zip(vectors.chunks_exact(size)) {
            for row in 0..size {
                let image: f64 = (0..size).map(|k| matrix[row * size + k] * vector[k]).sum();
                assert!((image - value * vector[row]).abs() < 1e-9 * (1.0 + value.abs()));
            }
        }
    }
}
