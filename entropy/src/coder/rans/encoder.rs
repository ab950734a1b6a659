//! The writing half.

use super::START;
use crate::coder::EncodeSymbols;
use crate::coder::range::check_slot;
use crate::cost::CodeLength;
use crate::error::{EntropyError, Result};
use crate::table::Slot;

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

/// The number of lanes that adds less than about 0.3 per cent: a lane costs about four bytes.
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
pub(super) fn lane_words(slots: &[Slot], lanes: usize) -> Vec<Vec<u32>> {
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
        self.state = (quotient << 16) + u64::from(slot.start) + rest;
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
