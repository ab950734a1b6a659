//! The extension operations on the CPU: the layers of the kernel crate, depthwise kernels that walk the channel-last layout once, and
//! the gradients of both.

mod layer;

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::TensorData;
use lmc_kernels::layers::{self, End};
use rayon::prelude::*;

use super::{BlockWeights, Gradients3, KernelGradients, KernelOps, LinearState, Rounding};

impl KernelOps for Flex {
    fn fused_linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        slope: f32,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        let columns = weight.shape()[1];
        let out = vec![0.0f32; x.shape()[0] * columns];
        layer::apply(out, x, weight, bias, End::Leaky(slope), rounding)
    }

    fn depthwise_conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        kernel_rows: usize,
    ) -> FloatTensor<Self> {
        let (x, weight, bias) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
        let map = Map::of(&x);
        let out = map.correlate(
            values(&x, map.len()),
            values(&weight, weight.shape().num_elements()),
            Some(values(&bias, map.channels)),
            kernel_rows,
        );
        tensor(out, map.shape())
    }

    fn residual_block(
        x: FloatTensor<Self>,
        weights: BlockWeights<Self>,
        slope: f32,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        layer::block(x, weights, slope, rounding)
    }

    fn linear_to_space(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        layer::to_space(x, weight, bias, rounding)
    }

    fn linear_from_space(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        layer::from_space(x, weight, bias, rounding)
    }

    fn linear_onto(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        onto: FloatTensor<Self>,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        let onto = onto.to_contiguous();
        let out = values(&onto, onto.shape().num_elements()).to_vec();
        layer::apply(out, x, weight, bias, End::Add, rounding)
    }
}

impl KernelGradients for Flex {
    fn fused_linear_backward(saved: LinearState<Self>, grad: FloatTensor<Self>, parameters: bool) -> Gradients3<Self> {
        let (x, weight) = (saved.x.to_contiguous(), saved.weight.to_contiguous());
        let (rows, inner, columns) = (x.shape()[0], weight.shape()[0], weight.shape()[1]);
        let grad = grad.to_contiguous();
        let masked;
        let grad = if saved.slope == 1.0 {
            values(&grad, rows * columns)
        } else {
            let output = saved.output.to_contiguous();
            masked = through_leaky(
                values(&grad, rows * columns),
                values(&output, rows * columns),
                saved.slope,
            );
            &masked
        };
        let (x, weight) = (values(&x, rows * inner), values(&weight, inner * columns));
        let mut into_x = vec![0.0f32; rows * inner];
        layer::apply_transposed(weight, columns, grad, saved.rounding, &mut into_x);
        let parameters = parameters.then(|| {
            let (weight, bias) = parameter_gradients(x, grad, inner, columns);
            (tensor(weight, vec![inner, columns]), tensor(bias, vec![columns]))
        });
        Gradients3 {
            x: tensor(into_x, vec![rows, inner]),
            parameters,
        }
    }

    fn depthwise_conv_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        kernel_rows: usize,
        parameters: bool,
    ) -> Gradients3<Self> {
        let (x, weight, grad) = (x.to_contiguous(), weight.to_contiguous(), grad.to_contiguous());
        let map = Map::of(&x);
        let taps = weight.shape()[0];
        let weight = values(&weight, taps * map.channels);
        let (x, grad) = (values(&x, map.len()), values(&grad, map.len()));
        let flipped: Vec<f32> = weight.rchunks_exact(map.channels).flatten().copied().collect();
        let into_x = map.correlate(grad, &flipped, None, kernel_rows);
        let parameters = parameters.then(|| {
            let (weight, bias) = map.tap_gradients(x, grad, taps, kernel_rows);
            (
                tensor(weight, vec![taps, map.channels]),
                tensor(bias, vec![map.channels]),
            )
        });
        Gradients3 {
            x: tensor(into_x, map.shape()),
            parameters,
        }
    }
}

fn tensor(data: Vec<f32>, shape: Vec<usize>) -> FloatTensor<Flex> {
    Flex::float_from_data(TensorData::new(data, shape), &Default::default())
}

