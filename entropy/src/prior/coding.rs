//! Coding by the prior: symbols are chosen, written, read and observed in one order.

use super::steps::{self, Decided, Grid};
use super::{Compressed, Decompressed, Given, LatentPrior, Latents, Observed, Part, Step};
use crate::checksum::Checksum;
use crate::coder::{DecodeSymbols, EncodeSymbols, RansDecoder, RansEncoder};
use crate::error::Result;
use crate::table::CdfTable;
use crate::trellis::{Element, Prices, Quantisation, Search, State};
use lmc_kernels::net::Activations;

impl LatentPrior {
    /// Turns latents into bytes.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`](crate::EntropyError::Parameter) when the lengths do not fit the sizes,
    /// [`EntropyError::Symbol`](crate::EntropyError::Symbol) when a `z` is further than 32767 from zero or its mean, and
    /// [`EntropyError::Limit`](crate::EntropyError::Limit) when there are too many positions.
    pub fn compress<'a>(&self, latents: &Latents, given: impl Into<Given<'a>>) -> Result<Compressed> {
        let given = given.into();
        let (grid, quantisation) = (self.grid_of(latents, given)?, given.coding.quantisation);
        let mut encoder = RansEncoder::new();
        let mut coded = 0;
        let z = self.hyper_latents(grid, |at, near, table| {
            let z = latents.z[at];
            coded += 1;
            encoder.encode(table, near.symbol(z)).map(|()| z)
        })?;
        let state = self.walk((grid, given), &z, |state, step, outputs| {
            let symbols = self.choose(latents, grid, step, outputs, quantisation)?;
            coded += symbols.len();
            let mut symbols = symbols.into_iter();
            self.decide(state, step, outputs, quantisation, |table| {
                let symbol = symbols.next().unwrap_or(0);
                encoder.encode(table, i32::from(symbol)).map(|()| symbol)
            })
        })?;
        let (checksum, symbol_hash) = hashes(&z, &state);
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

    /// Turns bytes back into latents of `height * width` positions; `given` is that of the encoder.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`](crate::EntropyError::Malformed) when the bytes are not a complete stream of this size, and
    /// [`EntropyError::Limit`](crate::EntropyError::Limit) when there are too many positions.
    pub fn decompress<'a>(
        &self,
        bytes: &[u8],
        height: usize,
        width: usize,
        given: impl Into<Given<'a>>,
    ) -> Result<Decompressed> {
        let given = given.into();
        let (grid, quantisation) = (self.grid(height, width, given)?, given.coding.quantisation);
        let mut decoder = RansDecoder::new(bytes)?;
        let mut coded = 0;
        let z = self.hyper_latents(grid, |_, near, table| {
            coded += 1;
            decoder.decode(table).map(|symbol| near.value(symbol))
        })?;
        let state = self.walk((grid, given), &z, |state, step, outputs| {
            self.decide(state, step, outputs, quantisation, |table| {
                coded += 1;
                decoder.decode(table).map(|symbol| symbol as i16)
            })
        })?;
        decoder.finish()?;
        let (checksum, symbol_hash) = hashes(&z, &state);
        Ok(Decompressed {
            z,
            y_hat: state.y_hat,
            checksum,
            symbols: coded,
            symbol_hash,
        })
    }

    /// What the prior says of latents, for building tables: `height * width * M` elements, rows, columns, channels.
    ///
    /// An element that would be skipped is still known to later steps as its mean, as in a stream.
    ///
    /// # Errors
    ///
    /// Those of [`LatentPrior::compress`].
    pub fn observe<'a>(&self, latents: &Latents, given: impl Into<Given<'a>>) -> Result<Vec<Observed>> {
        let given = given.into();
        let (grid, quantisation) = (self.grid_of(latents, given)?, given.coding.quantisation);
        let nothing = Observed {
            scale: 0,
            symbol: 0,
            quantiser: None,
        };
        let mut seen = vec![nothing; latents.y.len()];
        self.walk((grid, given), &latents.z, |state, step, outputs| {
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
        grid: Grid<'_>,
        step: Step,
        outputs: &Activations,
        quantisation: Quantisation,
    ) -> Result<Vec<i16>> {
        let elements = grid.elements().div_ceil(step.context().count());
        match quantisation {
            Quantisation::Rounding => {
                let mut symbols = Vec::with_capacity(elements);
                self.each_coded(latents, grid, step, outputs, |element| {
                    symbols.push(steps::rounded(element.distance));
                })?;
                Ok(symbols)
            }
            Quantisation::Trellis(machine) => {
                let prices = self.prices.get_or_init(|| Prices::new(&self.spec.trellis_tables));
                let mut search = Search::new(prices, elements);
                self.each_coded(latents, grid, step, outputs, |element| search.push(element))?;
                Ok(search.finish(machine))
            }
        }
    }

    fn each_coded(
        &self,
        latents: &Latents,
        grid: Grid<'_>,
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
        state: &mut steps::State<'_>,
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
}

/// The checksum of what crosses the border, and the hash of what was coded.
fn hashes(z: &[i16], state: &steps::State<'_>) -> (u32, u64) {
    let mut border = Checksum::new();
    border.update(z);
    let mut coded = border.clone();
    border.update(&state.y_hat);
    coded.update(&state.symbols);
    (border.finish32(), coded.finish())
}
