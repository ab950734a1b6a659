//! SOAP: Adam in the eigenbases of the gradients' covariances.
//!
//! A matrix of weights has the running covariances of its gradient over rows and over columns. Their eigenvectors are bases in which
//! the elements of the gradient are nearly uncorrelated, so Adam's division by the root of the running square, which knows nothing of
//! correlations, comes close to a step of Newton's method.
//!
//! Source: Vyas et al., "SOAP: Improving and stabilizing Shampoo using Adam" (2024); for learned compression Zhang, Zhu, "Leveraging
//! second-order curvature for efficient learned image compression" (2026).

use burn::optim::{ModuleOptimizer, Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;

use crate::wavelet::host_values;

/// What the running mean of the gradient keeps.
const KEEP_MEAN: f64 = 0.9;
/// What the running square keeps.
const KEEP_SQUARE: f64 = 0.97;
/// Steps between looks at the covariances.
const LOOK: usize = 3;
/// What they keep.
const KEEP_COVARIANCE: f64 = 0.91;
/// Steps between refreshes of the bases, a multiple of [`LOOK`].
const REFRESH: usize = 12;
/// Iterations for the first bases, which start from none.
const FIRST_ITERATIONS: usize = 12;
/// Sides longer than this stay as they are: their bases would cost more than they bring.
const LONGEST_SIDE: usize = 512;

/// The optimiser, for all weights; vectors get plain Adam.
#[derive(Debug, Clone)]
pub(super) struct Soap;

impl Soap {
    pub(super) fn init() -> ModuleOptimizer {
        ModuleOptimizer::from(Self)
    }
}

/// The state of one parameter.
#[derive(Clone)]
pub struct SoapState<const D: usize> {
    time: usize,
    /// In the bases, as the square.
    mean: Tensor<D>,
    square: Tensor<D>,
    rows: Option<Side>,
    columns: Option<Side>,
}

/// A side of a matrix.
#[derive(Clone)]
pub struct Side {
    covariance: Tensor<2>,
    /// Each row is an eigenvector, those of large eigenvalues first.
    basis: Tensor<2>,
}

impl Optimizer for Soap {
    type State<const D: usize> = SoapState<D>;

    fn step<const D: usize>(
        &self,
        rate: f64,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let Some(mut state) = state else {
            // The first gradient only tells where the bases begin.
            return (tensor, Some(SoapState::begin(gradient)));
        };
        state.time += 1;
        let rotated = state.rotate(gradient.clone());
        state.mean = state.mean * KEEP_MEAN + rotated.clone() * (1.0 - KEEP_MEAN);
        state.square = state.square * KEEP_SQUARE + rotated.powi_scalar(2) * (1.0 - KEEP_SQUARE);
        let share = |keep: f64| 1.0 - keep.powi(state.time as i32);
        let (mean_share, square_share) = (share(KEEP_MEAN), share(KEEP_SQUARE));
        let step = state.mean.clone() / mean_share / ((state.square.clone() / square_share).sqrt() + 1e-8);
        let step = state.rotate_back(step);
        if state.time.is_multiple_of(LOOK) {
            state.look(gradient);
        }
        (tensor - step * rate, Some(state))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        let side = |side: Side| Side {
            covariance: side.covariance.to_device(device),
            basis: side.basis.to_device(device),
        };
        SoapState {
            time: state.time,
            mean: state.mean.to_device(device),
            square: state.square.to_device(device),
            rows: state.rows.map(side),
            columns: state.columns.map(side),
        }
    }
}

// Burn derives this for its own crates only.
impl<const D: usize> RecordState for SoapState<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_tensor(prefix, "time", TensorData::from([self.time as f32]));
        out.push_tensor(prefix, "mean", self.mean.to_data());
        out.push_tensor(prefix, "square", self.square.to_data());
        for (names, side) in SIDES.iter().zip([&self.rows, &self.columns]) {
            if let Some(side) = side {
                out.push_tensor(prefix, names[0], side.covariance.to_data());
                out.push_tensor(prefix, names[1], side.basis.to_data());
            }
        }
    }

    fn state_unflatten(prefix: &str, from: &mut StateSource, device: &Device) -> Option<Self> {
        let time = from.take_tensor(prefix, "time")?;
        let time = *time.as_slice::<f32>().ok()?.first()? as usize;
        let mean = Tensor::from_data(from.take_tensor(prefix, "mean")?, device);
        let square = Tensor::from_data(from.take_tensor(prefix, "square")?, device);
        let mut matrix = |name| Some(Tensor::from_data(from.take_tensor(prefix, name)?, device));
        let [rows, columns] = SIDES.map(|[covariance, basis]| {
            Some(Side {
                covariance: matrix(covariance)?,
                basis: matrix(basis)?,
            })
        });
        Some(Self {
            time,
            mean,
            square,
            rows,
            columns,
        })
    }
}

