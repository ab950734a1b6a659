//! Interleaved rANS: several independent coders take the slots in turn.
//!
//! The bytes are the number of lanes (1, 2, 4 or 8), the lengths in words of all lanes but the
//! last as LEB128, and the words of each lane, little-endian. Slot `i` belongs to lane
//! `i % lanes`. A lane is a stack of 32-bit words with a 64-bit state that starts at 65536, the first slot coded last, so that a
//! decoder reads a lane from its end. The words are those of the crate `constriction`'s ANS coder (Bamler, 2022).

use super::range::check_slot;
use super::{DecodeSymbols, EncodeSymbols};
use crate::cost::CodeLength;
use crate::error::{EntropyError, Result};
use crate::table::Slot;

/// The most lanes of a stream.
const MAX_LANES: usize = 8;
/// The state before the first slot. Coding a slot never makes a state smaller, so a decoder that gets below this one
/// has left the data that an encoder wrote: it stops there, however many symbols it was asked for.
const START: u64 = 1 << 16;
const CUT: EntropyError = EntropyError::Malformed("rANS lane is cut");

/// Writes symbols with rANS; all of them are kept until the end.
///
/// ```
/// use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RansDecoder, RansEncoder};
/// use lmc_entropy::table::CdfTable;
///
/// let table = CdfTable::new(-1, &[8192, 49152, 8000, 192])?;
/// let mut encoder = RansEncoder::new();
/// for symbol in [0, 1, 0, -1, 7] {
///     encoder.encode(&table, symbol)?;
/// }
/// let bytes = encoder.finish();
/// assert_eq!(bytes, [1, 128, 94, 113, 30, 46, 0, 0, 0]);
///
/// let mut decoder = RansDecoder::new(&bytes)?;
/// for symbol in [0, 1, 0, -1, 7] {
///     assert_eq!(decoder.decode(&table)?, symbol);
/// }
/// decoder.finish()?;
/// # Ok::<(), lmc_entropy::EntropyError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct RansEncoder {
    slots: Vec<Slot>,
}

impl RansEncoder {
    /// An empty stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// What all symbols so far cost by their probabilities alone, in 1/65536 bits: see [`crate::cost`]. Escapes count with
    /// the bits that follow them; lanes and their lengths, which only the stream has, do not.
    pub fn cost(&self) -> u64 {
        let mut length = CodeLength::new();
        self.slots.iter().for_each(|slot| length.add(slot.size));
        length.cost()
    }

    /// Ends the stream with a given number of lanes: 1, 2, 4 or 8.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] for any other number.
    pub fn finish_with_lanes(self, lanes: usize) -> Result<Vec<u8>> {
        if ![1, 2, 4, 8].contains(&lanes) {
            return Err(EntropyError::Parameter {
                what: "number of lanes",
                value: lanes as i64,
            });
        }
        Ok(write_lanes(&self.slots, lanes))
    }
}

impl EncodeSymbols for RansEncoder {
    fn encode_slot(&mut self, slot: Slot) -> Result<()> {
        check_slot(slot)?;
        self.slots.push(slot);
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        write_lanes(&self.slots, choose_lanes(&self.slots))
    }
}

/// A lane costs about four bytes: as many as cost less than about 0.3 per cent.
fn choose_lanes(slots: &[Slot]) -> usize {
    let bits: u64 = slots
        .iter()
        .map(|slot| u64::from(slot.size.get().leading_zeros()))
        .sum();
    match bits / 8 {
        0..2048 => 1,
        2048..4096 => 2,
        4096..12288 => 4,
        _ => 8,
    }
}

