//! Models that learn while they code: bits, small integers and integers of any size.
//!
//! They are meant for the range coder, and code in the same way with any other.

use std::num::NonZeroU16;

use super::{DecodeSymbols, EncodeSymbols};
use crate::error::{EntropyError, Result};

/// How fast the two estimates of a bit follow: a shift of the error.
const FAST: u32 = 4;
const SLOW: u32 = 7;
/// No bit is believed to be rarer than this, of 65536.
const RAREST: u16 = 64;

/// The probability of a bit, learned from the bits so far by a fast and a slow estimate.
///
/// ```
/// use lmc_entropy::coder::adaptive::AdaptiveBit;
/// use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
///
/// let mut encoder = RangeEncoder::new();
/// let mut model = AdaptiveBit::new();
/// for i in 0..1000 {
///     model.encode(&mut encoder, i % 100 == 0)?;
/// }
/// let bytes = encoder.finish();
/// assert!(bytes.len() < 24, "a rare bit is cheap: {} bytes", bytes.len());
///
/// let mut decoder = RangeDecoder::new(&bytes)?;
/// let mut model = AdaptiveBit::new();
/// for i in 0..1000 {
///     assert_eq!(model.decode(&mut decoder)?, i % 100 == 0);
/// }
/// decoder.finish()?;
/// # Ok::<(), lmc_entropy::EntropyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdaptiveBit {
    /// Estimates of the probability of a 1, of 65536.
    fast: u16,
    slow: u16,
}

impl Default for AdaptiveBit {
    fn default() -> Self {
        Self::new()
    }
}

impl AdaptiveBit {
    /// Both values equally likely.
    pub const fn new() -> Self {
        Self {
            fast: 1 << 15,
            slow: 1 << 15,
        }
    }

    /// The probability of a 1, of 65536.
    pub fn one(&self) -> NonZeroU16 {
        let mean = ((u32::from(self.fast) + u32::from(self.slow)) >> 1) as u16;
        let clamped = mean.clamp(RAREST, RAREST.wrapping_neg());
        NonZeroU16::new(clamped).unwrap_or(NonZeroU16::MIN)
    }

    /// Codes a bit and learns from it.
    ///
    /// # Errors
    ///
    /// Those of the coder.
    pub fn encode(&mut self, coder: &mut impl EncodeSymbols, bit: bool) -> Result<()> {
        coder.encode_bit(self.one(), bit)?;
        self.learn(bit);
        Ok(())
    }

    /// Decodes a bit and learns from it.
    ///
    /// # Errors
    ///
    /// Those of the coder.
    pub fn decode(&mut self, coder: &mut impl DecodeSymbols) -> Result<bool> {
        let bit = coder.decode_bit(self.one())?;
        self.learn(bit);
        Ok(bit)
    }

    fn learn(&mut self, bit: bool) {
        if bit {
            self.fast += (u16::MAX - self.fast) >> FAST;
            self.slow += (u16::MAX - self.slow) >> SLOW;
        } else {
            self.fast -= self.fast >> FAST;
            self.slow -= self.slow >> SLOW;
        }
    }
}

/// Integers of a fixed number of bits, coded from the highest bit down; every path learns.
#[derive(Debug, Clone)]
pub struct AdaptiveTree {
    bits: u32,
    /// One model per inner node, the root at 1.
    nodes: Vec<AdaptiveBit>,
}

impl AdaptiveTree {
    /// A model of the integers of `bits` bits.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] when `bits` is not in 1 to 12.
    pub fn new(bits: u32) -> Result<Self> {
        if !(1..=12).contains(&bits) {
            return Err(EntropyError::Parameter {
                what: "bits of an adaptive tree",
                value: i64::from(bits),
            });
        }
        Ok(Self {
            bits,
            nodes: vec![AdaptiveBit::new(); 1 << bits],
        })
    }

    /// Codes `value` and learns from it.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] when the value has too many bits, and those of the coder.
    pub fn encode(&mut self, coder: &mut impl EncodeSymbols, value: u32) -> Result<()> {
        if value >> self.bits != 0 {
            return Err(EntropyError::Parameter {
                what: "value for an adaptive tree",
                value: i64::from(value),
            });
        }
        let mut node = 1;
        for shift in (0..self.bits).rev() {
            let bit = (value >> shift) & 1;
            self.nodes[node].encode(coder, bit == 1)?;
            node = 2 * node + bit as usize;
        }
        Ok(())
    }

