//! What symbols cost in a stream: the exact tables as bits.

use lmc_entropy::prior::PriorSpec;
use lmc_entropy::table::{CdfTable, TOTAL};

use crate::wavelet::LOG_SCALE_FRACTION_BITS;

/// Bits of symbols by table.
#[derive(Debug)]
pub(super) struct Prices {
    /// Of each table; empty for those whose symbols are not coded.
    tables: Vec<Vec<f32>>,
    /// The lowest symbol of each table.
    lowest: Vec<i32>,
    /// Bits of the escape of each table.
    escape: Vec<f32>,
}

impl Prices {
    fn new(tables: &[CdfTable], coded: impl Fn(usize) -> bool) -> Self {
        let bits_of = |(index, table)| if coded(index) { bits_of(table) } else { Vec::new() };
        Self {
            tables: tables.iter().enumerate().map(bits_of).collect(),
            lowest: tables.iter().map(CdfTable::min).collect(),
            escape: tables
                .iter()
                .map(|table| bits(u32::from(table.escape().size.get())))
                .collect(),
        }
    }

    /// Bits of a symbol in a table that is coded.
    pub(super) fn bits(&self, index: usize, symbol: i32) -> f32 {
        let table = &self.tables[index];
        let place = symbol - self.lowest[index];
        match usize::try_from(place).ok().and_then(|place| table.get(place)) {
            Some(bits) => *bits,
            None => {
                // An escaped symbol is written with about twice the bits of its distance to the table.
                let beyond = if place < 0 {
                    -place
                } else {
                    place + 1 - table.len() as i32
                };
                self.escape[index] + 2.0 * (beyond as f32 + 1.0).log2() + 2.0
            }
        }
    }
}

/// What symbols cost, hyper-latents by channel and latents by log-scale, from the tables of a prior.
#[derive(Debug)]
pub(super) struct Rates {
    /// By channel.
    pub(super) hyper: Prices,
    /// By scale index.
    pub(super) latents: Prices,
    lut: Vec<u8>,
    lut_min: i32,
}

impl Rates {
    pub(super) fn new(spec: &PriorSpec) -> Self {
        Self {
            hyper: Prices::new(&spec.z_tables, |_| true),
            latents: Prices::new(&spec.scale_tables, |index| index >= usize::from(spec.skip_below)),
            lut: spec.scale_lut.clone(),
            lut_min: spec.lut_min,
        }
    }

    /// The scale index of a log-scale, `None` if its elements are not coded.
    pub(super) fn index(&self, log_scale: f32) -> Option<usize> {
        let fixed = (log_scale * (1u32 << LOG_SCALE_FRACTION_BITS) as f32).round() as i32;
        let place = fixed.saturating_sub(self.lut_min).clamp(0, self.lut.len() as i32 - 1);
        let index = usize::from(*self.lut.get(place as usize)?);
        self.latents
            .tables
            .get(index)
            .filter(|table| !table.is_empty())
            .map(|_| index)
    }
}

/// Bits of the symbols of a table, the escape left out.
fn bits_of(table: &CdfTable) -> Vec<f32> {
    let symbols = table.freqs().len() - 1;
    table.freqs().take(symbols).map(bits).collect()
}

fn bits(frequency: u32) -> f32 {
    (TOTAL as f32 / frequency as f32).log2()
}