fn write_lanes(slots: &[Slot], lanes: usize) -> Vec<u8> {
    let words = lane_words(slots, lanes);
    let mut bytes = vec![lanes as u8];
    for lane in &words[..lanes - 1] {
        write_leb128(&mut bytes, lane.len() as u64);
    }
    for word in words.iter().flatten() {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// The words of all lanes. Lanes take turns, so that the divisions of one do not wait for those of another.
fn lane_words(slots: &[Slot], lanes: usize) -> Vec<Vec<u32>> {
    let mut stacks = vec![Stack::new(); lanes];
    for turn in slots.chunks(lanes).rev() {
        for (stack, &slot) in stacks.iter_mut().zip(turn) {
            stack.push(slot);
        }
    }
    stacks.into_iter().map(Stack::into_words).collect()
}

/// A lane that is being written.
#[derive(Debug, Clone)]
struct Stack {
    words: Vec<u32>,
    state: u64,
}

impl Stack {
    fn new() -> Self {
        Self {
            words: Vec::new(),
            state: START,
        }
    }

    #[inline(always)]
    fn push(&mut self, slot: Slot) {
        let size = u64::from(slot.size.get());
        // The state after the slot would have more than 64 bits.
        if self.state >> 48 >= size {
            self.words.push(self.state as u32);
            self.state >>= 32;
        }
        let (quotient, rest) = (self.state / size, self.state % size);
        self.state = (quotient << 16) | (u64::from(slot.start) + rest);
    }

    /// The words, and behind them those of the state, without a leading zero.
    fn into_words(mut self) -> Vec<u32> {
        self.words.push(self.state as u32);
        if self.state >> 32 != 0 {
            self.words.push((self.state >> 32) as u32);
        }
        self.words
    }
}

fn write_leb128(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn read_leb128(bytes: &mut &[u8]) -> Result<u64> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let Some((&byte, rest)) = bytes.split_first() else {
            return Err(EntropyError::Malformed("lane lengths are cut"));
        };
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte == 0 && shift > 0 {
            return Err(EntropyError::Malformed("lane length is not in its shortest form"));
        }
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(EntropyError::Malformed("lane length too long"))
}

/// A lane that is being read.
#[derive(Debug, Clone, Copy, Default)]
struct Lane<'a> {
    /// Little-endian words, the next one last.
    words: &'a [[u8; 4]],
    state: u64,
}

impl<'a> Lane<'a> {
    fn new(words: &'a [[u8; 4]]) -> Result<Self> {
        let mut lane = Self { words, state: 0 };
        lane.refill();
        if !words.is_empty() && lane.state == 0 {
            return Err(EntropyError::Malformed("rANS lane ends in zero"));
        }
        lane.refill();
        Ok(lane)
    }

    /// Takes a word, if the state has room for one and there is one.
    #[inline(always)]
    fn refill(&mut self) {
        if self.state < 1 << 32
            && let Some((last, rest)) = self.words.split_last()
        {
            self.words = rest;
            self.state = self.state << 32 | u64::from(u32::from_le_bytes(*last));
        }
    }

    #[inline(always)]
    fn pop<T>(&mut self, find: impl Fn(u16) -> (T, Slot)) -> T {
        let quantile = self.state as u16;
        let (value, slot) = find(quantile);
        let rest = u64::from(quantile.wrapping_sub(slot.start));
        self.state = (self.state >> 16) * u64::from(slot.size.get()) + rest;
        self.refill();
        value
    }
}

/// Reads symbols that [`RansEncoder`] wrote.
#[derive(Clone)]
pub struct RansDecoder<'a> {
    /// The lanes in use; those after them are empty.
    lanes: [Lane<'a>; MAX_LANES],
    mask: usize,
    next: usize,
}

impl std::fmt::Debug for RansDecoder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RansDecoder")
            .field("lanes", &(self.mask + 1))
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl<'a> RansDecoder<'a> {
    /// Starts to read a stream.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the lanes do not fit the bytes.
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        let Some((&count, mut rest)) = bytes.split_first() else {
            return Err(EntropyError::Malformed("empty rANS stream"));
        };
        let count = usize::from(count);
        if ![1, 2, 4, 8].contains(&count) {
            return Err(EntropyError::Malformed("number of rANS lanes"));
        }
        let mut lengths = [0usize; MAX_LANES];
        for length in &mut lengths[..count - 1] {
            *length = usize::try_from(read_leb128(&mut rest)?)
                .map_err(|_| EntropyError::Malformed("lane length too long"))?;
        }
        let (mut words, tail) = rest.as_chunks::<4>();
        if !tail.is_empty() {
            return Err(EntropyError::Malformed("rANS stream is not whole words"));
        }
        let mut lanes = [(); MAX_LANES].map(|()| Lane::default());
        for (index, lane) in lanes[..count].iter_mut().enumerate() {
            let length = if index == count - 1 {
                words.len()
            } else {
                lengths[index]
            };
            let Some((own, others)) = words.split_at_checked(length) else {
                return Err(CUT);
            };
            words = others;
            *lane = Lane::new(own)?;
            if lane.state < START {
                return Err(CUT);
            }
        }
        Ok(Self {
            lanes,
            mask: count - 1,
            next: 0,
        })
    }
}

