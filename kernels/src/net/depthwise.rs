//! Depthwise convolutions: each channel with itself, over 3x3 or 5x5 positions.

use rayon::prelude::*;

use super::kernel::{self, TAP_CHANNELS};
use super::rescale::Packed;
use super::spec::prove;
use super::{Activations, DepthwiseSpec};
use crate::error::{KernelError, Result};
use crate::isa::Isa;

/// A depthwise convolution with its weights laid out by place.
#[derive(Debug, Clone)]
pub(super) struct Depthwise {
    channels: usize,
    kernel: usize,
    /// The weights of each place of the kernel, one per channel.
    weights: Vec<i16>,
    rescale: Packed,
}

impl Depthwise {
    pub(super) fn new(spec: &DepthwiseSpec, layer: usize) -> Result<Self> {
        if ![3, 5].contains(&spec.kernel) {
            return Err(KernelError::Network {
                reason: "depthwise kernel is not 3 or 5",
                layer,
                value: spec.kernel as i64,
            });
        }
        let places = spec.kernel * spec.kernel;
        prove(&spec.weights, spec.channels, places, &spec.rescale, layer)?;
        let mut weights = vec![0; places * spec.channels];
        for (channel, own) in spec.weights.chunks_exact(places).enumerate() {
            for (place, &weight) in own.iter().enumerate() {
                weights[place * spec.channels + channel] = i16::from(weight);
            }
        }
        let padded = spec.channels.next_multiple_of(TAP_CHANNELS);
        Ok(Self {
            channels: spec.channels,
            kernel: spec.kernel,
            weights,
            rescale: Packed::new(&spec.rescale, padded),
        })
    }

    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Runs over a grid, in parallel.
    pub(super) fn run(&self, x: &Activations) -> Activations {
        let mut out = Activations::zeros(x.height, x.width, self.channels);
        let row = (x.width * self.channels).max(1);
        let rows = out.data.par_chunks_mut(row).enumerate();
        rows.for_each(|(i, row)| self.run_positions(Isa::best(), x, i * x.width, row));
        out
    }

    /// The outputs of consecutive positions from `first` on, counted row by row.
    pub(super) fn run_positions(&self, isa: Isa, x: &Activations, first: usize, out: &mut [i16]) {
        let mut taps = Vec::with_capacity(self.kernel * self.kernel);
        for (index, out) in out.chunks_exact_mut(self.channels).enumerate() {
            let position = first + index;
            self.gather(x, position / x.width, position % x.width, &mut taps);
            kernel::run_taps(isa, &taps, &self.rescale, out);
        }
    }

    /// The inputs under the kernel at `(i, j)` with their weights; zeros outside are left out.
    fn gather<'x>(&'x self, x: &'x Activations, i: usize, j: usize, taps: &mut Vec<(&'x [i16], &'x [i16])>) {
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
