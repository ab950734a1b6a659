//! Small matrices, row by row.

/// The product of `a` (`rows` x `inner`) and `b` (`inner` x `columns`).
pub(super) fn product(a: &[f32], b: &[f32], [rows, inner, columns]: [usize; 3]) -> Vec<f32> {
    let mut out = vec![0.0; rows * columns];
    for (a, out) in a.chunks_exact(inner).zip(out.chunks_exact_mut(columns)) {
        for (a, b) in a.iter().zip(b.chunks_exact(columns)) {
            out.iter_mut().zip(b).for_each(|(out, b)| *out += a * b);
        }
    }
    out
}

/// Rows as columns.
pub(super) fn transposed(a: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|x| a.iter().skip(x).step_by(columns).copied())
        .collect()
}

/// The matrix of `size` whose element on the diagonal is 1.
pub(super) fn identity(size: usize) -> Vec<f32> {
    (0..size * size)
        .map(|at| f32::from(u8::from(at / size == at % size)))
        .collect()
}

/// Orthonormal columns that span the same spaces as the first columns of `a`, in order: Gram and Schmidt, twice over. A
/// column that depends on those before becomes one of the identity.
pub(super) fn orthonormal(a: &[f32], size: usize) -> Vec<f32> {
    let columns = transposed(a, size);
    let mut found: Vec<Vec<f32>> = Vec::with_capacity(size);
    for (at, column) in columns.chunks_exact(size).enumerate() {
        let unit = (0..size).map(|turn| {
            let mut unit = vec![0.0; size];
            unit[(at + turn) % size] = 1.0;
            unit
        });
        let candidates = std::iter::once(column.to_vec()).chain(unit);
        let best = candidates.into_iter().find_map(|candidate| cleaned(candidate, &found));
        found.push(best.unwrap_or_else(|| vec![0.0; size]));
    }
    transposed(&found.concat(), size)
}

/// A vector less what it shares with others, of length 1; none if little is left.
fn cleaned(mut vector: Vec<f32>, others: &[Vec<f32>]) -> Option<Vec<f32>> {
    let before = length(&vector);
    for other in others.iter().chain(others) {
        let shared: f32 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
        vector.iter_mut().zip(other).for_each(|(a, b)| *a -= shared * b);
    }
    let after = length(&vector);
    vector.iter_mut().for_each(|a| *a /= after);
    (after > 1e-3 * before && before > 1e-30).then_some(vector)
}

fn length(vector: &[f32]) -> f32 {
    vector.iter().map(|a| a * a).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_orthonormal() {
        let a = [2.0, 1.0, 4.0, 0.0, 3.0, 0.0, 0.0, 0.5, 0.0];
        for a in [a, [0.0; 9]] {
            let q = orthonormal(&a, 3);
            let square = product(&transposed(&q, 3), &q, [3, 3, 3]);
            for (found, wanted) in square.iter().zip(identity(3)) {
                assert!((found - wanted).abs() < 1e-5, "{square:?}");
            }
        }
    }
}