/// Names of the saved tensors of the sides.
const SIDES: [[&str; 2]; 2] = [["row_covariance", "row_basis"], ["column_covariance", "column_basis"]];

impl<const D: usize> SoapState<D> {
    fn begin(gradient: Tensor<D>) -> Self {
        let matrix = matrix(gradient.clone());
        let [rows, columns] = matrix.dims();
        let side = |length: usize, x: Tensor<2>| {
            (D > 1 && (2..=LONGEST_SIDE).contains(&length)).then(|| Side::begin(covariance(x)))
        };
        Self {
            time: 0,
            mean: gradient.zeros_like(),
            square: gradient.zeros_like(),
            rows: side(rows, matrix.clone()),
            columns: side(columns, matrix.transpose()),
        }
    }

    /// Into the bases.
    fn rotate(&self, x: Tensor<D>) -> Tensor<D> {
        let shape = x.dims();
        let mut x = matrix(x);
        if let Some(side) = &self.rows {
            x = side.basis.clone().matmul(x);
        }
        if let Some(side) = &self.columns {
            x = x.matmul(side.basis.clone().transpose());
        }
        x.reshape(shape)
    }

    /// Out of the bases.
    fn rotate_back(&self, x: Tensor<D>) -> Tensor<D> {
        let shape = x.dims();
        let mut x = matrix(x);
        if let Some(side) = &self.rows {
            x = side.basis.clone().transpose().matmul(x);
        }
        if let Some(side) = &self.columns {
            x = x.matmul(side.basis.clone());
        }
        x.reshape(shape)
    }

    /// Takes a gradient into the covariances, and now and then renews the bases.
    fn look(&mut self, gradient: Tensor<D>) {
        let gradient = matrix(gradient);
        let refresh = self.time.is_multiple_of(REFRESH);
        let mean = refresh.then(|| self.rotate_back(self.mean.clone()));
        let shape = self.square.dims();
        let mut square = matrix(self.square.clone());
        for (axis, side) in [&mut self.rows, &mut self.columns].into_iter().enumerate() {
            let Some(side) = side else { continue };
            let own = if axis == 0 {
                gradient.clone()
            } else {
                gradient.clone().transpose()
            };
            side.covariance = side.covariance.clone() * KEEP_COVARIANCE + covariance(own) * (1.0 - KEEP_COVARIANCE);
            if refresh {
                let order = side.refresh();
                square = square.select(axis, order);
            }
        }
        self.square = square.reshape(shape);
        if let Some(mean) = mean {
            self.mean = self.rotate(mean);
        }
    }
}

impl Side {
    fn begin(covariance: Tensor<2>) -> Self {
        let basis = Tensor::eye(covariance.dims()[0], &covariance.device());
        let mut side = Self { covariance, basis };
        for _ in 0..FIRST_ITERATIONS {
            side.refresh();
        }
        side
    }

    /// One step of orthogonal iteration; returns in which order the vectors are now.
    fn refresh(&mut self) -> Tensor<1, Int> {
        let device = self.covariance.device();
        let moved = self.basis.clone().matmul(self.covariance.clone());
        let sizes = host_values((moved.clone() * self.basis.clone()).sum_dim(1));
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by(|a, b| sizes[*b].total_cmp(&sizes[*a]));
        let count = sizes.len();
        let scale = 1.0 / sizes.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let (moved, old) = (host_values(moved), host_values(self.basis.clone()));
        let mut basis = Vec::with_capacity(count * count);
        for &from in &order {
            let row = from * count..(from + 1) * count;
            // Directions without a gradient stay as they are.
            let vector = moved[row.clone()].iter().zip(&old[row]);
            basis.extend(vector.map(|(moved, old)| moved * scale + 1e-6 * old));
        }
        orthonormalise(&mut basis, count);
        orthonormalise(&mut basis, count);
        self.basis = Tensor::from_data(TensorData::new(basis, [count, count]), &device);
        let order: Vec<i64> = order.into_iter().map(|index| index as i64).collect();
        Tensor::from_data(TensorData::new(order, [count]), &device)
    }
}

