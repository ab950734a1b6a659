//! What symbols cost: the length of an ideal code, in fixed point.
//!
//! A symbol whose probability is `p` of 65536 costs `-log2(p / 65536)` bits. Many symbols cost the logarithm of the
//! product of their probabilities, so [`CodeLength`] multiplies and takes one logarithm at the end.

use std::num::NonZeroU16;

/// Fractional bits of costs: they are in 1/65536 bits.
pub const FRACTION: u32 = 16;
/// One, in the fixed point of [`CodeLength::mantissa`].
const ONE: u32 = 1 << 31;

/// The length of an ideal code of many symbols.
///
/// The product of their probabilities is kept to 32 bits, rounded down: each symbol adds at most 2^-30 bits of error.
///
/// ```
/// use lmc_entropy::cost::{CodeLength, FRACTION};
///
/// let mut length = CodeLength::new();
/// for eighths in [4u16, 2, 1] {
///     length.add((eighths << 13).try_into()?);
/// }
/// assert_eq!(length.cost(), (1 + 2 + 3) << FRACTION);
/// # Ok::<(), std::num::TryFromIntError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLength {
    /// The product is `mantissa / ONE / 2^halvings`.
    halvings: u64,
    /// Never under [`ONE`].
    mantissa: u32,
}

impl Default for CodeLength {
    fn default() -> Self {
        Self::new()
    }
}

impl CodeLength {
    /// The length of no symbols.
    pub fn new() -> Self {
        Self {
            halvings: 0,
            mantissa: ONE,
        }
    }

    /// Appends a symbol whose probability is `p / 65536`.
    #[inline]
    pub fn add(&mut self, p: NonZeroU16) {
        let product = u64::from(self.mantissa) * u64::from(p.get());
        // 16 to 32, as the product has 32 to 48 bits.
        let zeros = product.leading_zeros();
        self.mantissa = (product >> (32 - zeros)) as u32;
        self.halvings += u64::from(zeros - 16);
    }

    /// The length so far, in 1/65536 bits, rounded up.
    pub fn cost(&self) -> u64 {
        (self.halvings << FRACTION) - u64::from(log2(self.mantissa))
    }
}

/// What a symbol costs whose probability is `p / 65536`, in 1/65536 bits, rounded up.
pub fn cost(p: NonZeroU16) -> u64 {
    let mut length = CodeLength::new();
    length.add(p);
    length.cost()
}

/// `log2(mantissa / ONE)` in 1/65536, by squaring: each doubling of the square past 2 is one bit of the logarithm.
fn log2(mantissa: u32) -> u32 {
    let mut square = u64::from(mantissa);
    let mut log = 0;
    for _ in 0..FRACTION {
        square = (square * square) >> 31;
        log <<= 1;
        if square >> 32 != 0 {
            square >>= 1;
            log |= 1;
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(value: u16) -> NonZeroU16 {
        NonZeroU16::new(value).unwrap()
    }

    #[test]
    fn known_values() {
        // ceil(-65536 log2(p / 65536)).
        for (value, wanted) in [
            (1, 16 << 16),
            (2, 15 << 16),
            (3, 944_704),
            (1000, 395_459),
            (21845, 103_874),
            (32768, 65_536),
            (49152, 27_200),
            (65535, 2),
        ] {
            assert_eq!(cost(p(value)), wanted, "{value}");
        }
        assert_eq!(CodeLength::default().cost(), 0);
    }

    #[test]
    fn rarer_symbols_cost_no_less() {
        let costs: Vec<u64> = (1..=u16::MAX).map(|value| cost(p(value))).collect();
        assert!(costs.is_sorted_by(|a, b| a >= b));
    }

    proptest! {
        #[test]
        fn a_sum_is_that_of_its_symbols(symbols in prop::collection::vec(1..=u16::MAX, 0..3000)) {
            let mut length = CodeLength::new();
            let mut each = 0;
            for &value in &symbols {
                length.add(p(value));
                each += cost(p(value));
            }
            // Each single cost is rounded up by less than one.
            let sum = length.cost();
            prop_assert!(sum <= each + 1 && each <= sum + symbols.len() as u64, "{sum} {each}");
        }
    }
}
