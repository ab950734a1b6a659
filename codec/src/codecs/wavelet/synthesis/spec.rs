//! The integer synthesis as plain numbers: what a weights file holds.

use lmc_kernels::net::shifted::{BlockSpec, LinearSpec};

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
    /// For each channel the weights of all features but the last, with 10 fractional bits.
    pub weights: [Vec<i16>; 3],
    /// For each channel what is added, in 8-bit steps with 14 fractional bits.
    pub offsets: [i32; 3],
}
