//! The latent prior: from latents to bytes and back, the same on every machine.
//!
//! ```text
//! z << z_shift -> hs -> hyper ------------------> p1 -> mean, scale of the elements of step 1
//!                         \-> [hyper, known] ---> p2 -> mean, scale of the elements of step 2
//! ```
//!
//! The hyper-latents `z` are coded with one table per channel, then the elements of `y` of step 1,
//! then those of step 2, each row by row, channels inner, in one rANS stream. Element `(c, i, j)`
//! is of step 1 when `i + j` is even and `c < M / 2`, or `i + j` is odd and `c >= M / 2`; `known`
//! holds the decoded elements of step 1 and zeros elsewhere. The symbol of an element says where its
//! distance to the mean lies; the table is that of its scale index and of the quantiser, which in
//! each step begins in the first state: see [`crate::trellis`].

mod bytes;
mod coding;
mod observer;
mod spec;
mod steps;
#[cfg(any(test, feature = "synthetic"))]
mod synthetic;
#[cfg(test)]
mod tests;

pub use observer::{Observer, Part};
pub use spec::{MAX_SCALES, PriorSpec};
#[cfg(any(test, feature = "synthetic"))]
pub use synthetic::{synthetic, synthetic_latents};

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::error::{EntropyError, Result, check_limit};
use crate::net::{ACTIVATION_MAX, Activations, Checkered, Network};
use crate::trellis::{Machine, Prices, Quantisation, Quantiser};
use steps::{Grid, Step};

/// Positions of `y` that [`LatentPrior`] accepts unless told otherwise.
pub const DEFAULT_MAX_POSITIONS: usize = 1 << 16;

/// The latents of a picture, as they come over the border.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latents {
    /// Rows of `y`.
    pub height: usize,
    /// Columns of `y`.
    pub width: usize,
    /// `ceil(height / 4) * ceil(width / 4) * Z` hyper-latents: rows, columns, channels.
    pub z: Vec<i16>,
    /// `height * width * M` latents with 8 fractional bits: rows, columns, channels.
    pub y: Vec<i32>,
}

/// What [`LatentPrior::compress`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compressed {
    /// The stream.
    pub bytes: Vec<u8>,
    /// The latents as a decoder will see them: `height * width * M`, 4 fractional bits.
    pub y_hat: Vec<i16>,
    /// The checksum of `z` and `y_hat`.
    pub checksum: u32,
    /// How many symbols the stream holds.
    pub symbols: usize,
    /// What they cost by their probabilities alone, in 1/65536 bits: see [`crate::cost`].
    pub cost: u64,
    /// The 64-bit hash of `z` and the symbols.
    pub symbol_hash: u64,
}

/// What [`LatentPrior::decompress`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decompressed {
    /// The decoded latents: `height * width * M`, 4 fractional bits.
    pub y_hat: Vec<i16>,
    /// The checksum of `z` and `y_hat`.
    pub checksum: u32,
    /// How many symbols the stream held.
    pub symbols: usize,
    /// The 64-bit hash of `z` and the symbols.
    pub symbol_hash: u64,
}

/// What the prior says of an element, for building tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// The scale index.
    pub scale: u8,
    /// The symbol, also of those that a stream would skip.
    pub symbol: i16,
    /// The quantiser; `None` for those that a stream would skip.
    pub quantiser: Option<Quantiser>,
}

/// A prior ready to run.
#[derive(Debug, Clone)]
pub struct LatentPrior {
    spec: PriorSpec,
    hs: Network,
    p1: Checkered,
    p2: Checkered,
    max_positions: usize,
    observer: Option<Arc<dyn Observer>>,
    /// Made when they are first asked for, as only encoders need them.
    prices: OnceLock<Prices>,
}

impl LatentPrior {
    /// Checks a prior and prepares it.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Network`] when a network is not well formed or could overflow,
    /// [`EntropyError::Parameter`] when the parts do not fit each other.
    pub fn new(spec: PriorSpec) -> Result<Self> {
        spec.check()?;
        let hs = Network::new(&spec.hs, spec.z_channels)?;
        let p1 = Network::new(&spec.p1, hs.outputs())?;
        let p2 = Network::new(&spec.p2, hs.outputs() + spec.channels)?;
        for (what, found, wanted) in [
            ("scale of the hyper network", hs.scale(), 4),
            ("scale of the first step", p1.scale(), 1),
            ("scale of the second step", p2.scale(), 1),
            ("outputs of the first step", p1.outputs(), 2 * spec.channels),
            ("outputs of the second step", p2.outputs(), 2 * spec.channels),
        ] {
            if found != wanted {
                let value = found as i64;
                return Err(EntropyError::Parameter { what, value });
            }
        }
        let halves = || [Step::First, Step::Second].map(|step| step.outputs(spec.channels));
        Ok(Self {
            p1: Checkered::new(&spec.p1, hs.outputs(), halves())?,
            p2: Checkered::new(&spec.p2, hs.outputs() + spec.channels, halves())?,
            hs,
            spec,
            max_positions: DEFAULT_MAX_POSITIONS,
            observer: None,
            prices: OnceLock::new(),
        })
    }

