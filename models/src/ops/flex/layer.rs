//! A linear layer over positions that lie one after another.

use std::cell::Cell;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use lmc_kernels::isa::Isa;
use rayon::prelude::*;

use super::int16::{Packed, Room};
use super::scratch;
use super::{Matrix, accumulate, add, leaky, row_block, tensor, values};
use crate::ops::Rounding;

pub(super) use super::int16::End;

/// A layer ready to run.
pub(super) enum Layer<'a> {
    /// In `f32`; weights are `[inputs, outputs]`.
    Plain { weight: &'a [f32], bias: &'a [f32] },
    /// The same without a bias; weights are `[outputs, inputs]`.
    Transposed { weight: &'a [f32], inputs: usize },
    /// With rounded factors.
    Packed(Packed),
}

/// Memory for what layers need on the way.
pub(super) type Scratch = Room;

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl<'a> Layer<'a> {
    pub(super) fn new(weight: &'a [f32], bias: &'a [f32], rounding: Rounding) -> Self {
        let packed = match rounding {
            Rounding::Never => None,
            Rounding::Int16 => Packed::new(weight, bias, Isa::best()),
        };
        packed.map_or(Self::Plain { weight, bias }, Self::Packed)
    }

    /// The layer that brings gradients of outputs back to inputs: `weight` is `[outputs, inputs]`, and there is no bias.
    pub(super) fn transposed(weight: &'a [f32], inputs: usize, rounding: Rounding) -> Self {
        let packed = match rounding {
            Rounding::Never => None,
            Rounding::Int16 => {
                let outputs = weight.len() / inputs;
                let column = |input| weight.iter().skip(input).step_by(inputs).copied();
                let turned: Vec<f32> = (0..inputs).flat_map(column).collect();
                Packed::new(&turned, &vec![0.0; outputs], Isa::best())
            }
        };
        packed.map_or(Self::Transposed { weight, inputs }, Self::Packed)
    }

    /// [`Self::apply`] with all threads; `sides` are inputs and outputs of a position.
    pub(super) fn apply_to_all(&self, x: &[f32], end: End, [inputs, outputs]: [usize; 2], out: &mut [f32]) {
        let block = row_block(out.len() / outputs);
        let tasks = out.par_chunks_mut(block * outputs).zip(x.par_chunks(block * inputs));
        tasks.for_each(|(out, x)| scratch::with(&SCRATCH, |room| self.apply(x, end, room, out)));
    }

    /// Sets or changes `out` by what the layer makes of `x`, on the calling thread.
    pub(super) fn apply(&self, x: &[f32], end: End, scratch: &mut Scratch, out: &mut [f32]) {
        match self {
            Self::Plain { weight, bias } => {
                let weight = Matrix::rows(weight, bias.len());
                plain(weight, bias, x, end, out);
            }
            Self::Transposed { weight, inputs } => {
                let bias = vec![0.0; weight.len() / inputs];
                plain(Matrix::columns(weight, *inputs), &bias, x, end, out);
            }
            Self::Packed(packed) => packed.run(x, scratch, end, out),
        }
    }
}

fn plain(weight: Matrix<'_>, bias: &[f32], x: &[f32], end: End, out: &mut [f32]) {
    let columns = bias.len();
    for row in out.chunks_exact_mut(columns) {
        match end {
            End::Leaky(_) => row.copy_from_slice(bias),
            End::Add => add(row, bias),
        }
    }
    accumulate(out, Matrix::rows(x, weight.rows), weight, columns);
    if let End::Leaky(slope) = end
        && slope != 1.0
    {
        leaky(out, slope);
    }
}

/// `out` after the layer of all positions, which are the rows of `x`.
pub(super) fn apply(
    mut out: Vec<f32>,
    x: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    bias: FloatTensor<Flex>,
    end: End,
    rounding: Rounding,
) -> FloatTensor<Flex> {
    let (x, weight, bias) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
    let (rows, inner, columns) = (x.shape()[0], weight.shape()[0], weight.shape()[1]);
    let layer = Layer::new(values(&weight, inner * columns), values(&bias, columns), rounding);
    layer.apply_to_all(values(&x, rows * inner), end, [inner, columns], &mut out);
    tensor(out, vec![rows, columns])
}
