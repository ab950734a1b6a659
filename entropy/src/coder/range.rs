//! The range coder: serial, first in first out, for models that learn from each symbol.
//!
//! The state is an interval of 64 bits, `lower` and `range`. A slot cuts a part out of it; when less than 32 bits are left, the upper
//! word of `lower` goes out, and a later carry runs back through the words. The bytes are these words, little-endian: those of the
//! crate `constriction`'s range coder (Bamler, 2022), without the zero that may follow its last word.

use super::{DecodeSymbols, EncodeSymbols};
use crate::error::{EntropyError, Result};
use crate::table::Slot;

/// The smallest range before a slot.
const WORD: u64 = 1 << 32;
/// How many words of zeros the decoder of a complete stream reads after its end: two to begin with where it is empty.
const WORDS_PAST_END: u32 = 1;
const WORDS_PAST_EMPTY: u32 = 2;

/// Writes symbols with the range coder.
///
/// ```
/// use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
/// use lmc_entropy::table::CdfTable;
///
/// let table = CdfTable::new(-1, &[8192, 49152, 8000, 192])?;
/// let mut encoder = RangeEncoder::new();
/// for symbol in [0, 1, 0, -1, 7] {
///     encoder.encode(&table, symbol)?;
/// }
/// let bytes = encoder.finish();
/// assert_eq!(bytes, [173, 1, 31, 205]);
///
/// let mut decoder = RangeDecoder::new(&bytes)?;
/// for symbol in [0, 1, 0, -1, 7] {
///     assert_eq!(decoder.decode(&table)?, symbol);
/// }
/// decoder.finish()?;
/// # Ok::<(), lmc_entropy::EntropyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RangeEncoder {
    words: Vec<u32>,
    lower: u64,
    range: u64,
}

impl Default for RangeEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl RangeEncoder {
    /// An empty stream.
    pub fn new() -> Self {
        Self {
            words: Vec::new(),
            lower: 0,
            range: u64::MAX,
        }
    }

    /// Adds to `lower`, and to the words before it where it overflows.
    fn add(&mut self, value: u64) {
        let carry;
        (self.lower, carry) = self.lower.overflowing_add(value);
        if carry {
            for word in self.words.iter_mut().rev() {
                *word = word.wrapping_add(1);
                if *word != 0 {
                    break;
                }
            }
        }
    }
}

impl EncodeSymbols for RangeEncoder {
    fn encode_slot(&mut self, slot: Slot) -> Result<()> {
        check_slot(slot)?;
        let scale = self.range >> 16;
        self.add(scale * u64::from(slot.start));
        self.range = scale * u64::from(slot.size.get());
        if self.range < WORD {
            self.words.push((self.lower >> 32) as u32);
            self.lower <<= 32;
            self.range <<= 32;
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        // The first word of which all continuations lie in the interval.
        if self.range != u64::MAX {
            self.add(WORD - 1);
            self.words.push((self.lower >> 32) as u32);
        }
        self.words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

/// Refuses a slot that ends after 65536.
pub(super) fn check_slot(slot: Slot) -> Result<()> {
    let end = u32::from(slot.start) + u32::from(slot.size.get());
    if end > crate::table::TOTAL {
        return Err(EntropyError::Parameter {
            what: "end of a slot",
            value: i64::from(end),
        });
    }
    Ok(())
}

/// Reads symbols that [`RangeEncoder`] wrote.
#[derive(Debug, Clone)]
pub struct RangeDecoder<'a> {
    words: Words<'a>,
    lower: u64,
    range: u64,
    /// The next 64 bits of the stream, on the scale of `lower`.
    point: u64,
}

impl<'a> RangeDecoder<'a> {
    /// Starts to read a stream.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the bytes are not a whole number of words.
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        let (words, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(EntropyError::Malformed("range stream is not whole words"));
        }
        let most_past = if words.is_empty() {
            WORDS_PAST_EMPTY
        } else {
            WORDS_PAST_END
        };
        let mut words = Words {
            words,
            past: 0,
            most_past,
        };
        let point = words.next()? << 32 | words.next()?;
        Ok(Self {
            words,
            lower: 0,
            range: u64::MAX,
            point,
        })
    }
}

impl DecodeSymbols for RangeDecoder<'_> {
    fn decode_slot<T>(&mut self, find: impl Fn(u16) -> (T, Slot)) -> Result<T> {
        let scale = self.range >> 16;
        let quantile = u16::try_from(self.point.wrapping_sub(self.lower) / scale)
            .map_err(|_| EntropyError::Malformed("range stream is damaged"))?;
        let (value, slot) = find(quantile);
        self.lower = self.lower.wrapping_add(scale * u64::from(slot.start));
        self.range = scale * u64::from(slot.size.get());
        if self.range < WORD {
            self.lower <<= 32;
            self.range <<= 32;
            self.point = self.point << 32 | self.words.next()?;
        }
        Ok(value)
    }

