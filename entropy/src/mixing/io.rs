//! Where bits go to or come from, so that one function codes both ways.

use std::num::NonZeroU16;

use super::logistic::cost;
use crate::coder::{DecodeSymbols, EncodeSymbols};
use crate::error::Result;

/// One direction of coding: code that is generic over it can not differ between encoder and decoder.
pub trait BitIo {
    /// Codes a bit whose probability of being 1 is `one / 65536`: an encoder writes `bit` and returns it, a
    /// decoder ignores it and returns what it reads.
    ///
    /// # Errors
    ///
    /// Those of the coder.
    fn code(&mut self, one: NonZeroU16, bit: bool) -> Result<bool>;

    /// Codes the lower `count` bits of `value`, at most 32, all values alike.
    ///
    /// # Errors
    ///
    /// Those of the coder.
    fn code_bits(&mut self, value: u32, count: u32) -> Result<u32>;
}

/// Writes bits.
#[derive(Debug)]
pub struct Writing<'a, C>(pub &'a mut C);

impl<C: EncodeSymbols> BitIo for Writing<'_, C> {
    #[inline]
    fn code(&mut self, one: NonZeroU16, bit: bool) -> Result<bool> {
        self.0.encode_bit(one, bit).map(|()| bit)
    }

    fn code_bits(&mut self, value: u32, count: u32) -> Result<u32> {
        self.0.encode_bits(value, count).map(|()| value)
    }
}

/// Reads bits.
#[derive(Debug)]
pub struct Reading<'a, D>(pub &'a mut D);

impl<D: DecodeSymbols> BitIo for Reading<'_, D> {
    #[inline]
    fn code(&mut self, one: NonZeroU16, _: bool) -> Result<bool> {
        self.0.decode_bit(one)
    }

    fn code_bits(&mut self, _: u32, count: u32) -> Result<u32> {
        self.0.decode_bits(count)
    }
}

/// Writes nothing and sums up what bits would cost, for encoders that choose and for training.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    cost: u64,
}

impl Tally {
    /// What was coded so far, in 1/4096 bits.
    pub fn cost(&self) -> u64 {
        self.cost
    }
}

impl BitIo for Tally {
    #[inline]
    fn code(&mut self, one: NonZeroU16, bit: bool) -> Result<bool> {
        let p = if bit { one.get() } else { one.get().wrapping_neg() };
        self.cost += u64::from(cost(p));
        Ok(bit)
    }

    fn code_bits(&mut self, value: u32, count: u32) -> Result<u32> {
        self.cost += u64::from(count) << 12;
        Ok(value)
    }
}
