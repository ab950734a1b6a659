//! Linear layers that also change the resolution: what a strip of rows makes is rearranged while it is in the cache.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use rayon::prelude::*;

use super::{Map, Matrix, accumulate, linear_into, tensor, values};

/// Positions of the lower resolution that a strip has at least.
const STRIP: usize = 96;

/// A layer between the channels of a position and those of its 2x2 at twice the resolution.
struct Layer<'a> {
    weight: &'a [f32],
    bias: &'a [f32],
    /// Positions of a row of the lower resolution.
    width: usize,
    /// Channels at the higher resolution.
    channels: usize,
}

impl Layer<'_> {
    /// Rows of the lower resolution that are done at a time.
    fn rows(&self) -> usize {
        STRIP.div_ceil(self.width.max(1))
    }

    /// `x * weight + bias` for positions that lie one after another.
    fn sums(&self, x: &[f32], out: &mut [f32]) {
        linear_into(out, x, self.weight, self.bias);
    }

    /// Where in rows of the higher resolution the four parts of a position of a strip are.
    fn places(&self, position: usize) -> [usize; 4] {
        let (i, j) = (position / self.width, position % self.width);
        [0, 1, 2, 3].map(|part| ((2 * i + part / 2) * 2 * self.width + 2 * j + part % 2) * self.channels)
    }
}

pub(super) fn to_space(x: FloatTensor<Flex>, weight: FloatTensor<Flex>, bias: FloatTensor<Flex>) -> FloatTensor<Flex> {
    let (x, weight, bias) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
    let (map, columns) = (Map::of(&x), bias.shape()[0]);
    let layer = Layer {
        weight: values(&weight, map.channels * columns),
        bias: values(&bias, columns),
        width: map.width,
        channels: columns / 4,
    };
    let mut out = vec![0.0f32; map.len() / map.channels * columns];
    let strip = layer.rows() * map.width;
    let strips = out.par_chunks_mut(strip * columns);
    let strips = strips.zip(values(&x, map.len()).par_chunks(strip * map.channels));
    strips.for_each_init(Vec::new, |sums, (out, x)| {
        sums.resize(out.len(), 0.0);
        layer.sums(x, sums);
        for (position, sums) in sums.chunks_exact(columns).enumerate() {
            for (place, part) in layer
                .places(position)
                .into_iter()
                .zip(sums.chunks_exact(layer.channels))
            {
                out[place..place + layer.channels].copy_from_slice(part);
            }
        }
    });
    tensor(out, vec![map.batch, 2 * map.height, 2 * map.width, layer.channels])
}

pub(super) fn from_space(
    x: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    bias: FloatTensor<Flex>,
) -> FloatTensor<Flex> {
    let (x, weight, bias) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
    let (map, columns) = (Map::of(&x), bias.shape()[0]);
    let inputs = 4 * map.channels;
    let layer = Layer {
        weight: values(&weight, inputs * columns),
        bias: values(&bias, columns),
        width: map.width / 2,
        channels: map.channels,
    };
    let mut out = vec![0.0f32; map.len() / inputs * columns];
    let strip = layer.rows() * layer.width;
    let strips = out.par_chunks_mut(strip * columns);
    let strips = strips.zip(values(&x, map.len()).par_chunks(strip * inputs));
    strips.for_each_init(Vec::new, |gathered, (out, x)| {
        gathered.resize(x.len(), 0.0);
        for (position, gathered) in gathered.chunks_exact_mut(inputs).enumerate() {
            for (place, part) in layer
                .places(position)
                .into_iter()
                .zip(gathered.chunks_exact_mut(layer.channels))
            {
                part.copy_from_slice(&x[place..place + layer.channels]);
            }
        }
        layer.sums(gathered, out);
    });
    tensor(out, vec![map.batch, map.height / 2, map.width / 2, columns])
}

/// `onto + x * weight + bias`, in the memory of `onto` where nothing else needs it.
pub(super) fn onto(
    x: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    bias: FloatTensor<Flex>,
    onto: FloatTensor<Flex>,
) -> FloatTensor<Flex> {
    let (x, weight, bias) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
    let (rows, inner, columns) = (x.shape()[0], weight.shape()[0], weight.shape()[1]);
    let (x, weight, bias) = (
        values(&x, rows * inner),
        values(&weight, inner * columns),
        values(&bias, columns),
    );
    let data = onto.to_contiguous().into_data().convert::<f32>();
    let mut out = data.try_into_vec::<f32>().expect("the values were made f32 just above");
    let block = super::row_block(rows);
    out.par_chunks_mut(block * columns)
        .zip(x.par_chunks(block * inner))
        .for_each(|(out, x)| {
            for row in out.chunks_exact_mut(columns) {
                super::add(row, bias);
            }
            accumulate(out, Matrix::rows(x, inner), Matrix::rows(weight, columns), columns);
        });
    tensor(out, vec![rows, columns])
}
