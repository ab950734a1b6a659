//! The integer synthesis as plain numbers: what a weights file holds.

use lmc_kernels::net::shifted::{BlockSpec, LinearSpec};

use crate::codecs::wavelet::restore::rounded_filters;

/// All that turns decoded latents into pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynthesisSpec {
    /// From decoded latents to the inputs of the networks.
    pub gains: GainSpec,
    /// `[M, 4 C]`, in the order (row, column, channel) of twice the resolution.
    pub up: LinearSpec,
    /// Residual blocks of C channels.
    pub blocks: Vec<BlockSpec>,
    /// `[C, 192]`, added to what `skip` gives.
    pub output: LinearSpec,
    /// `[M, 4 * 192]`, in the same order as `up`.
    pub skip: LinearSpec,
    /// Fractional bits of the weights of restoration filters, 10 to 14; 0 if there are none.
    pub filter_bits: u8,
    /// Restoration filters for RGB, one for each anchor of the quality; none if the model has none.
    pub filters: Vec<FilterSpec>,
}

/// Inverse gains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GainSpec {
    /// The largest magnitude of an input of the networks.
    pub limit: i16,
    /// `[anchors, M]` logarithms to the base 2 with 16 fractional bits: of what a decoded latent, as an integer with 4
    /// fractional bits, is multiplied with.
    pub logs: Vec<i32>,
}

/// A restoration filter for RGB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilterSpec {
    /// Where differences are cut off, in 16ths of an 8-bit step.
    pub threshold: i16,
    /// For each channel the weights of all features but the last.
    pub weights: [Vec<i16>; 3],
    /// For each channel what is added, in 8-bit steps with four more fractional bits than weights.
    pub offsets: [i32; 3],
}

impl SynthesisSpec {
    /// With a filter for each anchor of the quality, each as [`fit_restoration`](crate::fit_restoration) gives it.
    pub fn with_filters(self, filters: &[Vec<f64>]) -> Self {
        let (bits, filters) = rounded_filters(filters);
        Self {
            filter_bits: if filters.is_empty() { 0 } else { bits as u8 },
            filters,
            ..self
        }
    }
}
