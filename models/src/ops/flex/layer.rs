//! A linear layer over positions that lie one after another.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use rayon::prelude::*;

use super::int16::{Packed, Room};
use super::{Matrix, accumulate, add, leaky, row_block, tensor, values};
use crate::ops::Rounding;

pub(super) use super::int16::End;

/// A layer ready to run.
pub(super) enum Layer<'a> {
    /// In `f32`; weights are `[inputs, outputs]`.
    Plain { weight: &'a [f32], bias: &'a [f32] },
    /// With rounded factors.
    Packed(Packed),
}

/// Memory for what layers need on the way.
pub(super) type Scratch = Room;

impl<'a> Layer<'a> {
    pub(super) fn new(weight: &'a [f32], bias: &'a [f32], rounding: Rounding) -> Self {
        let packed = match rounding {
            Rounding::Never => None,
            Rounding::Int16 => Packed::new(weight, bias),
        };
        packed.map_or(Self::Plain { weight, bias }, Self::Packed)
    }

    /// Sets or changes `out` by what the layer makes of `x`, on the calling thread.
    pub(super) fn apply(&self, x: &[f32], end: End, scratch: &mut Scratch, out: &mut [f32]) {
        match self {
            Self::Plain { weight, bias } => plain(weight, bias, x, end, out),
            Self::Packed(packed) => packed.run(x, scratch, end, out),
        }
    }
}

fn plain(weight: &[f32], bias: &[f32], x: &[f32], end: End, out: &mut [f32]) {
    let columns = bias.len();
    for row in out.chunks_exact_mut(columns) {
        match end {
            End::Leaky(_) => row.copy_from_slice(bias),
            End::Add => add(row, bias),
        }
    }
    let inputs = weight.len() / columns;
    accumulate(out, Matrix::rows(x, inputs), Matrix::rows(weight, columns), columns);
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
    let block = row_block(rows);
    let tasks = out.par_chunks_mut(block * columns);
    let tasks = tasks.zip(values(&x, rows * inner).par_chunks(block * inner));
    tasks.for_each_init(Scratch::default, |scratch, (out, x)| layer.apply(x, end, scratch, out));
    tensor(out, vec![rows, columns])
}
