//! What symbols cost on the scales of errors.

use super::Quantiser;
use crate::cost::{FRACTION, cost};
use crate::table::CdfTable;

/// The squared error that a bit is worth, in 1/65536 squared steps.
///
/// At high rates a bit saves 2 ln 2 of the error of a quantiser, which is about 1/15 squared steps here: 6056. Of development pictures
/// about half of that makes the best ones: see models/EXPERIMENTS.md.
pub const BIT: u64 = 3300;

/// The prices of all symbols in the tables of a prior, in 1/65536 squared steps.
#[derive(Debug, Clone)]
pub struct Prices {
    /// By scale index, the whole and the between quantiser.
    scales: Vec<[Price; 2]>,
}

/// The prices of the symbols of one table.
#[derive(Debug, Clone)]
pub(super) struct Price {
    lowest: i32,
    symbols: Vec<u32>,
    escape: u32,
}

impl Prices {
    /// The prices that follow from tables by scale index, that of the whole quantiser first.
    pub fn new(tables: &[[CdfTable; 2]]) -> Self {
        let scales = tables.iter().map(|tables| tables.each_ref().map(Price::new));
        Self {
            scales: scales.collect(),
        }
    }

    /// Symbols for nothing.
    #[cfg(test)]
    pub(super) fn free() -> Self {
        let free = || Price {
            lowest: -100,
            symbols: vec![0; 201],
            escape: 0,
        };
        Self {
            scales: vec![[free(), free()]],
        }
    }

    /// What a symbol costs.
    pub fn price(&self, scale: u8, quantiser: Quantiser, symbol: i32) -> u32 {
        self.at(scale).map_or(0, |prices| prices[quantiser as usize].of(symbol))
    }

    /// The prices at a scale index; those of the last one for all behind.
    pub(super) fn at(&self, scale: u8) -> Option<&[Price; 2]> {
        self.scales.get(usize::from(scale)).or(self.scales.last())
    }
}

impl Price {
    fn new(table: &CdfTable) -> Self {
        let price = |size| ((cost(size) * BIT) >> FRACTION) as u32;
        let support = table.min()..=table.max();
        Self {
            lowest: table.min(),
            symbols: support
                .filter_map(|symbol| table.slot(symbol))
                .map(|slot| price(slot.size))
                .collect(),
            escape: price(table.escape().size),
        }
    }

    /// What a symbol costs, through the escape when it is outside of the support.
    #[inline(always)]
    pub(super) fn of(&self, symbol: i32) -> u32 {
        let place = symbol.wrapping_sub(self.lowest) as usize;
        match self.symbols.get(place) {
            Some(&price) => price,
            None => self.escaped(symbol),
        }
    }

    /// An escaped symbol has about twice the bits of its distance behind the escape.
    #[cold]
    fn escaped(&self, symbol: i32) -> u32 {
        let above = symbol - self.lowest - self.symbols.len() as i32;
        let distance = above.max(self.lowest - 1 - symbol).max(0) as u32;
        self.escape + (2 * (distance + 1).ilog2() + 2) * BIT as u32
    }
}
