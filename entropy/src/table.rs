//! Frequency tables: the probability of every symbol as a 16-bit integer.
//!
//! A table keeps a contract of four points, checked when it is built: no frequency is zero, the
//! support is fixed and contiguous, the frequencies sum to exactly 65536, and there are at least
//! two entries, so that no entry has the whole mass.

use std::num::NonZeroU16;

use crate::error::{EntropyError, Result};

/// The sum of the frequencies of a table.
pub const TOTAL: u32 = 1 << 16;
/// The largest distance from zero of any symbol that can be coded.
pub const SYMBOL_MAX: i32 = 32767;

/// An interval of the 65536 slots of a model: `size / 65536` is its probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The sum of the frequencies before this one.
    pub start: u16,
    /// The frequency.
    pub size: NonZeroU16,
}

/// A frequency table over the symbols `min..=max` and an escape for all others.
///
/// ```
/// use lmc_entropy::table::CdfTable;
///
/// // -1, 0, 1 and the escape
/// let table = CdfTable::new(-1, &[8192, 49152, 8000, 192])?;
/// assert_eq!((table.min(), table.max()), (-1, 1));
/// assert!(CdfTable::new(0, &[65535, 0, 1]).is_err());
/// # Ok::<(), lmc_entropy::EntropyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CdfTable {
    min: i32,
    /// One slot per symbol of the support, the escape last.
    slots: Vec<Slot>,
    /// For each value of the upper 8 bits of a quantile, the entry that holds the lowest quantile.
    lookup: [u16; 256],
}

impl CdfTable {
    /// Builds the table of the symbols `min..`, one frequency each, the last one for the escape.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Table`] when the contract of the module is broken or the support leaves
    /// `-32767..=32767`.
    pub fn new(min: i32, freqs: &[u32]) -> Result<Self> {
        let refuse = |reason, index| Err(EntropyError::Table { reason, index });
        if freqs.len() < 2 {
            return refuse("fewer than two entries", freqs.len());
        }
        let max = i64::from(min) + freqs.len() as i64 - 2;
        if min < -SYMBOL_MAX || max > i64::from(SYMBOL_MAX) {
            return refuse("support outside -32767..=32767", freqs.len());
        }
        let mut slots = Vec::with_capacity(freqs.len());
        let mut sum = 0u32;
        for (index, &freq) in freqs.iter().enumerate() {
            let size = u16::try_from(freq).ok().and_then(NonZeroU16::new);
            let (Some(size), Ok(start)) = (size, u16::try_from(sum)) else {
                return refuse("frequency is zero or too large", index);
            };
            slots.push(Slot { start, size });
            sum += freq;
        }
        if sum != TOTAL {
            return refuse("frequencies do not sum to 65536", freqs.len());
        }
        let lookup = lookup_of(&slots);
        Ok(Self { min, slots, lookup })
    }

    /// The lowest symbol of the support.
    pub fn min(&self) -> i32 {
        self.min
    }

    /// The highest symbol of the support.
    pub fn max(&self) -> i32 {
        self.min + self.slots.len() as i32 - 2
    }

    /// The frequencies as given to [`CdfTable::new`], the escape last.
    pub fn freqs(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.slots.iter().map(|slot| u32::from(slot.size.get()))
    }

    /// The slot of a symbol of the support, or `None` for all others.
    pub fn slot(&self, symbol: i32) -> Option<Slot> {
        let index = usize::try_from(i64::from(symbol) - i64::from(self.min)).ok()?;
        let (_, support) = self.slots.split_last()?;
        support.get(index).copied()
    }

    /// The slot of the escape.
    pub fn escape(&self) -> Slot {
        self.slots[self.slots.len() - 1]
    }

    /// The entry that holds a quantile: the symbol, or `None` for the escape, and its slot.
    #[inline(always)]
    pub fn find(&self, quantile: u16) -> (Option<i32>, Slot) {
        let mut index = usize::from(self.lookup[usize::from(quantile >> 8)]);
        let last = self.slots.len() - 1;
        while index < last {
            let slot = self.slots[index];
            if quantile.wrapping_sub(slot.start) < slot.size.get() {
                return (Some(self.min + index as i32), slot);
            }
            index += 1;
        }
        (None, self.slots[last])
    }
}

fn lookup_of(slots: &[Slot]) -> [u16; 256] {
    let mut lookup = [0u16; 256];
    let mut index = 0;
    for (high, entry) in lookup.iter_mut().enumerate() {
        let quantile = (high << 8) as u32;
        while slots
            .get(index + 1)
            .is_some_and(|next| u32::from(next.start) <= quantile)
        {
            index += 1;
        }
        *entry = index as u16;
    }
    lookup
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coder::testing::tables;
    use proptest::prelude::*;

    #[test]
    fn broken_contracts_are_refused() {
        assert!(CdfTable::new(0, &[]).is_err());
        assert!(CdfTable::new(0, &[65536]).is_err());
        assert!(CdfTable::new(0, &[65536, 0]).is_err());
        assert!(CdfTable::new(0, &[0, 65535, 1]).is_err());
        assert!(CdfTable::new(0, &[65535, 2]).is_err());
        assert!(CdfTable::new(0, &[65534, 1]).is_err());
        assert!(CdfTable::new(0, &[u32::MAX, 65535, 2]).is_err());
        assert!(CdfTable::new(32767, &[1, 65534, 1]).is_err());
        assert!(CdfTable::new(-32768, &[1, 65535]).is_err());
        assert!(CdfTable::new(i32::MAX, &[1, 65535]).is_err());
        assert!(CdfTable::new(32767, &[1, 65535]).is_ok());
    }

    proptest! {
        #[test]
        fn every_quantile_is_found_in_its_slot(table in tables()) {
            let mut symbol = table.min();
            for quantile in 0..=u16::MAX {
                let (found, slot) = table.find(quantile);
                while symbol <= table.max()
                    && table.slot(symbol).is_some_and(|s| s.start as u32 + s.size.get() as u32 <= quantile as u32)
                {
                    symbol += 1;
                }
                let expected = (symbol <= table.max()).then_some(symbol);
                prop_assert_eq!(found, expected);
                prop_assert_eq!(slot, expected.and_then(|s| table.slot(s)).unwrap_or(table.escape()));
            }
        }
    }
}
