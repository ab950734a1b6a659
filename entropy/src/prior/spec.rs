//! A prior as plain integers: what a trainer exports and a model file holds.

use std::ops::RangeInclusive;

use super::Context;
use super::hyper::inputs;
use crate::error::{EntropyError, Result};
use crate::table::CdfTable;
#[cfg(doc)]
use crate::trellis::Quantiser;
use crate::trellis::State;
use lmc_kernels::net::{LayerSpec, MAX_CHANNELS, PointwiseSpec};

/// The most scale tables of a prior.
pub const MAX_SCALES: usize = 64;
/// The most entries of the table from log-scales to scale indices.
pub(super) const MAX_LUT: usize = 1 << 16;

/// A prior as plain integers.
///
/// Activations are fixed-point; where their point lies is the trainer's business, except for the
/// outputs of the steps: means with 4 fractional bits, then log-scales with 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorSpec {
    /// Channels of `y`: M.
    pub channels: usize,
    /// Channels of `z`: Z.
    pub z_channels: usize,
    /// The input of `hs` is `z << z_shift`, saturated; 0 to 15.
    pub z_shift: u8,
    /// How `z` is coded, unless by `z_tables`.
    pub pz: Option<HyperContext>,
    /// From `z` to the hyper channels at the resolution of `y`, four times that of `z`.
    pub hs: Vec<LayerSpec>,
    /// From the hyper channels to 2 M outputs.
    pub p1: Vec<LayerSpec>,
    /// From the hyper channels and M known elements to 2 M outputs.
    pub p2: Vec<LayerSpec>,
    /// The same for the steps of [`Context::Four`], or none: the first as `p1`, the others as `p2`. None where there are no
    /// tables of a trellis or less than four channels.
    pub deep: Vec<Vec<LayerSpec>>,
    /// Known elements, with 4 fractional bits, are brought to the scale of the hyper channels by
    /// this factor, not negative, ...
    pub known_mult: i32,
    /// ... and this shift, 1 to 47, as in [`lmc_kernels::net::Rescale`].
    pub known_shift: u8,
    /// One table for each channel of `z`; streams use them if there is no `pz`.
    pub z_tables: Vec<CdfTable>,
    /// The tables of symbols that are rounded, by scale index; at most [`MAX_SCALES`].
    pub scale_tables: Vec<CdfTable>,
    /// The tables of symbols that a trellis chose, by scale index and [`Quantiser`]; as many as there are scales, or none where
    /// no stream has such symbols.
    pub trellis_tables: Vec<[CdfTable; 2]>,
    /// The scale index of each log-scale from `lut_min` on; those outside take the nearest.
    pub scale_lut: Vec<u8>,
    /// The log-scale of the first entry of `scale_lut`.
    pub lut_min: i32,
    /// Elements with a scale index below this are not coded: their symbol is 0.
    pub skip_below: u8,
}

/// How far a mean can be from the nearest whole number, in sixteenths: 0 to 8.
pub const FRACTIONS: usize = 9;

/// A context of hyper-latents: the neighbours of a position predict it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HyperContext {
    /// From [`hyper_inputs`](super::hyper_inputs) to 2 Z outputs: means with 4 fractional bits, then log-scales with 5.
    pub network: PointwiseSpec,
    /// The tables by scale index and by how far the mean is from a whole number; symbols are distances to that, counted towards the side
    /// of the mean. At most [`MAX_SCALES`]; larger scale indices take the last.
    pub tables: Vec<[CdfTable; FRACTIONS]>,
}

impl HyperContext {
    /// The checked number, and its range.
    fn checks(&self, channels: usize) -> [(&'static str, usize, RangeInclusive<usize>); 3] {
        let (inputs, outputs) = (inputs(channels), 2 * channels);
        [
            ("inputs of the context of z", self.network.inputs, inputs..=inputs),
            ("outputs of the context of z", self.network.outputs, outputs..=outputs),
            ("scales of the context of z", self.tables.len(), 1..=MAX_SCALES),
        ]
    }
}

impl PriorSpec {
    /// The scale index of a log-scale with 5 fractional bits.
    #[inline(always)]
    pub fn scale_index(&self, log_scale: i16) -> u8 {
        let place = i64::from(log_scale) - i64::from(self.lut_min);
        let last = self.scale_lut.len().saturating_sub(1);
        let place = place.clamp(0, last as i64) as usize;
        self.scale_lut.get(place).copied().unwrap_or(0)
    }

    /// The table of the next symbol.
    #[inline(always)]
    pub(super) fn table(&self, scale: u8, state: State) -> Option<&CdfTable> {
        let scale = usize::from(scale);
        match state {
            State::Rounding => self.scale_tables.get(scale),
            State::Trellis(_) => Some(&self.trellis_tables.get(scale)?[state.quantiser() as usize]),
        }
    }

    /// Checks all but the networks.
    pub(super) fn check(&self) -> Result<()> {
        let tables = self.scale_tables.len();
        let trellis = if self.trellis_tables.is_empty() { 0 } else { tables };
        let steps = Context::Four.count();
        // The format has no place for four steps without a trellis, and each needs a channel everywhere.
        let deep = if self.deep.is_empty() || trellis == 0 || self.channels < steps {
            0
        } else {
            steps
        };
        let largest = self.scale_lut.iter().copied().max().map_or(0, usize::from);
        let checks = [
            ("channels of y", self.channels, 2..=MAX_CHANNELS / 2),
            ("channels of z", self.z_channels, 1..=MAX_CHANNELS),
            ("shift of z", usize::from(self.z_shift), 0..=15),
            ("shift of known", usize::from(self.known_shift), 1..=47),
            (
                "number of z tables",
                self.z_tables.len(),
                self.z_channels..=self.z_channels,
            ),
            ("number of scale tables", tables, 1..=MAX_SCALES),
            ("number of trellis tables", self.trellis_tables.len(), trellis..=trellis),
            ("number of deep steps", self.deep.len(), deep..=deep),
            ("length of the scale lut", self.scale_lut.len(), 1..=MAX_LUT),
            ("largest scale index", largest, 0..=tables.saturating_sub(1)),
            ("scale index to skip below", usize::from(self.skip_below), 0..=tables),
        ];
        let context = self.pz.iter().flat_map(|context| context.checks(self.z_channels));
        for (what, found, range) in checks.into_iter().chain(context) {
            if !range.contains(&found) {
                let value = found as i64;
                return Err(EntropyError::Parameter { what, value });
            }
        }
        if self.known_mult < 0 {
            return Err(EntropyError::Parameter {
                what: "factor of known",
                value: i64::from(self.known_mult),
            });
        }
        Ok(())
    }
}
