//! Entropy coders: a range coder for serial models and interleaved rANS for speed.
//!
//! Both code *slots*, intervals of 65536; symbols of a table, plain bits and adaptive bits are
//! built on that one step, so every coder codes all of them.
//!
//! A symbol outside the support of its table is coded as the escape, one bit for the side (1 for
//! below), and the Exp-Golomb code of order 0 of its distance `d` beyond the support, counted from
//! 0: with `n = floor(log2(d + 1))`, `n` zero bits, a one bit, and the lower `n` bits of `d + 1`.

pub mod adaptive;
mod range;
mod rans;
#[cfg(test)]
mod reference;
#[cfg(test)]
pub(crate) mod testing;

use std::num::NonZeroU16;

pub use range::{RangeDecoder, RangeEncoder};
pub use rans::{RansDecoder, RansEncoder};

use crate::error::{EntropyError, Result};
use crate::table::{CdfTable, SYMBOL_MAX, Slot};

/// The widest distance code: distances of at most 65534.
const DISTANCE_BITS: u32 = 15;

/// What writes symbols.
pub trait EncodeSymbols: Sized {
    /// Codes one interval of 65536.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] when the slot does not lie in 65536.
    fn encode_slot(&mut self, slot: Slot) -> Result<()>;

    /// Ends the stream and gives its bytes.
    fn finish(self) -> Vec<u8>;

    /// Codes one symbol with a table, through the escape when it lies outside its support.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Symbol`] when the symbol is outside `-32767..=32767`.
    fn encode(&mut self, table: &CdfTable, symbol: i32) -> Result<()> {
        match table.slot(symbol) {
            Some(slot) => self.encode_slot(slot),
            None => encode_escaped(self, table, symbol),
        }
    }

    /// Codes the lower `count` bits of `value`, at most 32, all values alike.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] when `count` is more than 32 or `value` has more bits.
    fn encode_bits(&mut self, value: u32, count: u32) -> Result<()> {
        if count > 32 || u64::from(value) >> count != 0 {
            return Err(EntropyError::Parameter {
                what: "number of bits for a value",
                value: i64::from(count),
            });
        }
        if count > 16 {
            self.encode_slot(bits_slot((value >> 16) as u16, count - 16))?;
        }
        match count.min(16) {
            0 => Ok(()),
            low => self.encode_slot(bits_slot(value as u16, low)),
        }
    }

    /// Codes one bit whose probability of being 1 is `one / 65536`.
    ///
    /// # Errors
    ///
    /// None for the coders of this crate.
    fn encode_bit(&mut self, one: NonZeroU16, bit: bool) -> Result<()> {
        self.encode_slot(bit_slots(one)[usize::from(bit)])
    }
}

/// What reads symbols.
pub trait DecodeSymbols: Sized {
    /// Decodes one interval: `find` gives a value and its slot for the quantile it is shown.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the data cannot be what an encoder wrote.
    fn decode_slot<T>(&mut self, find: impl Fn(u16) -> (T, Slot)) -> Result<T>;

    /// Ends the stream.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when data is left, data is missing or the state is not that of
    /// a complete stream.
    fn finish(self) -> Result<()>;

    /// Decodes one symbol with the table it was coded with.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the data cannot be what an encoder wrote.
    #[inline(always)]
    fn decode(&mut self, table: &CdfTable) -> Result<i32> {
        match self.decode_slot(|quantile| table.find(quantile))? {
            Some(symbol) => Ok(symbol),
            None => decode_escaped(self, table),
        }
    }

    /// Decodes `count` bits, at most 32.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the data cannot be what an encoder wrote, and
    /// [`EntropyError::Parameter`] when `count` is more than 32.
    fn decode_bits(&mut self, count: u32) -> Result<u32> {
        if count > 32 {
            return Err(EntropyError::Parameter {
                what: "number of bits",
                value: i64::from(count),
            });
        }
        let mut value = 0;
        for part in [count.saturating_sub(16), count.min(16)] {
            if part > 0 {
                value <<= 16;
                value |= self.decode_slot(|quantile| {
                    let bits = quantile >> (16 - part);
                    (u32::from(bits), bits_slot(bits, part))
                })?;
            }
        }
        Ok(value)
    }

    /// Decodes one bit whose probability of being 1 is `one / 65536`.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the data cannot be what an encoder wrote.
    fn decode_bit(&mut self, one: NonZeroU16) -> Result<bool> {
        let slots = bit_slots(one);
        self.decode_slot(|quantile| {
            let bit = quantile >= slots[1].start;
            (bit, slots[usize::from(bit)])
        })
    }
}

/// The slot of `bits` among the values of `count` bits, 1 to 16.
fn bits_slot(bits: u16, count: u32) -> Slot {
    let shift = 16 - count;
    Slot {
        start: bits << shift,
        size: NonZeroU16::MIN.saturating_mul(NonZeroU16::new(1 << shift).unwrap_or(NonZeroU16::MIN)),
    }
}

/// The slots of a bit: zero first.
fn bit_slots(one: NonZeroU16) -> [Slot; 2] {
    let zero = one.get().wrapping_neg();
    let size = NonZeroU16::new(zero).unwrap_or(NonZeroU16::MIN);
    [Slot { start: 0, size }, Slot { start: zero, size: one }]
}

#[cold]
fn encode_escaped(coder: &mut impl EncodeSymbols, table: &CdfTable, symbol: i32) -> Result<()> {
    if !(-SYMBOL_MAX..=SYMBOL_MAX).contains(&symbol) {
        return Err(EntropyError::Symbol(i64::from(symbol)));
    }
    let below = symbol < table.min();
    let distance = if below {
        table.min() - 1 - symbol
    } else {
        symbol - table.max() - 1
    };
    let code = distance as u32 + 1;
    let length = code.ilog2();
    coder.encode_slot(table.escape())?;
    coder.encode_bits(u32::from(below), 1)?;
    for _ in 0..length {
        coder.encode_bits(0, 1)?;
    }
    coder.encode_bits(1, 1)?;
    coder.encode_bits(code & !(1 << length), length)
}

#[cold]
fn decode_escaped(coder: &mut impl DecodeSymbols, table: &CdfTable) -> Result<i32> {
    let below = coder.decode_bits(1)? == 1;
    let mut length = 0;
    while coder.decode_bits(1)? == 0 {
        length += 1;
        if length > DISTANCE_BITS {
            return Err(EntropyError::Malformed("escape code too long"));
        }
    }
    let code = (1 << length) | coder.decode_bits(length)?;
    let distance = (code - 1) as i32;
    let symbol = if below {
        table.min() - 1 - distance
    } else {
        table.max() + 1 + distance
    };
    if !(-SYMBOL_MAX..=SYMBOL_MAX).contains(&symbol) {
        return Err(EntropyError::Malformed("escaped symbol out of range"));
    }
    Ok(symbol)
}
