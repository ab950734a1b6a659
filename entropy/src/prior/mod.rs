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

use crate::checksum::Checksum;
use crate::coder::{DecodeSymbols, EncodeSymbols, RansDecoder, RansEncoder};
use crate::error::{EntropyError, Result, check_limit};
use crate::net::{ACTIVATION_MAX, Activations, Checkered, Network};
use crate::table::CdfTable;
use crate::trellis::{Element, Prices, Quantisation, Quantiser, Search, State};
use steps::{Decided, Grid, Step};

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

    /// The best quantisation that the prior has tables for.
    pub fn quantisation(&self) -> Quantisation {
        if self.spec.trellis_tables.is_empty() {
            Quantisation::Rounding
        } else {
            Quantisation::Trellis
        }
    }

    /// Channels of `z`.
    pub fn z_channels(&self) -> usize {
        self.spec.z_channels
    }

    /// Turns latents into bytes.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] when the lengths do not fit the sizes or a `z` is -32768, and
    /// [`EntropyError::Limit`] when there are too many positions.
    pub fn compress(&self, latents: &Latents, quantisation: Quantisation) -> Result<Compressed> {
        let grid = self.grid_of(latents, quantisation)?;
        let mut encoder = RansEncoder::new();
        self.timed(Part::Coder, || {
            let tables = self.spec.z_tables.iter().cycle();
            let mut symbols = latents.z.iter().zip(tables);
            symbols.try_for_each(|(&value, table)| encoder.encode(table, i32::from(value)))
        })?;
        let mut coded = latents.z.len();
        let state = self.walk(grid, &latents.z, |state, step, outputs| {
            let symbols = self.choose(latents, grid, step, outputs, quantisation)?;
            coded += symbols.len();
            let mut symbols = symbols.into_iter();
            self.decide(state, step, outputs, quantisation, |table| {
                let symbol = symbols.next().unwrap_or(0);
                encoder.encode(table, i32::from(symbol)).map(|()| symbol)
            })
        })?;
        let (checksum, symbol_hash) = hashes(&latents.z, &state);
        let cost = encoder.cost();
        Ok(Compressed {
            bytes: self.timed(Part::Coder, || encoder.finish()),
            y_hat: state.y_hat,
            checksum,
            symbols: coded,
            cost,
            symbol_hash,
        })
    }

    /// Turns bytes back into latents of `height * width` positions; `quantisation` is that of the encoder.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the bytes are not a complete stream of this size, and
    /// [`EntropyError::Limit`] when there are too many positions.
    pub fn decompress(
        &self,
        bytes: &[u8],
        height: usize,
        width: usize,
        quantisation: Quantisation,
    ) -> Result<Decompressed> {
        let grid = self.grid(height, width, quantisation)?;
        let mut decoder = RansDecoder::new(bytes)?;
        let mut z = vec![0i16; grid.z_positions() * self.spec.z_channels];
        self.timed(Part::Coder, || {
            for position in z.chunks_exact_mut(self.spec.z_channels) {
                for (value, table) in position.iter_mut().zip(&self.spec.z_tables) {
                    *value = decoder.decode(table)? as i16;
                }
            }
            Ok(())
        })?;
        let mut coded = z.len();
        let state = self.walk(grid, &z, |state, step, outputs| {
            self.decide(state, step, outputs, quantisation, |table| {
                coded += 1;
                decoder.decode(table).map(|symbol| symbol as i16)
            })
        })?;
        decoder.finish()?;
        let (checksum, symbol_hash) = hashes(&z, &state);
        Ok(Decompressed {
            y_hat: state.y_hat,
            checksum,
            symbols: coded,
            symbol_hash,
        })
    }

    /// What the prior says of latents, for building tables: `height * width * M` elements, rows, columns, channels.
    ///
    /// An element that would be skipped is still known to the second step as its mean, as in a stream.
    ///
    /// # Errors
    ///
    /// Those of [`LatentPrior::compress`].
    pub fn observe(&self, latents: &Latents, quantisation: Quantisation) -> Result<Vec<Observed>> {
        let grid = self.grid_of(latents, quantisation)?;
        let nothing = Observed {
            scale: 0,
            symbol: 0,
            quantiser: None,
        };
        let mut seen = vec![nothing; latents.y.len()];
        self.walk(grid, &latents.z, |state, step, outputs| {
            let symbols = self.choose(latents, grid, step, outputs, quantisation)?;
            let (mut chosen, mut place) = (symbols.iter(), State::start(quantisation));
            grid.visit(&self.spec, step, outputs, |at, mean, scale| {
                let coded = (scale >= self.spec.skip_below).then_some(place.quantiser());
                let symbol = match coded {
                    Some(_) => chosen.next().copied().unwrap_or(0),
                    None => steps::rounded(steps::distance(latents.y[at], mean)),
                };
                if coded.is_some() {
                    place = place.after(i32::from(symbol));
                }
                seen[at] = Observed {
                    scale,
                    symbol,
                    quantiser: coded,
                };
                Ok(())
            })?;
            let mut chosen = symbols.iter();
            self.decide(state, step, outputs, quantisation, |_| {
                Ok(chosen.next().copied().unwrap_or(0))
            })
        })?;
        Ok(seen)
    }

    /// The symbols of the elements of a step that are coded.
    fn choose(
        &self,
        latents: &Latents,
        grid: Grid,
        step: Step,
        outputs: &Activations,
        quantisation: Quantisation,
    ) -> Result<Vec<i16>> {
        let elements = grid.elements().div_ceil(2);
        match quantisation {
            Quantisation::Rounding => {
                let mut symbols = Vec::with_capacity(elements);
                self.each_coded(latents, grid, step, outputs, |element| {
                    symbols.push(steps::rounded(element.distance));
                })?;
                Ok(symbols)
            }
            Quantisation::Trellis => {
                let prices = self.prices.get_or_init(|| Prices::new(&self.spec.trellis_tables));
                let mut search = Search::new(prices, elements);
                self.each_coded(latents, grid, step, outputs, |element| search.push(element))?;
                Ok(search.finish())
            }
        }
    }

    fn each_coded(
        &self,
        latents: &Latents,
        grid: Grid,
        step: Step,
        outputs: &Activations,
        mut each: impl FnMut(Element),
    ) -> Result<()> {
        grid.visit(&self.spec, step, outputs, |at, mean, scale| {
            if scale >= self.spec.skip_below {
                let distance = steps::distance(latents.y[at], mean);
                each(Element { distance, scale });
            }
            Ok(())
        })
    }

    /// Goes through the elements of a step; `code` tells the symbols of those that are coded by their tables.
    fn decide(
        &self,
        state: &mut steps::State,
        step: Step,
        outputs: &Activations,
        quantisation: Quantisation,
        mut code: impl FnMut(&CdfTable) -> Result<i16>,
    ) -> Result<()> {
        let mut place = State::start(quantisation);
        state.decide(&self.spec, step, outputs, |scale| {
            let Some(table) = self.table(scale, place) else {
                return Ok(Decided::default());
            };
            let symbol = code(table)?;
            let wide = i32::from(symbol);
            let point = place.quantiser().point(wide);
            place = place.after(wide);
            Ok(Decided { symbol, point })
        })
    }

    /// The table of a scale index, or `None` when its elements are not coded.
    #[inline(always)]
    fn table(&self, scale: u8, state: State) -> Option<&CdfTable> {
        if scale < self.spec.skip_below {
            return None;
        }
        self.spec.table(scale, state)
    }

    fn grid(&self, height: usize, width: usize, quantisation: Quantisation) -> Result<Grid> {
        if quantisation == Quantisation::Trellis && self.quantisation() == Quantisation::Rounding {
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

/// The checksum of what crosses the border, and the hash of what was coded.
fn hashes(z: &[i16], state: &steps::State) -> (u32, u64) {
    let mut border = Checksum::new();
    border.update(z);
    let mut coded = border.clone();
    border.update(&state.y_hat);
    coded.update(&state.symbols);
    (border.finish32(), coded.finish())
}