    /// Decodes a value and learns from it.
    ///
    /// # Errors
    ///
    /// Those of the coder.
    pub fn decode(&mut self, coder: &mut impl DecodeSymbols) -> Result<u32> {
        let mut node = 1;
        for _ in 0..self.bits {
            let bit = self.nodes[node].decode(coder)?;
            node = 2 * node + usize::from(bit);
        }
        Ok((node - (1 << self.bits)) as u32)
    }
}

/// Unsigned integers of any size, small ones cheap: an adaptive Exp-Golomb code.
///
/// With `n = floor(log2(value + 1))`: `n` ones and a zero, each learned at its place; the highest
/// of the lower `n` bits of `value + 1`, learned for its `n`; and the other bits as they are.
#[derive(Debug, Clone)]
pub struct AdaptiveInteger {
    length: [AdaptiveBit; 32],
    high: [AdaptiveBit; 32],
}

impl Default for AdaptiveInteger {
    fn default() -> Self {
        Self::new()
    }
}

impl AdaptiveInteger {
    /// A model that has seen nothing.
    pub const fn new() -> Self {
        Self {
            length: [AdaptiveBit::new(); 32],
            high: [AdaptiveBit::new(); 32],
        }
    }

    /// Codes `value` and learns from it.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] for `u32::MAX`, and those of the coder.
    pub fn encode(&mut self, coder: &mut impl EncodeSymbols, value: u32) -> Result<()> {
        let Some(code) = value.checked_add(1) else {
            return Err(EntropyError::Parameter {
                what: "value for an adaptive integer",
                value: i64::from(value),
            });
        };
        let n = code.ilog2() as usize;
        for model in &mut self.length[..n] {
            model.encode(coder, true)?;
        }
        if let Some(model) = self.length[..31].get_mut(n) {
            model.encode(coder, false)?;
        }
        if n > 0 {
            self.high[n].encode(coder, (code >> (n - 1)) & 1 == 1)?;
            let rest = n as u32 - 1;
            coder.encode_bits(code & !(u32::MAX << rest), rest)?;
        }
        Ok(())
    }

    /// Decodes a value and learns from it.
    ///
    /// # Errors
    ///
    /// Those of the coder.
    pub fn decode(&mut self, coder: &mut impl DecodeSymbols) -> Result<u32> {
        let mut n = 0;
        while n < 31 && self.length[n].decode(coder)? {
            n += 1;
        }
        if n == 0 {
            return Ok(0);
        }
        let high = u32::from(self.high[n].decode(coder)?);
        let rest = n as u32 - 1;
        let code = (1 << n) | (high << rest) | coder.decode_bits(rest)?;
        Ok(code - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coder::{RangeDecoder, RangeEncoder};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn integers_come_back(
            values in prop::collection::vec((0u32..32, 0..u32::MAX), 0..500),
            bits in 1u32..=12,
        ) {
            let mut encoder = RangeEncoder::new();
            let (mut tree, mut integer) = (AdaptiveTree::new(bits).unwrap(), AdaptiveInteger::new());
            for &(shift, value) in &values {
                tree.encode(&mut encoder, value & ((1 << bits) - 1)).unwrap();
                integer.encode(&mut encoder, value >> shift).unwrap();
            }
            let bytes = encoder.finish();
            let mut decoder = RangeDecoder::new(&bytes).unwrap();
            let (mut tree, mut integer) = (AdaptiveTree::new(bits).unwrap(), AdaptiveInteger::new());
            for &(shift, value) in &values {
                prop_assert_eq!(tree.decode(&mut decoder).unwrap(), value & ((1 << bits) - 1));
                prop_assert_eq!(integer.decode(&mut decoder).unwrap(), value >> shift);
            }
            decoder.finish().unwrap();
        }
    }

    #[test]
    fn probabilities_stay_inside() {
        for bit in [false, true] {
            let mut model = AdaptiveBit::new();
            for _ in 0..10_000 {
                model.learn(bit);
                assert!((RAREST..=RAREST.wrapping_neg()).contains(&model.one().get()));
            }
        }
        assert!(AdaptiveTree::new(0).is_err());
        assert!(AdaptiveTree::new(13).is_err());
        assert!(
            AdaptiveInteger::new()
                .encode(&mut RangeEncoder::new(), u32::MAX)
                .is_err()
        );
        assert!(
            AdaptiveInteger::new()
                .encode(&mut RangeEncoder::new(), u32::MAX - 1)
                .is_ok()
        );
    }
}
