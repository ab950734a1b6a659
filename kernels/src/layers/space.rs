//! Linear layers that also change the resolution: a strip of rows is rearranged while it is in the cache.

use std::cell::Cell;

use rayon::prelude::*;

use super::{End, Linear, Map, Scratch};
use crate::scratch;

/// Positions of the lower resolution that a strip has at least.
const STRIP: usize = 96;

/// The memory of a task for its strips.
#[derive(Default)]
struct Room {
    /// All channels of the positions of a strip at the lower resolution.
    positions: Vec<f32>,
    layer: Scratch,
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

/// Runs a layer whose outputs are those of 2x2 positions at twice the resolution, ordered (row, column, channel).
///
/// # Shapes
/// - `x`: `map`, with the inputs of the layer as channels
/// - output: `[batch, 2 height, 2 width, outputs / 4]`
///
/// # Panics
/// If the channels or the length are wrong.
pub fn to_space(layer: &Linear, map: Map, x: &[f32]) -> Vec<f32> {
    map.check(x);
    let columns = layer.outputs();
    assert!(
        map.channels == layer.inputs() && columns.is_multiple_of(4),
        "channels of a layer to space"
    );
    let places = Places {
        width: map.width,
        channels: columns / 4,
    };
    let mut out = vec![0.0f32; map.len() / map.channels * columns];
    let strip = (places.rows() * map.width).max(1);
    let strips = out.par_chunks_mut(strip * columns);
    let strips = strips.zip(x.par_chunks(strip * map.channels));
    strips.for_each(|(out, x)| {
        scratch::with(&ROOM, |room| {
            let positions = scratch::first(&mut room.positions, out.len());
            layer.apply(x, End::Leaky(1.0), &mut room.layer, positions);
            for (position, sums) in positions.chunks_exact(columns).enumerate() {
                for (place, part) in places.of(position).into_iter().zip(sums.chunks_exact(places.channels)) {
                    out[place..place + places.channels].copy_from_slice(part);
                }
            }
        });
    });
    out
}

/// Runs a layer whose inputs are those of 2x2 positions, ordered (row, column, channel), at half the resolution; the sums enter `out`
/// as `end` says.
///
/// # Shapes
/// - `x`: `map` of even sides, with a quarter of the inputs of the layer as channels
/// - `out`: `[batch, height / 2, width / 2, outputs]`
///
/// # Panics
/// If sides are odd or the lengths are wrong.
pub fn from_space(layer: &Linear, map: Map, x: &[f32], end: End, out: &mut [f32]) {
    map.check(x);
    let (inputs, columns) = (layer.inputs(), layer.outputs());
    let even = map.height.is_multiple_of(2) && map.width.is_multiple_of(2);
    assert!(even && 4 * map.channels == inputs, "{map:?} for a layer from space");
    assert_eq!(out.len(), map.len() / inputs * columns, "outputs of a layer from space");
    let places = Places {
        width: map.width / 2,
        channels: map.channels,
    };
    let strip = (places.rows() * places.width).max(1);
    let strips = out.par_chunks_mut(strip * columns);
    let strips = strips.zip(x.par_chunks(strip * inputs));
    strips.for_each(|(out, x)| {
        scratch::with(&ROOM, |room| {
            let positions = scratch::first(&mut room.positions, x.len());
            for (position, gathered) in positions.chunks_exact_mut(inputs).enumerate() {
                let parts = gathered.chunks_exact_mut(places.channels);
                for (place, part) in places.of(position).into_iter().zip(parts) {
                    part.copy_from_slice(&x[place..place + places.channels]);
                }
            }
            layer.apply(positions, end, &mut room.layer, out);
        });
    });
}
