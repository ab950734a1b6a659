//! The reading half.

use super::START;
use crate::coder::DecodeSymbols;
use crate::error::{EntropyError, Result};
use crate::table::Slot;

/// The most lanes of a stream.
const MAX_LANES: usize = 8;
const CUT: EntropyError = EntropyError::Malformed("rANS lane is cut");

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

/// Reads symbols that [`RansEncoder`](super::RansEncoder) wrote.
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
