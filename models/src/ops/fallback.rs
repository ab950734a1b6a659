//! The extension operations composed of Burn's own operations, for GPUs.

use burn::backend::ops::{ActivationOps, FloatTensorOps};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Cube, TensorMetadata};
use burn::tensor::{FloatDType, Shape, Slice};

use super::{Gradients3, KernelGradients, KernelOps, LinearState, Rounding};

impl KernelOps for Cube {
    fn fused_linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        slope: f32,
        _rounding: Rounding,
    ) -> FloatTensor<Self> {
        let columns = weight.shape()[1];
        let bias = Self::float_reshape(bias, Shape::new([1, columns]));
        let out = Self::float_add(Self::float_matmul(x, weight), bias);
        if slope == 1.0 {
            out
        } else {
            Self::leaky_relu(out, slope.into())
        }
    }

    fn depthwise_conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        kernel_rows: usize,
    ) -> FloatTensor<Self> {
        let out = correlate::<Self>(x, weight, kernel_rows);
        let channels = out.shape()[3];
        Self::float_add(out, Self::float_reshape(bias, Shape::new([1, 1, 1, channels])))
    }
}

impl KernelGradients for Cube {
    fn fused_linear_backward(saved: LinearState<Self>, grad: FloatTensor<Self>, parameters: bool) -> Gradients3<Self> {
        let LinearState {
            x,
            weight,
            output,
            slope,
            ..
        } = saved;
        let grad = if slope == 1.0 {
            grad
        } else {
            // A leaky ReLU keeps the sign, so the output tells which side the sum was on.
            let positive = Self::relu_backward(output, grad.clone());
            Self::float_add(
                Self::float_mul_scalar(grad, slope.into()),
                Self::float_mul_scalar(positive, (1.0 - slope).into()),
            )
        };
        let columns = grad.shape()[1];
        let into_x = Self::float_matmul(grad.clone(), Self::float_swap_dims(weight, 0, 1));
        let parameters = parameters.then(|| {
            let bias = Self::float_reshape(Self::float_sum_dim(grad.clone(), 0), Shape::new([columns]));
            (Self::float_matmul(Self::float_swap_dims(x, 0, 1), grad), bias)
        });
        Gradients3 { x: into_x, parameters }
    }

    fn depthwise_conv_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        kernel_rows: usize,
        parameters: bool,
    ) -> Gradients3<Self> {
        let [taps, channels] = [weight.shape()[0], weight.shape()[1]];
        let into_x = correlate::<Self>(grad.clone(), Self::float_flip(weight, &[0]), kernel_rows);
        let parameters = parameters.then(|| {
            let windows = Windows::<Self>::new(x, taps, kernel_rows);
            let into_weight = (0..taps)
                .map(|tap| sum_positions::<Self>(Self::float_mul(windows.at(tap), grad.clone()), channels))
                .collect();
            let bias = Self::float_reshape(sum_positions::<Self>(grad, channels), Shape::new([channels]));
            (Self::float_cat(into_weight, 0), bias)
        });
        Gradients3 { x: into_x, parameters }
    }
}

/// A zero-padded feature map that hands out its shifted windows.
struct Windows<B: Backend> {
    padded: FloatTensor<B>,
    size: [usize; 4],
    kernel_columns: usize,
}

impl<B: Backend> Windows<B> {
    fn new(x: FloatTensor<B>, taps: usize, kernel_rows: usize) -> Self {
        let kernel_columns = taps / kernel_rows;
        let shape = x.shape();
        let size = [shape[0], shape[1], shape[2], shape[3]];
        let [above, left] = [kernel_rows / 2, kernel_columns / 2];
        let zeros = B::float_zeros(
            Shape::new([size[0], size[1] + 2 * above, size[2] + 2 * left, size[3]]),
            &x.device(),
            FloatDType::F32,
        );
        let padded = B::float_slice_assign(zeros, &window_slices(size, above, left), x);
        Self {
            padded,
            size,
            kernel_columns,
        }
    }

    fn at(&self, tap: usize) -> FloatTensor<B> {
        let slices = window_slices(self.size, tap / self.kernel_columns, tap % self.kernel_columns);
        B::float_slice(self.padded.clone(), &slices)
    }
}

fn window_slices(size: [usize; 4], top: usize, left: usize) -> [Slice; 4] {
    [
        Slice::from(0..size[0]),
        Slice::from(top..top + size[1]),
        Slice::from(left..left + size[2]),
        Slice::from(0..size[3]),
    ]
}

/// Depthwise correlation of `[batch, height, width, channels]` with `[taps, channels]`, zero padded.
fn correlate<B: Backend>(x: FloatTensor<B>, weight: FloatTensor<B>, kernel_rows: usize) -> FloatTensor<B> {
    let (taps, channels) = (weight.shape()[0], weight.shape()[1]);
    let windows = Windows::<B>::new(x, taps, kernel_rows);
    let tap = |index: usize| {
        let row = [Slice::from(index..index + 1), Slice::from(0..channels)];
        let row = B::float_slice(weight.clone(), &row);
        let row = B::float_reshape(row, Shape::new([1, 1, 1, channels]));
        B::float_mul(windows.at(index), row)
    };
    (1..taps).fold(tap(0), |sum, index| B::float_add(sum, tap(index)))
}

/// The sum over batch, height and width, as `[1, channels]`.
fn sum_positions<B: Backend>(x: FloatTensor<B>, channels: usize) -> FloatTensor<B> {
    let positions = x.shape().num_elements() / channels;
    B::float_sum_dim(B::float_reshape(x, Shape::new([positions, channels])), 0)
}
