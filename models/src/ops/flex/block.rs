//! The residual block on the CPU: a strip of rows goes through all layers while it is in the cache of a core.

use std::cell::Cell;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use lmc_kernels::isa::Isa;
use rayon::prelude::*;

use super::layer::{self, End, Layer};
use super::taps::Taps;
use super::{Map, scratch, tensor, values};
use crate::ops::Rounding;
use crate::ops::block::{BlockWeights, kernel_side};

/// Positions that a strip has at least: enough for the matrix kernels, and few enough for the second-level cache.
const STRIP: usize = 192;
/// Strips that a task has at least: its first one computes the rows above it once more.
const STRIPS: usize = 8;

pub(super) fn run(
    x: FloatTensor<Flex>,
    weights: BlockWeights<Flex>,
    slope: f32,
    rounding: Rounding,
) -> FloatTensor<Flex> {
    let x = x.to_contiguous();
    let map = Map::of(&x);
    let all = [
        weights.a_weight,
        weights.a_bias,
        weights.d_weight,
        weights.d_bias,
        weights.b_weight,
        weights.b_bias,
        weights.f1_weight,
        weights.f1_bias,
        weights.f2_weight,
        weights.f2_bias,
    ]
    .map(|tensor| tensor.to_contiguous());
    let [a, a_bias, d, d_bias, b, b_bias, f1, f1_bias, f2, f2_bias] =
        std::array::from_fn(|index| values(&all[index], all[index].shape().num_elements()));
    let taps = Taps {
        side: kernel_side(all[2].shape()[0]),
        weight: d,
        bias: d_bias,
    };
    let layers = [(a, a_bias), (b, b_bias), (f1, f1_bias), (f2, f2_bias)];
    let layers = layers.map(|(weight, bias)| Layer::new(weight, bias, rounding));
    let outputs = [a_bias.len(), f1_bias.len()];
    let block = Block {
        layers,
        outputs,
        taps,
        slope,
    };
    let out = block.run(map, values(&x, map.len()));
    tensor(out, map.shape())
}

/// A block ready to run.
struct Block<'a> {
    /// `a`, `b`, `f1` and `f2`.
    layers: [Layer<'a>; 4],
    /// Of `a` and `f1`.
    outputs: [usize; 2],
    /// `d`.
    taps: Taps<'a>,
    slope: f32,
}

/// What a task needs for its strips.
#[derive(Default)]
struct Scratch {
    /// Rows of `leaky(a(x))` around the strip.
    window: Vec<f32>,
    /// `d` of the strip.
    filtered: Vec<f32>,
    /// `leaky(f1(x))` of the strip.
    wide: Vec<f32>,
    layers: layer::Scratch,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl Block<'_> {
    /// The block for all pictures of a batch.
    fn run(&self, map: Map, x: &[f32]) -> Vec<f32> {
        let (isa, picture) = (Isa::best(), map.height * map.row());
        let rows = STRIP.div_ceil(map.width.max(1));
        let tasks = rayon::current_num_threads() * 4;
        let band = map.height.div_ceil(tasks).max(rows * STRIPS).next_multiple_of(rows);
        let mut out = vec![0.0f32; x.len()];
        out.par_chunks_mut(picture)
            .zip(x.par_chunks(picture))
            .for_each(|(out, x)| {
                let bands = out.par_chunks_mut(band * map.row()).enumerate();
                bands.for_each(|(index, out)| {
                    scratch::with(&SCRATCH, |scratch| {
                        isa.run(
                            #[inline(always)]
                            || self.band(map, rows, x, index * band, scratch, out),
                        );
                    });
                });
            });
        out
    }

    /// The rows of a picture from `first` on, strip by strip of so many rows.
    #[inline(always)]
    fn band(&self, map: Map, rows: usize, x: &[f32], first: usize, scratch: &mut Scratch, out: &mut [f32]) {
        let [a, b, f1, f2] = &self.layers;
        let (row, margin) = (map.row(), self.taps.margin());
        let [inner, outer] = self.outputs.map(|outputs| map.width * outputs);
        let Scratch {
            window,
            filtered,
            wide,
            layers,
        } = scratch;
        let mut ready = first.saturating_sub(margin)..first.saturating_sub(margin);
        for (index, out) in out.chunks_mut(rows * row).enumerate() {
            let (start, count) = (first + index * rows, out.len() / row);
            let wanted = start.saturating_sub(margin)..(start + count + margin).min(map.height);
            // What the strip before has computed moves up.
            let (kept, end) = ((ready.end - wanted.start) * inner, ready.len() * inner);
            window.copy_within(end - kept..end, 0);
            let window = scratch::first(window, wanted.len() * inner);
            let new = &x[ready.end * row..wanted.end * row];
            a.apply(new, End::Leaky(self.slope), layers, &mut window[kept..]);
            let filtered = scratch::first(filtered, count * inner);
            for (index, filtered) in filtered.chunks_exact_mut(inner).enumerate() {
                self.taps.row(window, map.width, start - wanted.start + index, filtered);
            }
            out.copy_from_slice(&x[start * row..(start + count) * row]);
            b.apply(filtered, End::Add, layers, out);
            let wide = scratch::first(wide, count * outer);
            f1.apply(out, End::Leaky(self.slope), layers, wide);
            f2.apply(wide, End::Add, layers, out);
            ready = wanted;
        }
    }
}