    /// Changes how many positions of `y` are accepted: memory is about 4 kB for each.
    pub fn with_max_positions(mut self, positions: usize) -> Self {
        self.max_positions = positions;
        self
    }

    /// Tells an observer where the time goes; without one no clock is read.
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// What this prior was made of.
    pub fn spec(&self) -> &PriorSpec {
        &self.spec
    }

    /// Channels of `y`.
    pub fn channels(&self) -> usize {
        self.spec.channels
    }

    /// Whether the prior has tables of symbols that a trellis chose.
    pub fn knows_trellis(&self) -> bool {
        !self.spec.trellis_tables.is_empty()
    }

    /// The best quantisation that the prior has tables for, of those by machines up to this one.
    pub fn quantisation(&self, machine: Machine) -> Quantisation {
        if self.knows_trellis() {
            Quantisation::Trellis(machine)
        } else {
            Quantisation::Rounding
        }
    }

    /// Channels of `z`.
    pub fn z_channels(&self) -> usize {
        self.spec.z_channels
    }

    fn grid(&self, height: usize, width: usize, quantisation: Quantisation) -> Result<Grid> {
        if quantisation != Quantisation::Rounding && !self.knows_trellis() {
            return Err(EntropyError::Malformed("the model has no tables for a trellis"));
        }
        let positions = (height as u64).saturating_mul(width as u64);
        if positions == 0 {
            return Err(EntropyError::Parameter {
                what: "positions of the latents",
                value: 0,
            });
        }
        // A single row is computed as four.
        let padded = (height as u64)
            .saturating_add(3)
            .saturating_mul((width as u64).saturating_add(3));
        let limit = self.max_positions as u64;
        check_limit("number of latent positions", positions, limit)?;
        check_limit("number of padded positions", padded, limit.saturating_mul(16))?;
        Ok(Grid {
            height,
            width,
            channels: self.spec.channels,
        })
    }

    fn grid_of(&self, latents: &Latents, quantisation: Quantisation) -> Result<Grid> {
        let grid = self.grid(latents.height, latents.width, quantisation)?;
        for (what, found, wanted) in [
            (
                "length of z",
                latents.z.len(),
                grid.z_positions() * self.spec.z_channels,
            ),
            ("length of y", latents.y.len(), grid.elements()),
        ] {
            if found != wanted {
                let value = found as i64;
                return Err(EntropyError::Parameter { what, value });
            }
        }
        if latents.z.iter().any(|&z| z < -ACTIVATION_MAX) {
            return Err(EntropyError::Symbol(i64::from(i16::MIN)));
        }
        Ok(grid)
    }

    /// Runs the networks; `decide` decides the elements of each step by what they put out.
    fn walk(
        &self,
        grid: Grid,
        z: &[i16],
        mut decide: impl FnMut(&mut steps::State, Step, &Activations) -> Result<()>,
    ) -> Result<steps::State> {
        let hyper = self.timed(Part::Networks, || self.hyper(grid, z))?;
        let mut state = steps::State::new(grid);
        let first = self.timed(Part::Networks, || self.p1.run(hyper.clone(), Step::First.half()))?;
        self.timed(Part::Coder, || decide(&mut state, Step::First, &first))?;
        drop(first);
        let second = self.timed(Part::Networks, || {
            self.p2.run(state.with_known(&self.spec, &hyper), Step::Second.half())
        })?;
        self.timed(Part::Coder, || decide(&mut state, Step::Second, &second))?;
        Ok(state)
    }

    /// What the hyper decoder makes of `z`.
    fn hyper(&self, grid: Grid, z: &[i16]) -> Result<Activations> {
        let shift = u32::from(self.spec.z_shift);
        let scaled = z.iter().map(|&z| {
            let value = i32::from(z) << shift;
            value.clamp(-32767, 32767) as i16
        });
        self.hs.run(Activations {
            height: grid.height.div_ceil(4),
            width: grid.width.div_ceil(4),
            channels: self.spec.z_channels,
            data: scaled.collect(),
        })
    }

    /// Does a piece of work, and tells the observer how long it took.
    fn timed<T>(&self, part: Part, work: impl FnOnce() -> T) -> T {
        let observed = self.observer.as_ref().map(|observer| (observer, Instant::now()));
        let result = work();
        if let Some((observer, start)) = observed {
            observer.spent(part, start.elapsed());
        }
        result
    }
}
