//! The optimiser of the networks: Adam in the basis in which the gradients of a matrix are least correlated.
//!
//! SOAP, Vyas et al. 2024 (arXiv 2409.11321), algorithm 3.

use std::ops::Range;

use super::matrix::{identity, orthonormal, product, transposed};

/// Decays of the moments and of the correlations.
const DECAYS: [f32; 2] = [0.95, 0.95];
/// Steps between two changes of basis.
const EVERY: usize = 10;
/// The longest side of a matrix that has a basis.
const LONGEST: usize = 96;

/// One tensor.
struct Tensor {
    range: Range<usize>,
    size: [usize; 2],
    mean: Vec<f32>,
    square: Vec<f32>,
    /// Correlations of rows and of columns, and the bases that come of them; none for vectors.
    sides: Option<[Side; 2]>,
}

struct Side {
    size: usize,
    correlation: Vec<f32>,
    basis: Vec<f32>,
}

/// The optimiser of all tensors.
pub(super) struct Soap {
    tensors: Vec<Tensor>,
    steps: usize,
}

impl Soap {
    /// For tensors of these places and rows.
    pub(super) fn new(tensors: impl IntoIterator<Item = (Range<usize>, usize)>) -> Self {
        let tensor = |(range, rows): (Range<usize>, usize)| {
            let size = [rows, range.len() / rows.max(1)];
            let is_matrix = size.iter().all(|side| (2..=LONGEST).contains(side));
            Tensor {
                mean: vec![0.0; range.len()],
                square: vec![0.0; range.len()],
                sides: is_matrix.then(|| size.map(Side::new)),
                range,
                size,
            }
        };
        Self {
            tensors: tensors.into_iter().map(tensor).collect(),
            steps: 0,
        }
    }

    /// A step along `gradient` at the rate `rate`.
    pub(super) fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f32) {
        self.steps += 1;
        let turns = self.steps <= 2 || self.steps.is_multiple_of(EVERY);
        let [first, second] = DECAYS.map(|decay| 1.0 - decay.powi(self.steps.min(10_000) as i32));
        let rate = rate * second.sqrt() / first;
        for tensor in &mut self.tensors {
            tensor.step(parameters, gradient, rate, turns);
        }
    }
}

impl Side {
    fn new(size: usize) -> Self {
        Self {
            size,
            correlation: vec![0.0; size * size],
            basis: identity(size),
        }
    }

    fn learn(&mut self, correlation: &[f32], turns: bool) {
        for (own, new) in self.correlation.iter_mut().zip(correlation) {
            *own += (1.0 - DECAYS[1]) * (new - *own);
        }
        if turns {
            let moved = product(&self.correlation, &self.basis, [self.size; 3]);
            self.basis = orthonormal(&moved, self.size);
        }
    }
}

impl Tensor {
    fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f32, turns: bool) {
        let own = &gradient[self.range.clone()];
        for (mean, d) in self.mean.iter_mut().zip(own) {
            *mean += (1.0 - DECAYS[0]) * (d - *mean);
        }
        if let Some([rows, columns]) = &mut self.sides {
            let [height, width] = self.size;
            let across = transposed(own, width);
            rows.learn(&product(own, &across, [height, width, height]), turns);
            columns.learn(&product(&across, own, [width, height, width]), turns);
        }
        let (gradient, mean) = (self.turned(own), self.turned(&self.mean));
        let mut change = mean;
        for ((square, d), change) in self.square.iter_mut().zip(&gradient).zip(&mut change) {
            *square += (1.0 - DECAYS[1]) * (d * d - *square);
            *change *= rate / (square.sqrt() + 1e-12);
        }
        let change = self.turned_back(change);
        let places = &mut parameters[self.range.clone()];
        places
            .iter_mut()
            .zip(change)
            .for_each(|(place, change)| *place -= change);
    }

    fn turned(&self, values: &[f32]) -> Vec<f32> {
        let (Some([rows, columns]), [height, width]) = (&self.sides, self.size) else {
            return values.to_vec();
        };
        let turned = product(&transposed(&rows.basis, height), values, [height, height, width]);
        product(&turned, &columns.basis, [height, width, width])
    }

    fn turned_back(&self, values: Vec<f32>) -> Vec<f32> {
        let (Some([rows, columns]), [height, width]) = (&self.sides, self.size) else {
            return values;
        };
        let turned = product(&rows.basis, &values, [height, height, width]);
        product(&turned, &transposed(&columns.basis, width), [height, width, width])
    }
}