/// The elements of a contiguous tensor.
fn values(tensor: &FloatTensor<Flex>, len: usize) -> &[f32] {
    let start = tensor.layout().start_offset();
    &tensor.storage::<f32>()[start..start + len]
}

/// Rows per task: small enough to share out, large enough for the matrix kernel and the second-level cache.
fn row_block(rows: usize) -> usize {
    rows.div_ceil(rayon::current_num_threads() * 4)
        .clamp(1, 512)
        .next_multiple_of(16)
}

/// A matrix view with its two strides.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    row_stride: isize,
    column_stride: isize,
}

impl<'a> Matrix<'a> {
    /// Row-major data with `columns` columns.
    fn rows(data: &'a [f32], columns: usize) -> Self {
        Self {
            data,
            rows: data.len() / columns,
            row_stride: columns as isize,
            column_stride: 1,
        }
    }

    /// The transpose of row-major data that has `columns` columns.
    fn columns(data: &'a [f32], columns: usize) -> Self {
        Self {
            data,
            rows: columns,
            row_stride: 1,
            column_stride: columns as isize,
        }
    }
}

/// `out += left * right`, `out` row-major with `columns` columns, on the calling thread.
#[allow(unsafe_code)]
fn accumulate(out: &mut [f32], left: Matrix<'_>, right: Matrix<'_>, columns: usize) {
    let (rows, inner) = (left.rows, right.rows);
    assert_eq!(out.len(), rows * columns);
    assert_eq!(left.data.len(), rows * inner);
    assert_eq!(right.data.len(), inner * columns);
    // SAFETY: the lengths of the three matrices were checked against the sizes and strides just above, and `out` is
    // borrowed exclusively.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            columns as isize,
            true,
            left.data.as_ptr(),
            left.column_stride,
            left.row_stride,
            right.data.as_ptr(),
            right.column_stride,
            right.row_stride,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// The gradient before a leaky ReLU; the output has the sign of the input, so it decides.
fn through_leaky(grad: &[f32], output: &[f32], slope: f32) -> Vec<f32> {
    grad.par_iter()
        .zip(output)
        .with_min_len(1 << 14)
        .map(|(&grad, &output)| if output > 0.0 { grad } else { grad * slope })
        .collect()
}

/// `x^T * grad` and the column sums of `grad`, summed over row blocks in a fixed order.
fn parameter_gradients(x: &[f32], grad: &[f32], inner: usize, columns: usize) -> (Vec<f32>, Vec<f32>) {
    let rows = grad.len() / columns;
    let block = rows.div_ceil(rayon::current_num_threads()).max(1);
    let parts: Vec<(Vec<f32>, Vec<f32>)> = x
        .par_chunks(block * inner)
        .zip(grad.par_chunks(block * columns))
        .map(|(x, grad)| {
            let mut weight = vec![0.0f32; inner * columns];
            accumulate(
                &mut weight,
                Matrix::columns(x, inner),
                Matrix::rows(grad, columns),
                columns,
            );
            let mut bias = vec![0.0f32; columns];
            for row in grad.chunks_exact(columns) {
                add(&mut bias, row);
            }
            (weight, bias)
        })
        .collect();
    sum_pairs(parts, inner * columns, columns)
}

fn sum_pairs(parts: Vec<(Vec<f32>, Vec<f32>)>, first: usize, second: usize) -> (Vec<f32>, Vec<f32>) {
    let mut total = (vec![0.0f32; first], vec![0.0f32; second]);
    for (a, b) in &parts {
        add(&mut total.0, a);
        add(&mut total.1, b);
    }
    total
}

#[inline(always)]
fn add(sum: &mut [f32], values: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}

/// The size of a channel-last feature map.
#[derive(Clone, Copy)]
struct Map {
    batch: usize,
    height: usize,
    width: usize,
    channels: usize,
}

impl Map {
    fn of(x: &FloatTensor<Flex>) -> Self {
        let shape = x.shape();
        Self {
            batch: shape[0],
            height: shape[1],
            width: shape[2],
            channels: shape[3],
        }
    }

    fn shape(&self) -> Vec<usize> {
        vec![self.batch, self.height, self.width, self.channels]
    }

    /// As the kernels have it.
    fn sizes(&self) -> layers::Map {
        layers::Map {
            batch: self.batch,
            height: self.height,
            width: self.width,
            channels: self.channels,
        }
    }

    fn len(&self) -> usize {
        self.batch * self.height * self.width * self.channels
    }

    fn row(&self) -> usize {
        self.width * self.channels
    }

    /// The input row that a tap row reads for output row `index` (counted over the batch), if it is inside.
    fn source_row(&self, index: usize, tap_row: usize, margin: usize) -> Option<usize> {
        let row = (index % self.height + tap_row).checked_sub(margin)?;
        (row < self.height).then_some(index / self.height * self.height + row)
    }

    /// Output and input spans, in elements of one row, that a tap column connects.
    fn spans(&self, tap_column: usize, margin: usize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let left = margin.saturating_sub(tap_column).min(self.width);
        let shift = tap_column.saturating_sub(margin).min(self.width);
        let len = (self.width - left.max(shift)) * self.channels;
        let (out, source) = (left * self.channels, shift * self.channels);
        (out..out + len, source..source + len)
    }

    fn correlate(&self, x: &[f32], weight: &[f32], bias: Option<&[f32]>, kernel_rows: usize) -> Vec<f32> {
        let taps = weight.len() / self.channels;
        let side = taps / kernel_rows;
        let [above, left] = [kernel_rows / 2, side / 2];
        let mut out = vec![0.0f32; x.len()];
        out.par_chunks_mut(self.row()).enumerate().for_each(|(index, out)| {
            if let Some(bias) = bias {
                for pixel in out.chunks_exact_mut(self.channels) {
                    pixel.copy_from_slice(bias);
                }
            }
            for tap in 0..taps {
                let Some(source) = self.source_row(index, tap / side, above) else {
                    continue;
                };
                let row = &x[source * self.row()..(source + 1) * self.row()];
                let weight = &weight[tap * self.channels..(tap + 1) * self.channels];
                let (to, from) = self.spans(tap % side, left);
                for (out, x) in out[to]
                    .chunks_exact_mut(self.channels)
                    .zip(row[from].chunks_exact(self.channels))
                {
                    multiply_add(out, x, weight);
                }
            }
        });
        out
    }

    /// Gradients of the taps and the bias, summed over rows in a fixed order.
    fn tap_gradients(&self, x: &[f32], grad: &[f32], taps: usize, kernel_rows: usize) -> (Vec<f32>, Vec<f32>) {
        let side = taps / kernel_rows;
        let [above, left] = [kernel_rows / 2, side / 2];
        let rows = self.batch * self.height;
        let block = rows.div_ceil(rayon::current_num_threads()).max(1);
        let parts: Vec<(Vec<f32>, Vec<f32>)> = (0..rows.div_ceil(block))
            .into_par_iter()
            .map(|part| {
                let mut sums = (vec![0.0f32; taps * self.channels], vec![0.0f32; self.channels]);
                for index in part * block..rows.min((part + 1) * block) {
                    let grad = &grad[index * self.row()..(index + 1) * self.row()];
                    for pixel in grad.chunks_exact(self.channels) {
                        add(&mut sums.1, pixel);
                    }
                    for tap in 0..taps {
                        let Some(source) = self.source_row(index, tap / side, above) else {
                            continue;
                        };
                        let row = &x[source * self.row()..(source + 1) * self.row()];
                        let sum = &mut sums.0[tap * self.channels..(tap + 1) * self.channels];
                        let (to, from) = self.spans(tap % side, left);
                        for (grad, x) in grad[to]
                            .chunks_exact(self.channels)
                            .zip(row[from].chunks_exact(self.channels))
                        {
                            multiply_add(sum, grad, x);
                        }
                    }
                }
                sums
            })
            .collect();
        sum_pairs(parts, taps * self.channels, self.channels)
    }
}

fn multiply_add(sum: &mut [f32], a: &[f32], b: &[f32]) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum += a * b;
    }
}
