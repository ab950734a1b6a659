//! Depthwise convolutions: each channel with itself, over 3x3 or 5x5 positions.

use rayon::prelude::*;

use super::kernel::{self, Settle, TAP_CHANNELS};
use super::rescale::Packed;
use super::spec::prove;
use super::{Activations, DepthwiseSpec};
use crate::error::{KernelError, Result};
use crate::isa::Isa;

/// A depthwise convolution with its weights laid out by place.
#[derive(Debug, Clone)]
pub(super) struct Depthwise<R = Packed> {
    channels: usize,
    kernel: usize,
    /// The weights of each place of the kernel, one per channel.
    weights: Vec<i16>,
    rescale: R,
}

/// Rows of positions under a convolution; beyond them there are zeros.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) height: usize,
    pub(super) width: usize,
    /// `[height, width, channels]`
    pub(super) data: &'a [i16],
}

impl Depthwise {
    pub(super) fn new(spec: &DepthwiseSpec, layer: usize) -> Result<Self> {
        Self::check(spec, layer)?;
        let places = spec.kernel * spec.kernel;
        let mut weights = vec![0; places * spec.channels];
        for (channel, own) in spec.weights.chunks_exact(places).enumerate() {
            for (place, &weight) in own.iter().enumerate() {
                weights[place * spec.channels + channel] = i16::from(weight);
            }
        }
        let padded = spec.channels.next_multiple_of(TAP_CHANNELS);
        let rescale = Packed::new(&spec.rescale, padded);
        Ok(Self::packed(spec.channels, spec.kernel, weights, rescale))
    }

    /// What [`Self::new`] refuses.
    pub(super) fn check(spec: &DepthwiseSpec, layer: usize) -> Result<()> {
        if ![3, 5].contains(&spec.kernel) {
            return Err(KernelError::Network {
                reason: "depthwise kernel is not 3 or 5",
                layer,
                value: spec.kernel as i64,
            });
        }
        let places = spec.kernel * spec.kernel;
        prove(&spec.weights, spec.channels, places, &spec.rescale, layer)
    }

    /// Runs over a grid, in parallel.
    pub(super) fn run(&self, x: &Activations) -> Activations {
        let mut out = Activations::zeros(x.height, x.width, self.channels);
        let row = (x.width * self.channels).max(1);
        let rows = out.data.par_chunks_mut(row).enumerate();
        rows.for_each(|(i, row)| self.run_positions(Isa::best(), x.rows(), i * x.width, row));
        out
    }
}

impl<R: Settle> Depthwise<R> {
    /// A convolution whose weights are laid out by place already; the rescale is padded to whole [`TAP_CHANNELS`].
    pub(super) fn packed(channels: usize, kernel: usize, weights: Vec<i16>, rescale: R) -> Self {
        Self {
            channels,
            kernel,
            weights,
            rescale,
        }
    }

    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// The outputs of consecutive positions from `first` on, counted row by row.
    pub(super) fn run_positions(&self, isa: Isa, x: Rows<'_>, first: usize, out: &mut [i16]) {
        let mut taps = Vec::with_capacity(self.kernel * self.kernel);
        for (index, out) in out.chunks_exact_mut(self.channels).enumerate() {
            let position = first + index;
            self.gather(x, position / x.width, position % x.width, &mut taps);
            kernel::run_taps(isa, &taps, &self.rescale, out);
        }
    }

    /// The inputs under the kernel at `(i, j)` with their weights; zeros outside are left out.
    fn gather<'x>(&'x self, x: Rows<'x>, i: usize, j: usize, taps: &mut Vec<(&'x [i16], &'x [i16])>) {
        let radius = self.kernel / 2;
        let channels = self.channels;
        taps.clear();
        for di in 0..self.kernel {
            let Some(row) = (i + di).checked_sub(radius).filter(|&r| r < x.height) else {
                continue;
            };
            for dj in 0..self.kernel {
                let Some(column) = (j + dj).checked_sub(radius).filter(|&c| c < x.width) else {
                    continue;
                };
                let from = (row * x.width + column) * channels;
                let place = (di * self.kernel + dj) * channels;
                taps.push((&x.data[from..from + channels], &self.weights[place..place + channels]));
            }
        }
    }
}
