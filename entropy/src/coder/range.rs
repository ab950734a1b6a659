//! The range coder: serial, first in first out, for models that learn from each symbol.
//!
//! The bytes are the 32-bit words of `constriction`'s range coder, little-endian, without the zero
//! that may follow its last word.

use std::convert::Infallible;

use constriction::backends::ReadWords;
use constriction::stream::queue::{DefaultRangeEncoder, RangeDecoder as ConstrictionDecoder};
use constriction::stream::{Code, Decode, Encode};
use constriction::{CoderError, Queue};

use super::rans::{FindModel, SlotModel};
use super::{DecodeSymbols, EncodeSymbols};
use crate::error::{EntropyError, Result};
use crate::table::Slot;

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
#[derive(Debug, Clone, Default)]
pub struct RangeEncoder {
    inner: DefaultRangeEncoder,
}

impl RangeEncoder {
    /// An empty stream.
    pub fn new() -> Self {
        Self::default()
    }
}

impl EncodeSymbols for RangeEncoder {
    fn encode_slot(&mut self, slot: Slot) -> Result<()> {
        check_slot(slot)?;
        self.inner
            .encode_symbol((), SlotModel(slot))
            .map_err(|_| EntropyError::Malformed("range coder refused a slot"))
    }

    fn finish(self) -> Vec<u8> {
        // The last word may be a zero that only says what missing data says: it is left out, so
        // that a complete stream is always one word shorter than what its decoder reads.
        let state = self.inner.state();
        let point = state.lower().wrapping_add(u64::from(u32::MAX));
        let upper = state.lower().wrapping_add(state.range().get());
        let extra = point >> 32 == upper >> 32 && state.range().get() != u64::MAX;
        let Ok(mut words) = self.inner.into_compressed();
        words.truncate(words.len() - usize::from(extra));
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
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
    inner: ConstrictionDecoder<u32, u64, Words<'a>>,
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
        let words = Words {
            words,
            past: 0,
            most_past,
        };
        let inner =
            ConstrictionDecoder::with_backend(words).map_err(|_| EntropyError::Malformed("range stream ends early"))?;
        Ok(Self { inner })
    }
}

impl DecodeSymbols for RangeDecoder<'_> {
    fn decode_slot<T>(&mut self, find: impl Fn(u16) -> (T, Slot)) -> Result<T> {
        self.inner.decode_symbol(FindModel(find)).map_err(|error| match error {
            CoderError::Backend(PastEnd) => EntropyError::Malformed("range stream ends early"),
            CoderError::Frontend(_) => EntropyError::Malformed("range stream is damaged"),
        })
    }

    fn finish(self) -> Result<()> {
        let (rest, state, point) = self.inner.into_raw_parts();
        let untouched = state.range().get() == u64::MAX;
        if !rest.words.is_empty() {
            return Err(EntropyError::Malformed("data after the range stream"));
        }
        if rest.past != if untouched { WORDS_PAST_EMPTY } else { WORDS_PAST_END } {
            return Err(EntropyError::Malformed("range stream has the wrong length"));
        }
        if untouched {
            return Ok(());
        }
        // Other last words give the same symbols: only the one that encoders write is accepted.
        let last = state.lower().wrapping_add(u64::from(u32::MAX)) >> 32;
        if point >> 32 != last {
            return Err(EntropyError::Malformed(
                "range stream ends in another word than encoders write",
            ));
        }
        Ok(())
    }
}

/// A decoder read too far beyond its data.
#[derive(Debug, Clone, Copy)]
struct PastEnd;

impl From<Infallible> for PastEnd {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Little-endian words, followed by a few zeros.
#[derive(Debug, Clone)]
struct Words<'a> {
    words: &'a [[u8; 4]],
    past: u32,
    most_past: u32,
}

impl ReadWords<u32, Queue> for Words<'_> {
    type ReadError = PastEnd;

    fn read(&mut self) -> std::result::Result<Option<u32>, PastEnd> {
        if let Some((first, rest)) = self.words.split_first() {
            self.words = rest;
            return Ok(Some(u32::from_le_bytes(*first)));
        }
        self.past += 1;
        if self.past > self.most_past {
            return Err(PastEnd);
        }
        Ok(Some(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coder::testing::{Item, items, tables};
    use crate::table::CdfTable;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_goes_in_comes_out(tables in prop::collection::vec(tables(), 3), items in items(3)) {
            let mut encoder = RangeEncoder::new();
            for item in &items {
                match *item {
                    Item::Symbol(t, s) => encoder.encode(&tables[t], s).unwrap(),
                    Item::Bits(v, n) => encoder.encode_bits(v, n).unwrap(),
                    Item::Bit(p, b) => encoder.encode_bit(p.try_into().unwrap(), b).unwrap(),
                }
            }
            let bytes = encoder.finish();
            let mut decoder = RangeDecoder::new(&bytes).unwrap();
            for item in &items {
                match *item {
                    Item::Symbol(t, s) => prop_assert_eq!(decoder.decode(&tables[t]).unwrap(), s),
                    Item::Bits(v, n) => prop_assert_eq!(decoder.decode_bits(n).unwrap(), v),
                    Item::Bit(p, b) => {
                        prop_assert_eq!(decoder.decode_bit(p.try_into().unwrap()).unwrap(), b)
                    }
                }
            }
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
