//! An order of codes in which those under one node of the binary tree of their indices are alike.

/// Rounds in which the direction of the largest spread is found.
const ROUNDS: usize = 12;

/// The codes of `[codes, dims]`, a power of two of them, in an order that halves each set across its largest spread.
pub(super) fn order_of(book: &[f32], dims: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..book.len() / dims).collect();
    let mut size = order.len();
    while size > 1 {
        for set in order.chunks_exact_mut(size) {
            halve(set, book, dims);
        }
        size /= 2;
    }
    order
}

fn halve(set: &mut [usize], book: &[f32], dims: usize) {
    let code = |index: usize| &book[index * dims..][..dims];
    let share = 1.0 / set.len() as f32;
    let mut mean = vec![0.0; dims];
    for index in set.iter() {
        mean.iter_mut().zip(code(*index)).for_each(|(m, c)| *m += c * share);
    }
    let along = |direction: &[f32], index: usize| -> f32 {
        let parts = code(index).iter().zip(&mean).zip(direction);
        parts.map(|((c, m), d)| (c - m) * d).sum()
    };
    // Power iteration; the uneven start is at a right angle to no likely direction.
    let mut direction: Vec<f32> = (0..dims).map(|dim| 1.0 + 0.1 * dim as f32).collect();
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; dims];
        for index in set.iter() {
            let weight = along(&direction, *index);
            let parts = next.iter_mut().zip(code(*index)).zip(&mean);
            parts.for_each(|((n, c), m)| *n += weight * (c - m));
        }
        let norm = next.iter().map(|n| n * n).sum::<f32>().sqrt();
        if norm > 0.0 && norm.is_finite() {
            direction = next.iter().map(|n| n / norm).collect();
        }
    }
    set.sort_by(|a, b| along(&direction, *a).total_cmp(&along(&direction, *b)).then(a.cmp(b)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_lie_on_either_side() {
        // Points of a grid, jumbled: far apart along the first dimension, near along the second.
        let book: Vec<f32> = (0..16usize)
            .map(|i| i * 7 % 16)
            .flat_map(|i| [(i / 4) as f32 * 10.0, (i % 4) as f32])
            .collect();
        let order = order_of(&book, 2);
        let sorted: Vec<f32> = order.iter().map(|i| book[2 * i]).collect();
        assert!(sorted.is_sorted() || sorted.iter().rev().is_sorted(), "{sorted:?}");
        for four in order.chunks_exact(4) {
            let column: Vec<f32> = four.iter().map(|i| book[2 * i + 1]).collect();
            assert!(column.is_sorted() || column.iter().rev().is_sorted(), "{column:?}");
        }
        let mut all = order;
        all.sort_unstable();
        assert_eq!(all, (0..16).collect::<Vec<_>>());
    }
}
