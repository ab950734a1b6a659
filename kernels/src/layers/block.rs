//! The residual block: a strip of rows goes through all layers while it is in the cache of a core.

use std::cell::Cell;

use rayon::prelude::*;

use super::{Depthwise, End, Linear, Map, Rounding, Scratch, check_len};
use crate::isa::Isa;
use crate::{Result, scratch};

/// Positions that a strip has at least: enough for the inner loops, and few enough for the second-level cache.
const STRIP: usize = 192;
/// Strips that a task has at least: its first one computes the rows above it once more.
const STRIPS: usize = 8;

/// Weight and bias of each layer of a block.
#[derive(Debug, Clone, Copy)]
pub struct BlockParams<'a> {
    /// 1x1.
    pub a: (&'a [f32], &'a [f32]),
    /// Depthwise.
    pub d: (&'a [f32], &'a [f32]),
    /// 1x1, back to the channels of the block.
    pub b: (&'a [f32], &'a [f32]),
    /// 1x1.
    pub f1: (&'a [f32], &'a [f32]),
    /// 1x1, back to the channels of the block.
    pub f2: (&'a [f32], &'a [f32]),
}

/// `x + b(d(leaky(a(x))))`, then `x + f2(leaky(f1(x)))`, ready to run.
#[derive(Debug, Clone)]
pub struct Block {
    a: Linear,
    d: Depthwise,
    b: Linear,
    f1: Linear,
    f2: Linear,
    slope: f32,
}

/// The memory of a task for its strips.
#[derive(Default)]
struct Room {
    /// Rows of `leaky(a(x))` around the strip.
    window: Vec<f32>,
    /// `d` of the strip.
    filtered: Vec<f32>,
    /// `leaky(f1(x))` of the strip.
    wide: Vec<f32>,
    layers: Scratch,
}

thread_local! {
    static ROOM: Cell<Room> = Cell::default();
}

impl Block {
    /// Packs the layers of a block.
    ///
    /// # Errors
    /// [`crate::KernelError::Parameter`] if a layer is malformed or does not fit the others.
    pub fn new(params: BlockParams<'_>, slope: f32, rounding: Rounding) -> Result<Self> {
        let linear = |(weight, bias)| Linear::new(weight, bias, rounding);
        let block = Self {
            a: linear(params.a)?,
            d: Depthwise::new(params.d.0, params.d.1)?,
            b: linear(params.b)?,
            f1: linear(params.f1)?,
            f2: linear(params.f2)?,
            slope,
        };
        let channels = block.a.inputs();
        check_len("channels of a depthwise layer", block.d.channels(), block.a.outputs())?;
        for (layer, inputs, outputs) in [
            (&block.b, block.a.outputs(), channels),
            (&block.f1, channels, block.f1.outputs()),
            (&block.f2, block.f1.outputs(), channels),
        ] {
            check_len("inputs of a layer of a block", layer.inputs(), inputs)?;
            check_len("outputs of a layer of a block", layer.outputs(), outputs)?;
        }
        Ok(block)
    }

    /// Channels in and out.
    pub fn channels(&self) -> usize {
        self.a.inputs()
    }

    /// Runs the block over all maps of a batch.
    ///
    /// # Shapes
    /// `map` in and out
    ///
    /// # Panics
    /// If the channels or the length are wrong.
    pub fn run(&self, map: Map, x: &[f32]) -> Vec<f32> {
        map.check(x);
        assert_eq!(map.channels, self.channels(), "channels of a block");
        let isa = Isa::best();
        let rows = STRIP.div_ceil(map.width.max(1));
        let tasks = rayon::current_num_threads() * 4;
        let band = map.height.div_ceil(tasks).max(rows * STRIPS).next_multiple_of(rows);
        let mut out = vec![0.0f32; x.len()];
        out.par_chunks_mut(map.picture().max(1))
            .zip(x.par_chunks(map.picture().max(1)))
            .for_each(|(out, x)| {
                let bands = out.par_chunks_mut(band * map.row()).enumerate();
                bands.for_each(|(index, out)| {
                    scratch::with(&ROOM, |room| {
                        isa.run(
                            #[inline(always)]
                            || self.band(map, rows, x, index * band, room, out),
                        );
                    });
                });
            });
        out
    }

    /// The rows of a map from `first` on, in strips of `rows` rows.
    #[inline(always)]
    fn band(&self, map: Map, rows: usize, x: &[f32], first: usize, room: &mut Room, out: &mut [f32]) {
        let (row, margin, leaky) = (map.row(), self.d.margin(), End::Leaky(self.slope));
        let [inner, outer] = [&self.a, &self.f1].map(|layer| map.width * layer.outputs());
        let Room {
            window,
            filtered,
            wide,
            layers,
        } = room;
        let mut ready = first.saturating_sub(margin)..first.saturating_sub(margin);
        for (index, out) in out.chunks_mut(rows * row).enumerate() {
            let (start, count) = (first + index * rows, out.len() / row);
            let wanted = start.saturating_sub(margin)..(start + count + margin).min(map.height);
            // The rows that the last strip computed move up.
            let (kept, end) = ((ready.end - wanted.start) * inner, ready.len() * inner);
            window.copy_within(end - kept..end, 0);
            let window = scratch::first(window, wanted.len() * inner);
            let new = &x[ready.end * row..wanted.end * row];
            self.a.apply(new, leaky, layers, &mut window[kept..]);
            let filtered = scratch::first(filtered, count * inner);
            for (index, filtered) in filtered.chunks_exact_mut(inner).enumerate() {
                self.d.row(window, map.width, start - wanted.start + index, filtered);
            }
            out.copy_from_slice(&x[start * row..(start + count) * row]);
            self.b.apply(filtered, End::Add, layers, out);
            let wide = scratch::first(wide, count * outer);
            self.f1.apply(out, leaky, layers, wide);
            self.f2.apply(wide, End::Add, layers, out);
            ready = wanted;
        }
    }
}
