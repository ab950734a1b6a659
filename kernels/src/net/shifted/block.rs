//! The residual block: a strip of rows goes through all layers while it is in the cache of a core.

use std::cell::Cell;

use rayon::prelude::*;

use super::linear::Linear;
use super::settle::Shifted;
use super::spec::{BlockSpec, TapsSpec, prove};
use crate::dots::PANEL;
use crate::isa::Isa;
use crate::net::depthwise::{Depthwise, Rows};
use crate::{KernelError, Result, scratch};

/// Side of the kernel of a convolution.
const SIDE: usize = 3;
/// Rows above and below that an output depends on.
const MARGIN: usize = 1;
/// Positions that a strip has at least: enough for the inner loops, and few enough for the second-level cache.
const STRIP: usize = 192;
/// Strips that a task has at least: its first one computes the rows above it once more.
const STRIPS: usize = 8;

/// See [`BlockSpec`].
#[derive(Debug, Clone)]
pub struct Block {
    a: Linear,
    d: Depthwise<Shifted>,
    b: Linear,
    f1: Linear,
    f2: Linear,
}

/// The memory of a task for its strips.
#[derive(Default)]
struct Room {
    /// Rows of `a(x)` around the strip.
    window: Vec<i16>,
    /// `d` of the strip.
    filtered: Vec<i16>,
    /// `f1(x)` of the strip.
    wide: Vec<i16>,
}

thread_local! {
    static ROOM: Cell<Room> = Cell::default();
}

impl Block {
    /// Checks and packs a block whose inputs are of at most `input_limit`.
    ///
    /// # Errors
    /// As [`Linear::new`], and when the layers do not fit each other.
    pub fn new(spec: &BlockSpec, input_limit: i16) -> Result<Self> {
        let a = Linear::new(&spec.a, input_limit)?;
        let d = convolution(&spec.d, a.limit())?;
        let b = Linear::new(&spec.b, spec.d.settling.limit)?;
        let f1 = Linear::new(&spec.f1, b.limit())?;
        let f2 = Linear::new(&spec.f2, f1.limit())?;
        let outer = a.inputs();
        let inner = [a.outputs(), spec.d.channels, f1.outputs()];
        let wanted = [d.channels(), b.inputs(), f2.inputs()];
        if inner != wanted || [b.outputs(), f1.inputs(), f2.outputs()] != [outer; 3] {
            return Err(KernelError::Network {
                reason: "channels inside a block do not fit",
                layer: 0,
                value: outer as i64,
            });
        }
        Ok(Self { a, d, b, f1, f2 })
    }

    /// Channels in and out.
    pub fn channels(&self) -> usize {
        self.a.inputs()
    }

    /// The largest magnitude of an output.
    pub fn limit(&self) -> i16 {
        self.f2.limit()
    }

    /// Runs the block over a grid with all threads.
    ///
    /// # Shapes
    /// `[height, width, channels]` in and out
    pub fn run(&self, size: [usize; 2], x: &[i16]) -> Vec<i16> {
        self.run_with(Isa::best(), size, x)
    }

    pub(super) fn run_with(&self, isa: Isa, [height, width]: [usize; 2], x: &[i16]) -> Vec<i16> {
        let rows = STRIP.div_ceil(width.max(1));
        let tasks = rayon::current_num_threads() * 4;
        let band = height.div_ceil(tasks).max(rows * STRIPS).next_multiple_of(rows);
        let mut out = vec![0; x.len()];
        let stride = (width * self.channels()).max(1);
        let grid = Grid { isa, height, width, x };
        out.par_chunks_mut(band * stride).enumerate().for_each(|(index, out)| {
            scratch::with(&ROOM, |room| self.band(&grid, rows, index * band, room, out));
        });
        out
    }

    /// The rows of a grid from `first` on, in strips of `rows` rows.
    fn band(&self, grid: &Grid<'_>, rows: usize, first: usize, room: &mut Room, out: &mut [i16]) {
        let (isa, width, stride) = (grid.isa, grid.width, grid.width * self.channels());
        let [inner, outer] = [&self.a, &self.f1].map(|layer| width * layer.outputs());
        let mut ready = first.saturating_sub(MARGIN)..first.saturating_sub(MARGIN);
        for (index, out) in out.chunks_mut(rows * stride).enumerate() {
            let (start, count) = (first + index * rows, out.len() / stride);
            let wanted = start.saturating_sub(MARGIN)..(start + count + MARGIN).min(grid.height);
            // The rows that the last strip computed move up.
            let (kept, end) = ((ready.end - wanted.start) * inner, ready.len() * inner);
            room.window.copy_within(end - kept..end, 0);
            let window = scratch::first(&mut room.window, wanted.len() * inner);
            let new = &grid.x[ready.end * stride..wanted.end * stride];
            self.a.apply(isa, new, false, &mut window[kept..]);
            let filtered = scratch::first(&mut room.filtered, count * inner);
            let around = Rows {
                height: wanted.len(),
                width,
                data: window,
            };
            self.d
                .run_positions(isa, around, (start - wanted.start) * width, filtered);
            out.copy_from_slice(&grid.x[start * stride..(start + count) * stride]);
            self.b.apply(isa, filtered, true, out);
            let wide = scratch::first(&mut room.wide, count * outer);
            self.f1.apply(isa, out, false, wide);
            self.f2.apply(isa, wide, true, out);
            ready = wanted;
        }
    }
}

/// What a block runs over.
struct Grid<'a> {
    isa: Isa,
    height: usize,
    width: usize,
    x: &'a [i16],
}

fn convolution(spec: &TapsSpec, input_limit: i16) -> Result<Depthwise<Shifted>> {
    prove(&spec.weights, [SIDE * SIDE, spec.channels], &spec.settling, input_limit)?;
    let settle = Shifted::new(&spec.settling, spec.channels.next_multiple_of(PANEL));
    Ok(Depthwise::packed(spec.channels, SIDE, spec.weights.clone(), settle))
}
