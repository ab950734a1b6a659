//! A fast 64-bit hash of arrays of `i16`, for finding decoders that disagree; not for security.
//!
//! With wrapping arithmetic modulo 2^64, `K = 0x9E3779B97F4A7C15`, and `h = K` at the start:
//!
//! 1. An array is cut into blocks of four values; each block is read as one little-endian 64-bit
//!    word, the first value in the low bits, and the last block is filled up with zeros.
//! 2. For each word: `h = rotate_left((h ^ word) * K, 29)`.
//! 3. The number of values of the array follows as one more word. Further arrays continue with `h`.
//! 4. At the end: `h ^= h >> 32`, `h *= K`, `h ^= h >> 29`.
//!
//! The 32-bit form is the exclusive or of the two halves.

const K: u64 = 0x9E37_79B9_7F4A_7C15;

/// The hash of a sequence of arrays.
///
/// ```
/// use lmc_entropy::checksum::Checksum;
///
/// let mut sum = Checksum::new();
/// sum.update(&[1, -2, 3, 4, 5]);
/// assert_eq!(sum.finish(), 0x37fb_1b29_6043_4368);
/// assert_eq!(sum.finish32(), 0x57b8_5841);
/// ```
#[derive(Debug, Clone)]
pub struct Checksum {
    state: u64,
}

impl Default for Checksum {
    fn default() -> Self {
        Self::new()
    }
}

impl Checksum {
    /// The hash of no arrays.
    pub fn new() -> Self {
        Self { state: K }
    }

    /// Appends one array.
    pub fn update(&mut self, values: &[i16]) {
        let mut blocks = values.chunks_exact(4);
        for block in &mut blocks {
            self.word(pack(block));
        }
        if !blocks.remainder().is_empty() {
            self.word(pack(blocks.remainder()));
        }
        self.word(values.len() as u64);
    }

    /// The 64-bit hash of the arrays so far.
    pub fn finish(&self) -> u64 {
        let mut h = self.state;
        h ^= h >> 32;
        h = h.wrapping_mul(K);
        h ^ (h >> 29)
    }

    /// The two halves of [`Checksum::finish`], folded into 32 bits.
    pub fn finish32(&self) -> u32 {
        let h = self.finish();
        (h >> 32) as u32 ^ h as u32
    }

    #[inline(always)]
    fn word(&mut self, word: u64) {
        self.state = (self.state ^ word).wrapping_mul(K).rotate_left(29);
    }
}

/// Up to four values as one word, the first in the low bits.
#[inline(always)]
fn pack(block: &[i16]) -> u64 {
    block
        .iter()
        .rev()
        .fold(0, |word, &v| (word << 16) | u64::from(v as u16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(arrays: &[&[i16]]) -> u64 {
        let mut sum = Checksum::new();
        arrays.iter().for_each(|a| sum.update(a));
        sum.finish()
    }

    #[test]
    fn the_borders_between_arrays_count() {
        assert_ne!(hash(&[&[1, 2], &[3]]), hash(&[&[1], &[2, 3]]));
        assert_ne!(hash(&[&[1]]), hash(&[&[1, 0]]));
        assert_ne!(hash(&[]), hash(&[&[]]));
    }

    proptest! {
        #[test]
        fn one_changed_value_changes_both_forms(
            mut values in prop::collection::vec(any::<i16>(), 1..100),
            at in any::<prop::sample::Index>(),
            change in 1..=u16::MAX,
        ) {
            let mut before = Checksum::new();
            before.update(&values);
            let i = at.index(values.len());
            values[i] ^= change as i16;
            let mut after = Checksum::new();
            after.update(&values);
            prop_assert_ne!(before.finish(), after.finish());
            prop_assert_ne!(before.finish32(), after.finish32());
        }
    }
}
