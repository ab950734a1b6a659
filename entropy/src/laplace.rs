//! Tables of Laplace distributions: one for each pair of a scale and of the fraction of a mean.
//!
//! The scale of index `k`, from 0 to 96, is `2^(k / 8 - 5)`. A mean is known to a sixteenth: a whole number, which only
//! moves the table, and a fraction of -8 to 7 sixteenths, of which the negative ones are the positive ones mirrored.
//! All of it is integers: powers of `e` come from products that are rounded down.

use std::sync::OnceLock;

use crate::error::{EntropyError, Result};
use crate::table::{CdfTable, TOTAL};

/// Number of scales.
pub const SCALES: usize = 97;
/// The index of the scale 1.
pub const UNIT_SCALE: i32 = 40;
/// Steps of a mean between two whole numbers.
pub const FRACTIONS: i32 = 16;
/// Different tables of a scale: the fractions 0 to 8 sixteenths.
const MIRRORED: usize = 9;
/// Scales of an octave.
const PER_OCTAVE: usize = 8;
/// `2^17 / 2^(j / 8)`: 4096 over the scale of index `j`, the first octave.
const RATES: [u32; PER_OCTAVE] = [131_072, 120_194, 110_218, 101_070, 92_682, 84_990, 77_936, 71_468];
/// The widest support of a table to each side.
const WIDEST: i32 = 300;
/// `2^60` times `e^(-1 / 1024)`.
const STEP: u128 = 1_151_796_154_276_904_951;
/// Entries of the table of powers: beyond them they are taken for 0.
const POWERS: usize = 17 << 10;

/// The tables, each made when it is first asked for.
#[derive(Debug)]
pub struct LaplaceTables {
    powers: Vec<u64>,
    tables: Vec<OnceLock<CdfTable>>,
}

/// A table and how it lies: the symbol of a value `v` is `v - centre`, or `centre - v` if the table is mirrored.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    /// The table.
    pub table: &'a CdfTable,
    /// The whole number next to the mean.
    pub centre: i32,
    /// Whether the mean lies below it.
    pub mirrored: bool,
}

impl LaplaceTables {
    /// The tables of this process.
    pub fn shared() -> &'static Self {
        static TABLES: OnceLock<LaplaceTables> = OnceLock::new();
        TABLES.get_or_init(Self::new)
    }

    fn new() -> Self {
        let powers = std::iter::successors(Some(1u64 << 60), |&power| {
            Some(((u128::from(power) * STEP) >> 60) as u64)
        });
        Self {
            powers: powers.take(POWERS).map(|power| power >> 28).collect(),
            tables: (0..SCALES * MIRRORED).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The table of a scale index and a mean in sixteenths. Indices out of range are moved into it.
    ///
    /// # Errors
    /// [`EntropyError::Parameter`] for means far outside of all symbols.
    #[inline]
    pub fn place(&self, scale: i32, mean: i32) -> Result<Placed<'_>> {
        let scale = scale.clamp(0, SCALES as i32 - 1) as usize;
        let centre = mean.wrapping_add(FRACTIONS / 2) >> 4;
        let fraction = mean.wrapping_sub(centre.wrapping_mul(FRACTIONS));
        let at = scale * MIRRORED + fraction.unsigned_abs() as usize;
        let slot = self.tables.get(at).ok_or(EntropyError::Parameter {
            what: "mean in sixteenths",
            value: i64::from(mean),
        })?;
        let table = match slot.get() {
            Some(table) => table,
            None => {
                let made = self.table(scale, fraction.abs())?;
                slot.get_or_init(|| made)
            }
        };
        Ok(Placed {
            table,
            centre,
            mirrored: fraction < 0,
        })
    }

    /// The table of a scale and a fraction of 0 to 8 sixteenths.
    fn table(&self, scale: usize, fraction: i32) -> Result<CdfTable> {
        let rate = RATES[scale % PER_OCTAVE] >> (scale / PER_OCTAVE);
        let side = (1 + 40_960 / rate as i32).min(WIDEST);
        let entries = 2 * side as u32 + 2;
        let mass = u64::from(TOTAL - entries);
        // Twice the share below a point `t` sixteenths above the mean, in 2^32.
        let below = |t: i32| {
            let at = (t.unsigned_abs() * rate + 32) >> 6;
            let power = self.powers.get(at as usize).copied().unwrap_or(0);
            let share = if t < 0 { power } else { (1 << 33) - power };
            (mass * share) >> 33
        };
        let edge = |symbol: i32| below(FRACTIONS * symbol - FRACTIONS / 2 - fraction);
        let sizes = (-side..=side).map(|symbol| (edge(symbol + 1) - edge(symbol)) as u32 + 1);
        let mut freqs: Vec<u32> = sizes.collect();
        freqs.push(TOTAL - freqs.iter().sum::<u32>());
        CdfTable::new(-side, &freqs)
    }
}

impl Placed<'_> {
    /// The symbol of a value.
    #[inline]
    pub fn symbol(&self, value: i32) -> i32 {
        if self.mirrored {
            self.centre - value
        } else {
            value - self.centre
        }
    }

    /// The value of a symbol.
    #[inline]
    pub fn value(&self, symbol: i32) -> i32 {
        if self.mirrored {
            self.centre - symbol
        } else {
            self.centre + symbol
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Checksum;

    #[test]
    fn all_tables_are_those_of_the_format() {
        let tables = LaplaceTables::shared();
        let mut sum = Checksum::new();
        for scale in 0..SCALES as i32 {
            for fraction in 0..MIRRORED as i32 {
                let table = tables.place(scale, fraction - 8).unwrap().table;
                let sizes: Vec<i16> = table.freqs().map(|size| size as i16).collect();
                sum.update(&sizes);
            }
        }
        assert_eq!(sum.finish(), 1_861_459_983_190_514_137);
    }

    #[test]
    fn values_and_symbols_agree_and_scales_have_bounds() {
        let tables = LaplaceTables::shared();
        for mean in -40..=40 {
            let placed = tables.place(50, mean).unwrap();
            for value in -9..=9 {
                assert_eq!(placed.value(placed.symbol(value)), value);
            }
        }
        assert_eq!(tables.place(1000, 0).unwrap().table, tables.place(96, 0).unwrap().table);
    }
}