    fn finish(self) -> Result<()> {
        let untouched = self.range == u64::MAX;
        if !self.words.words.is_empty() {
            return Err(EntropyError::Malformed("data after the range stream"));
        }
        if self.words.past != if untouched { WORDS_PAST_EMPTY } else { WORDS_PAST_END } {
            return Err(EntropyError::Malformed("range stream has the wrong length"));
        }
        if untouched {
            return Ok(());
        }
        // Other last words give the same symbols: only the one that encoders write is accepted.
        let last = self.lower.wrapping_add(WORD - 1) >> 32;
        if self.point >> 32 != last {
            return Err(EntropyError::Malformed(
                "range stream ends in another word than encoders write",
            ));
        }
        Ok(())
    }
}

/// Little-endian words, followed by a few zeros.
#[derive(Debug, Clone)]
struct Words<'a> {
    words: &'a [[u8; 4]],
    past: u32,
    most_past: u32,
}

impl Words<'_> {
    #[inline(always)]
    fn next(&mut self) -> Result<u64> {
        if let Some((first, rest)) = self.words.split_first() {
            self.words = rest;
            return Ok(u64::from(u32::from_le_bytes(*first)));
        }
        self.past += 1;
        if self.past > self.most_past {
            return Err(EntropyError::Malformed("range stream ends early"));
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coder::reference;
    use crate::coder::testing::{encode_all, items, read_all, slots, tables};
    use crate::table::CdfTable;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_those_of_another_implementation(slots in slots()) {
            let mut encoder = RangeEncoder::new();
            slots.iter().for_each(|slot| encoder.encode_slot(*slot).unwrap());
            let mut bytes = encoder.finish();
            let wanted = reference::range_bytes(&slots);
            if bytes.len() < wanted.len() {
                bytes.extend([0; 4]);
            }
            prop_assert_eq!(bytes, wanted);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_goes_in_comes_out(tables in prop::collection::vec(tables(), 3), items in items(3)) {
            let bytes = encode_all(RangeEncoder::new(), &tables, &items).finish();
            let mut decoder = RangeDecoder::new(&bytes).unwrap();
            prop_assert_eq!(read_all(&mut decoder, &tables, &items), Ok(items.clone()));
            decoder.finish().unwrap();
        }

        #[test]
        fn garbage_ends(table in tables(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(mut decoder) = RangeDecoder::new(&bytes) {
                let count = (0..10_000_000).take_while(|_| decoder.decode(&table).is_ok()).count();
                prop_assert!(count < 10_000_000);
            }
        }
    }

    /// No two streams give the same symbols.
    #[test]
    fn only_the_last_word_that_encoders_write_is_accepted() {
        let table = CdfTable::new(0, &[32768, 32767, 1]).unwrap();
        for count in 1..70 {
            let mut encoder = RangeEncoder::new();
            (0..count).for_each(|i| encoder.encode(&table, i * 7919 % 13 % 2).unwrap());
            let bytes = encoder.finish();
            let read = |bytes: &[u8]| -> Result<Vec<i32>> {
                let mut decoder = RangeDecoder::new(bytes)?;
                let symbols: Result<Vec<i32>> = (0..count).map(|_| decoder.decode(&table)).collect();
                decoder.finish().and(symbols)
            };
            let symbols = read(&bytes).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut other = bytes.clone();
                other[bit / 8] ^= 1 << (bit % 8);
                assert_ne!(read(&other), Ok(symbols.clone()), "{count} symbols, bit {bit}");
            }
        }
    }

    #[test]
    fn cut_streams_and_longer_streams_fail() {
        let table = CdfTable::new(0, &[32768, 32767, 1]).unwrap();
        let mut encoder = RangeEncoder::new();
        (0..1000).for_each(|i| encoder.encode(&table, i * 7919 % 13 % 2).unwrap());
        let bytes = encoder.finish();
        let read = |bytes: &[u8]| -> Result<()> {
            let mut decoder = RangeDecoder::new(bytes)?;
            for _ in 0..1000 {
                decoder.decode(&table)?;
            }
            decoder.finish()
        };
        assert_eq!(read(&bytes), Ok(()));
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_err(), "{cut} bytes");
        }
        let longer = [&bytes[..], &[0; 4]].concat();
        assert!(read(&longer).is_err());
        let nothing = |bytes| RangeDecoder::new(bytes).and_then(RangeDecoder::finish);
        assert_eq!(nothing(&[]), Ok(()));
        assert!(nothing(&[0; 4]).is_err() && nothing(&[0; 8]).is_err());
    }
}