/// A parameter as a matrix: its first side, and all others.
fn matrix<const D: usize>(x: Tensor<D>) -> Tensor<2> {
    let rows = x.dims()[0];
    let columns = x.dims()[1..].iter().product();
    x.reshape([rows, columns])
}

fn covariance(x: Tensor<2>) -> Tensor<2> {
    x.clone().matmul(x.transpose())
}

/// Makes rows of `count` numbers orthonormal, one after the other (modified Gram-Schmidt).
fn orthonormalise(rows: &mut [f32], count: usize) {
    for at in 0..count {
        let (done, rest) = rows.split_at_mut((at + 1) * count);
        let own = &mut done[at * count..];
        let length = dot(own, own).sqrt().max(f32::MIN_POSITIVE);
        own.iter_mut().for_each(|value| *value /= length);
        let own = &*own;
        let remove = |row: &mut [f32]| {
            let share = dot(row, own);
            row.iter_mut().zip(own).for_each(|(value, own)| *value -= share * own);
        };
        if rest.len() > 1 << 16 {
            rest.par_chunks_mut(count).with_min_len(64).for_each(remove);
        } else {
            rest.chunks_mut(count).for_each(remove);
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0f32; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(rows: usize, columns: usize, seed: u32) -> Tensor<2> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1u32 << 24) as f32 - 0.5
        };
        let data = (0..rows * columns).map(|_| next()).collect();
        Tensor::from_data(TensorData::new(data, [rows, columns]), &Device::flex())
    }

    #[test]
    fn bases_are_orthonormal_and_diagonalise() {
        let wide = tensor(40, 60, 3) * tensor(1, 60, 4).powi_scalar(3);
        let covariance = covariance(wide);
        let mut side = Side::begin(covariance.clone());
        for _ in 0..200 {
            side.refresh();
        }
        let unit = side.basis.clone().matmul(side.basis.clone().transpose());
        let off = (unit - Tensor::eye(40, &Device::flex())).abs().max();
        assert!(off.into_scalar::<f32>() < 1e-4);
        let diagonal = side.basis.clone().matmul(covariance).matmul(side.basis.transpose());
        let values = host_values(diagonal);
        let largest = values[0];
        for (index, value) in values.iter().enumerate() {
            let (row, column) = (index / 40, index % 40);
            assert!(
                row == column || value.abs() < 0.02 * largest,
                "{row} {column}: {value} of {largest}"
            );
        }
    }

    /// A bowl whose axes lie askew and differ a thousandfold, which Adam by itself goes down slowly.
    #[test]
    fn it_finds_the_bottom_of_a_skew_bowl() {
        let device = Device::flex();
        let mix = tensor(16, 16, 9).matmul(tensor(16, 16, 10)).matmul(tensor(16, 16, 11));
        let goal = tensor(16, 8, 12);
        let loss = |at: &Tensor<2>| mix.clone().matmul(at.clone() - goal.clone());
        let run = |optimizer: &dyn Fn(f64, Tensor<2>, Tensor<2>, usize) -> Tensor<2>| {
            let mut at = Tensor::<2>::zeros([16, 8], &device);
            for step in 0..600 {
                let gradient = mix.clone().transpose().matmul(loss(&at));
                at = optimizer(0.02 * (1.0 - step as f64 / 600.0), at, gradient, step);
            }
            loss(&at).powi_scalar(2).sum().into_scalar::<f32>()
        };
        let state = std::cell::RefCell::new(None);
        let soap = run(&|rate, at, gradient, _| {
            let (at, next) = Soap.step(rate, at, gradient, state.take());
            state.replace(next);
            at
        });
        let plain = burn::optim::AdamConfig::new().build();
        let state = std::cell::RefCell::new(None);
        let adam = run(&|rate, at, gradient, _| {
            let (at, next) = plain.step(rate, at, gradient, state.take());
            state.replace(next);
            at
        });
        assert!(soap < 0.5 * adam, "{soap} {adam}");
    }
}
