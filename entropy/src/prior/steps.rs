//! What becomes of the elements of a step.

use super::{PriorSpec, Step};
use crate::error::Result;
use lmc_kernels::net::{Activations, dyadic};

/// The size of the latents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid<'a> {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    /// Whether each position of `z`, and those of `y` below it, are left out; nothing where all are coded.
    pub(super) skipped: &'a [bool],
}

impl Grid<'_> {
    pub(super) fn elements(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Rows and columns of `z`.
    pub(super) fn z_size(&self) -> [usize; 2] {
        [self.height, self.width].map(|side| side.div_ceil(4))
    }

    pub(super) fn z_positions(&self) -> usize {
        self.z_size().iter().product()
    }
}

impl Grid<'_> {
    /// Whether a position of `z` is left out.
    #[inline(always)]
    pub(super) fn skips(self, z_position: usize) -> bool {
        self.skipped.get(z_position).copied().unwrap_or(false)
    }

    /// Visits the elements of a step in coding order that are not left out: the place, mean and scale index of each.
    /// `outputs` holds for each position those of the step alone.
    #[inline(always)]
    pub(super) fn visit(
        self,
        spec: &PriorSpec,
        step: Step,
        outputs: &Activations,
        mut visit: impl FnMut(usize, i16, u8) -> Result<()>,
    ) -> Result<()> {
        for (i, j) in (0..self.height).flat_map(|i| (0..self.width).map(move |j| (i, j))) {
            if self.skips(i / 4 * self.width.div_ceil(4) + j / 4) {
                continue;
            }
            let from = (i * outputs.width + j) * outputs.channels;
            let own = step.channels(i, j, self.channels);
            let (means, scales) = outputs.data[from..from + 2 * own.len()].split_at(own.len());
            let to = (i * self.width + j) * self.channels;
            for (c, (&mean, &scale)) in own.zip(means.iter().zip(scales)) {
                visit(to + c, mean, spec.scale_index(scale))?;
            }
        }
        Ok(())
    }
}

/// What was decided of an element: its symbol, and where it lies from its mean in half steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Decided {
    pub(super) symbol: i16,
    pub(super) point: i32,
}

/// What has been decoded so far.
pub(super) struct State<'a> {
    grid: Grid<'a>,
    /// Symbols, 0 where none was coded.
    pub(super) symbols: Vec<i16>,
    /// Decoded latents with 4 fractional bits, 0 where none is known yet.
    pub(super) y_hat: Vec<i16>,
}

impl<'a> State<'a> {
    pub(super) fn new(grid: Grid<'a>) -> Self {
        Self {
            grid,
            symbols: vec![0; grid.elements()],
            y_hat: vec![0; grid.elements()],
        }
    }

    /// Decides the elements of a step in coding order.
    pub(super) fn decide(
        &mut self,
        spec: &PriorSpec,
        step: Step,
        outputs: &Activations,
        mut decide: impl FnMut(u8) -> Result<Decided>,
    ) -> Result<()> {
        self.grid.visit(spec, step, outputs, |at, mean, scale| {
            let Decided { symbol, point } = decide(scale)?;
            self.symbols[at] = symbol;
            self.y_hat[at] = reconstruct(point, mean);
            Ok(())
        })
    }

    /// The input of a step but the first: the hyper channels, and the known elements at their scale.
    ///
    /// Padding positions are computed from their zeros.
    pub(super) fn with_known(&self, spec: &PriorSpec, hyper: &Activations) -> Activations {
        let Grid {
            height,
            width,
            channels,
            ..
        } = self.grid;
        let mut input = Activations::zeros(hyper.height, hyper.width, hyper.channels + channels);
        let positions = input.data.chunks_exact_mut(input.channels);
        for (index, (to, from)) in positions.zip(hyper.data.chunks_exact(hyper.channels)).enumerate() {
            let (to_hyper, to_known) = to.split_at_mut(hyper.channels);
            to_hyper.copy_from_slice(from);
            let (i, j) = (index / hyper.width, index % hyper.width);
            if i >= height || j >= width {
                continue;
            }
            let from = (i * width + j) * channels;
            for (to, &value) in to_known.iter_mut().zip(&self.y_hat[from..from + channels]) {
                *to = dyadic(i32::from(value), spec.known_mult, spec.known_shift);
            }
        }
        input
    }
}

/// The distance of `y` (8 fractional bits) to `mean` (4) in 1/256 steps, such that the decoded element hardly saturates.
pub(super) fn distance(y: i32, mean: i16) -> i32 {
    let limit = 32767 * 16;
    y.clamp(-limit, limit) - i32::from(mean) * 16
}

/// A distance rounded to whole steps, half away from zero.
pub(super) fn rounded(distance: i32) -> i16 {
    // At most 2^20 in 1/256 steps, so the symbol fits.
    (((distance.abs() + 128) >> 8) * distance.signum()) as i16
}

/// The decoded element with 4 fractional bits; `point` is in half steps.
#[inline(always)]
pub(super) fn reconstruct(point: i32, mean: i16) -> i16 {
    (point * 8 + i32::from(mean)).clamp(-32767, 32767) as i16
}