impl DecodeSymbols for RansDecoder<'_> {
    #[inline(always)]
    fn decode_slot<T>(&mut self, find: impl Fn(u16) -> (T, Slot)) -> Result<T> {
        let lane = &mut self.lanes[self.next % MAX_LANES];
        self.next = (self.next + 1) & self.mask;
        let value = lane.pop(find);
        // Only a lane without words is not refilled to 2^32.
        if lane.state < START {
            return Err(CUT);
        }
        Ok(value)
    }

    fn finish(self) -> Result<()> {
        for lane in self.lanes.into_iter().take(self.mask + 1) {
            if lane.state != START || !lane.words.is_empty() {
                return Err(EntropyError::Malformed("rANS lane does not end where it began"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;
    use crate::coder::reference;
    use crate::coder::testing::{Item, items, slots, tables};
    use crate::table::CdfTable;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_those_of_another_implementation(slots in slots()) {
            prop_assert_eq!(lane_words(&slots, 1), [reference::ans_words(&slots)]);
        }
    }

    fn write(tables: &[CdfTable], items: &[Item]) -> RansEncoder {
        let mut encoder = RansEncoder::new();
        for item in items {
            match *item {
                Item::Symbol(t, s) => encoder.encode(&tables[t], s).unwrap(),
                Item::Bits(v, n) => encoder.encode_bits(v, n).unwrap(),
                Item::Bit(p, b) => encoder.encode_bit(p.try_into().unwrap(), b).unwrap(),
            }
        }
        encoder
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_goes_in_comes_out(
            tables in prop::collection::vec(tables(), 3),
            items in items(3),
            lanes in prop::sample::select(vec![1usize, 2, 4, 8]),
        ) {
            let encoder = write(&tables, &items);
            let cost = encoder.cost();
            for bytes in [encoder.clone().finish_with_lanes(lanes).unwrap(), encoder.finish()] {
                // Nothing is shorter than an ideal code, and a lane is at most about eight bytes longer.
                let bits = (bytes.len() as u64 * 8) << 16;
                prop_assert!((cost..=cost + cost / 1000 + (800 << 16)).contains(&bits), "{cost} {bits}");
                let mut decoder = RansDecoder::new(&bytes).unwrap();
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
        }

        #[test]
        fn garbage_is_bounded(
            table in tables(),
            lanes in 0usize..4,
            mut bytes in prop::collection::vec(any::<u8>(), 1..200),
        ) {
            bytes[0] = 1 << lanes;
            if let Ok(mut decoder) = RansDecoder::new(&bytes) {
                for _ in 0..2000 {
                    let Ok(symbol) = decoder.decode(&table) else { break };
                    prop_assert!((-32767..=32767).contains(&symbol));
                }
            }
        }

        #[test]
        fn cut_streams_fail(items in items(1), table in tables(), lanes in 0usize..4, cut in any::<prop::sample::Index>()) {
            let tables = [table];
            let bytes = write(&tables, &items).finish_with_lanes(1 << lanes).unwrap();
            let cut = cut.index(bytes.len());
            let read = |bytes: &[u8]| -> Result<()> {
                let mut decoder = RansDecoder::new(bytes)?;
                for item in &items {
                    match *item {
                        Item::Symbol(t, _) => decoder.decode(&tables[t]).map(drop)?,
                        Item::Bits(_, n) => decoder.decode_bits(n).map(drop)?,
                        Item::Bit(p, _) => decoder.decode_bit(p.try_into().unwrap()).map(drop)?,
                    }
                }
                decoder.finish()
            };
            prop_assert_eq!(read(&bytes), Ok(()));
            prop_assert!(read(&bytes[..cut]).is_err());
        }
    }

    /// A slot of half of the range takes a bit of a lane: 48 and the words are all that a lane can give.
    #[test]
    fn exhausted_lanes_end() {
        let one = NonZeroU16::new(1 << 15).unwrap();
        for (lanes, words) in [(1usize, 1usize), (2, 6), (8, 40)] {
            let mut bytes = vec![lanes as u8];
            bytes.extend(std::iter::repeat_n((words / lanes) as u8, lanes - 1));
            bytes.extend((0..4 * words).map(|i| (i * 37 + 1) as u8));
            let mut decoder = RansDecoder::new(&bytes).unwrap();
            let count = (0..1_000_000).take_while(|_| decoder.decode_bit(one).is_ok()).count();
            assert!(
                count <= 32 * words + 48 * lanes,
                "{lanes} lanes of {words} words give {count} bits"
            );
        }
    }

    #[test]
    fn lanes_that_begin_below_the_first_state_are_refused() {
        assert!(RansDecoder::new(&[1]).is_err());
        assert!(RansDecoder::new(&[1, 0xff, 0xff, 0, 0]).is_err());
        assert!(RansDecoder::new(&[1, 0, 0, 1, 0]).is_ok());
    }

    #[test]
    fn long_forms_of_lane_lengths_are_refused() {
        let lanes = [0u8, 0, 1, 0, 0, 0, 1, 0];
        assert!(RansDecoder::new(&[&[2, 1], &lanes[..]].concat()).is_ok());
        for long in [&[0x81, 0][..], &[0x81, 0x80, 0], &[0x81, 0x80, 0x80, 0x80, 0]] {
            let bytes = [&[2], long, &lanes].concat();
            assert_eq!(
                RansDecoder::new(&bytes).err(),
                Some(EntropyError::Malformed("lane length is not in its shortest form"))
            );
        }
    }

    #[test]
    fn costs_are_those_of_the_slots() {
        let table = CdfTable::new(-1, &[8192, 49152, 8000, 192]).unwrap();
        let cost = |symbols: &[i32]| {
            let mut encoder = RansEncoder::new();
            for &symbol in symbols {
                encoder.encode(&table, symbol).unwrap();
            }
            encoder.cost()
        };
        assert_eq!((cost(&[]), cost(&[-1, -1])), (0, 6 << 16));
        // The escape, a bit for the side, and 5 for a distance of 5: two zeros, a one, and two bits of 6.
        let escape = crate::cost::cost(table.escape().size);
        assert_eq!((cost(&[2]), cost(&[7])), (escape + (2 << 16), escape + (6 << 16)));
    }

    #[test]
    fn wrong_lane_counts_are_refused() {
        assert!(RansDecoder::new(&[]).is_err());
        assert!(RansDecoder::new(&[3]).is_err());
        assert!(RansDecoder::new(&[2, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
        assert!(RansDecoder::new(&[1, 1, 0, 0]).is_err());
        assert!(RansDecoder::new(&[1, 0, 0, 0, 0]).is_err());
        assert!(RansEncoder::new().finish_with_lanes(3).is_err());
        assert_eq!(RansEncoder::new().finish(), [1, 0, 0, 1, 0]);
    }
}
