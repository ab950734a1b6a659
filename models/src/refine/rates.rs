//! What symbols cost in a stream: the exact tables as bits.

use lmc_entropy::prior::PriorSpec;
use lmc_entropy::table::{CdfTable, TOTAL};

use crate::wavelet::LOG_SCALE_FRACTION_BITS;

/// Bits of symbols by log-scale, from the tables of a prior.
#[derive(Debug)]
pub(super) struct Rates {
    /// Of each scale index; empty for those that are not coded.
    tables: Vec<Vec<f32>>,
    /// The lowest symbol of each table.
    lowest: Vec<i32>,
    /// Bits of the escape of each table.
    escape: Vec<f32>,
    lut: Vec<u8>,
    lut_min: i32,
}

impl Rates {
    pub(super) fn new(spec: &PriorSpec) -> Self {
        let coded = |index: usize| index >= usize::from(spec.skip_below);
        let tables = spec.scale_tables.iter().enumerate();
        Self {
            tables: tables
                .map(|(index, table)| if coded(index) { bits_of(table) } else { Vec::new() })
                .collect(),
            lowest: spec.scale_tables.iter().map(CdfTable::min).collect(),
            escape: spec
                .scale_tables
                .iter()
                .map(|table| bits(u32::from(table.escape().size.get())))
                .collect(),
            lut: spec.scale_lut.clone(),
            lut_min: spec.lut_min,
        }
    }

    /// The scale index of a log-scale, `None` if its elements are not coded.
    pub(super) fn index(&self, log_scale: f32) -> Option<usize> {
        let fixed = (log_scale * (1u32 << LOG_SCALE_FRACTION_BITS) as f32).round() as i32;
        let place = fixed.saturating_sub(self.lut_min).clamp(0, self.lut.len() as i32 - 1);
        let index = usize::from(*self.lut.get(place as usize)?);
        self.tables.get(index).filter(|table| !table.is_empty()).map(|_| index)
    }

    /// Bits of a symbol at a scale index that is coded.
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

/// Bits of the symbols of a table, the escape left out.
fn bits_of(table: &CdfTable) -> Vec<f32> {
    let symbols = table.freqs().len() - 1;
    table.freqs().take(symbols).map(bits).collect()
}

fn bits(frequency: u32) -> f32 {
    (TOTAL as f32 / frequency as f32).log2()
}
