//! Linear layers that also change the resolution: what a strip of rows makes is rearranged while it is in the cache.

use std::cell::Cell;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use rayon::prelude::*;

use super::layer::{End, Layer, Scratch};
use super::{Map, scratch, tensor, values};
use crate::ops::Rounding;

/// Positions of the lower resolution that a strip has at least.
const STRIP: usize = 96;

/// What a task needs for its strips.
#[derive(Default)]
struct Room {
    /// All channels of the positions of a strip at the lower resolution.
    positions: Vec<f32>,
    scratch: Scratch,
}

thread_local! {
    static ROOM: Cell<Room> = Cell::default();
}

/// Where the channels of a position and those of its 2x2 at twice the resolution are.
struct Places {
    /// Positions of a row of the lower resolution.
    width: usize,
    /// Channels at the higher resolution.
    channels: usize,
}

impl Places {
    /// Rows of the lower resolution that are done at a time.
    fn rows(&self) -> usize {
        STRIP.div_ceil(self.width.max(1))
    }

    /// Where in rows of the higher resolution the four parts of a position of a strip are.
    fn of(&self, position: usize) -> [usize; 4] {
        let (i, j) = (position / self.width, position % self.width);
        [0, 1, 2, 3].map(|part| ((2 * i + part / 2) * 2 * self.width + 2 * j + part % 2) * self.channels)
    }
}

pub(super) fn to_space(
    x: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    bias: FloatTensor<Flex>,
    rounding: Rounding,
) -> FloatTensor<Flex> {
    let (x, weight, bias) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
    let (map, columns) = (Map::of(&x), bias.shape()[0]);
    let layer = Layer::new(
        values(&weight, map.channels * columns),
        values(&bias, columns),
        rounding,
    );
    let places = Places {
        width: map.width,
        channels: columns / 4,
    };
    let mut out = vec![0.0f32; map.len() / map.channels * columns];
    let strip = places.rows() * map.width;
    let strips = out.par_chunks_mut(strip * columns);
    let strips = strips.zip(values(&x, map.len()).par_chunks(strip * map.channels));
    strips.for_each(|(out, x)| {
        scratch::with(&ROOM, |Room { positions, scratch }| {
            let positions = scratch::first(positions, out.len());
            layer.apply(x, End::Leaky(1.0), scratch, positions);
            for (position, sums) in positions.chunks_exact(columns).enumerate() {
                for (place, part) in places.of(position).into_iter().zip(sums.chunks_exact(places.channels)) {
                    out[place..place + places.channels].copy_from_slice(part);
                }
            }
        });
    });
    tensor(out, vec![map.batch, 2 * map.height, 2 * map.width, places.channels])
}

pub(super) fn from_space(
    x: FloatTensor<Flex>,
    weight: FloatTensor<Flex>,
    bias: FloatTensor<Flex>,
    rounding: Rounding,
) -> FloatTensor<Flex> {
    let (x, weight, bias) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
    let (map, columns) = (Map::of(&x), bias.shape()[0]);
    let inputs = 4 * map.channels;
    let layer = Layer::new(values(&weight, inputs * columns), values(&bias, columns), rounding);
    let places = Places {
        width: map.width / 2,
        channels: map.channels,
    };
    let mut out = vec![0.0f32; map.len() / inputs * columns];
    let strip = places.rows() * places.width;
    let strips = out.par_chunks_mut(strip * columns);
    let strips = strips.zip(values(&x, map.len()).par_chunks(strip * inputs));
    strips.for_each(|(out, x)| {
        scratch::with(&ROOM, |Room { positions, scratch }| {
            let positions = scratch::first(positions, x.len());
            for (position, gathered) in positions.chunks_exact_mut(inputs).enumerate() {
                let parts = gathered.chunks_exact_mut(places.channels);
                for (place, part) in places.of(position).into_iter().zip(parts) {
                    part.copy_from_slice(&x[place..place + places.channels]);
                }
            }
            layer.apply(positions, End::Leaky(1.0), scratch, out);
        });
    });
    tensor(out, vec![map.batch, map.height / 2, map.width / 2, columns])
}
