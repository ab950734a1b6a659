//! Pooling as shift-tolerant networks have it: the largest of neighbours, blur, and every second of those.

use burn::tensor::{Device, Tensor, TensorData};

/// The taps of the blur.
const TAPS: [f32; 3] = [0.25, 0.5, 0.25];
/// Reflected rows and columns before the first and behind the last one.
const PADDING: usize = 2;

/// The largest value of each square of `side` by `side`.
///
/// # Shapes
/// `[batch, channels, height, width]` to `[.., height - side + 1, width - side + 1]`
pub(super) fn largest(x: Tensor<4>, side: usize) -> Tensor<4> {
    let [height, width] = shrunk(x.dims(), side);
    let along = |x: Tensor<4>, dim: usize, size: usize| {
        let parts = (0..side).map(|at| x.clone().narrow(dim, at, size));
        parts.reduce(Tensor::max_pair).unwrap_or(x.clone())
    };
    along(along(x, 2, height), 3, width)
}

/// The gradients of `x` from those of `y = largest(x)`. Where several values are the largest each gets all of it, which
/// only happens for the zeros that a rectifier made, and goes no further.
pub(super) fn largest_transposed(grad: Tensor<4>, x: &Tensor<4>, y: &Tensor<4>, side: usize) -> Tensor<4> {
    let [height, width] = shrunk(x.dims(), side);
    let mut sum = x.zeros_like();
    for (row, column) in (0..side).flat_map(|row| (0..side).map(move |column| (row, column))) {
        let [batch, channels, _, _] = x.dims();
        let place = [0..batch, 0..channels, row..row + height, column..column + width];
        let is_other = x.clone().slice(place.clone()).not_equal(y.clone());
        let part = sum.clone().slice(place.clone()) + grad.clone().mask_fill(is_other, 0.0);
        sum = sum.slice_assign(place, part);
    }
    sum
}

fn shrunk([_, _, height, width]: [usize; 4], side: usize) -> [usize; 2] {
    [height, width].map(|size| size + 1 - side)
}

/// Blurs with reflected edges and keeps every second row and column.
///
/// # Shapes
/// `[batch, channels, height, width]` to `[.., height / 2 + 1, width / 2 + 1]`, halves rounded up
pub(super) fn blur(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let device = x.device();
    product(x, &matrix(height), &matrix(width), &device)
}

/// The gradients of what was blurred, of these dimensions.
pub(super) fn blur_transposed(grad: Tensor<4>, [_, _, height, width]: [usize; 4]) -> Tensor<4> {
    let device = grad.device();
    product(grad, &matrix(height).transposed(), &matrix(width).transposed(), &device)
}

struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Matrix {
    fn transposed(self) -> Self {
        let Self { rows, columns, .. } = self;
        let values = (0..rows * columns).map(|at| self.values[at % rows * columns + at / rows]);
        Self {
            rows: columns,
            columns: rows,
            values: values.collect(),
        }
    }
}

/// The blur of a line of `size` samples.
fn matrix(size: usize) -> Matrix {
    let rows = (size + 2 * PADDING - TAPS.len()) / 2 + 1;
    let mut values = vec![0.0; rows * size];
    for row in 0..rows {
        for (at, tap) in TAPS.iter().enumerate() {
            let place = (2 * row + at).abs_diff(PADDING);
            let place = if place < size { place } else { 2 * (size - 1) - place };
            values[row * size + place] += tap;
        }
    }
    Matrix {
        rows,
        columns: size,
        values,
    }
}

/// All lines of both directions times a matrix each.
fn product(x: Tensor<4>, down: &Matrix, along: &Matrix, device: &Device) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let tensor = |matrix: &Matrix| {
        let shape = [matrix.rows, matrix.columns];
        Tensor::<2>::from_data(TensorData::new(matrix.values.clone(), shape), device)
    };
    let x = x
        .reshape([batch * channels * height, width])
        .matmul(tensor(along).transpose());
    let x = x.reshape([batch * channels, height, along.rows]);
    let down_each = tensor(down).unsqueeze::<3>().repeat_dim(0, batch * channels);
    down_each.matmul(x).reshape([batch, channels, down.rows, along.rows])
}
