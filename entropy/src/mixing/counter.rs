//! How often a bit was 1 after a context.

/// Fractional bits of the probability inside a counter.
const BITS: u32 = 22;
/// Bits of the count.
const COUNT_BITS: u32 = 10;
const COUNT_MASK: u32 = (1 << COUNT_BITS) - 1;
/// The largest count that a counter can hold.
pub(super) const COUNT_MAX: u32 = COUNT_MASK;

/// The probability of a 1 after a context, and how many bits that is known from: the more, the less the next one
/// changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter(u32);

impl Default for Counter {
    fn default() -> Self {
        Self(1 << 31)
    }
}

impl Counter {
    /// A counter of `p` of 65536 known from `count` bits, at most 1023.
    pub fn new(p: u16, count: u16) -> Self {
        Self((u32::from(p) << 16) | u32::from(count).min(COUNT_MAX))
    }

    /// Probability and count with all their bits.
    pub(super) fn to_bits(self) -> u32 {
        self.0
    }

    /// Undoes [`Self::to_bits`].
    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The probability of a 1, of 65536.
    #[inline]
    pub fn p(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// How many bits it is known from, counted up to the limit that it learns with.
    #[inline]
    pub fn count(self) -> u16 {
        (self.0 & COUNT_MASK) as u16
    }

    /// Moves the probability towards `bit` by `1 / (count + 1.5)`, and counts up to `limit`.
    #[inline]
    pub(super) fn learn(&mut self, bit: bool, limit: u32, reciprocals: &[u16]) {
        let (p, count) = (self.0 >> COUNT_BITS, self.0 & COUNT_MASK);
        let step = u64::from(reciprocals[count as usize]);
        let p = if bit {
            p + ((u64::from((1 << BITS) - 1 - p) * step) >> 16) as u32
        } else {
            p - ((u64::from(p) * step) >> 16) as u32
        };
        let count = if count < limit { count + 1 } else { limit };
        self.0 = (p << COUNT_BITS) | count;
    }
}

/// `65536 / (count + 1.5)` for every count.
pub(super) fn reciprocals() -> &'static [u16] {
    const TABLE: [u16; COUNT_MAX as usize + 1] = {
        let mut table = [0; COUNT_MAX as usize + 1];
        let mut count = 0;
        while count < table.len() {
            table[count] = (131_072 / (2 * count + 3)) as u16;
            count += 1;
        }
        table
    };
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learns_a_share_and_stays_inside() {
        let mut counter = Counter::default();
        assert_eq!((counter.p(), counter.count()), (1 << 15, 0));
        for i in 0..5000 {
            counter.learn(i % 10 == 0, 255, reciprocals());
        }
        assert!(counter.p().abs_diff(6554) < 400, "{}", counter.p());
        assert_eq!(counter.count(), 255);
        for bit in [true, false] {
            for _ in 0..100_000 {
                counter.learn(bit, 1023, reciprocals());
            }
            assert!(if bit { counter.p() > 65_000 } else { counter.p() < 500 });
        }
        assert_eq!(Counter::new(77, 5000).count(), 1023);
    }
}
