//! Damage as it happens: bits flipped, parts cut out or doubled, parts of other streams in between. Repeatable.

use std::ops::Range;

/// A source of damage, the same for the same seed.
#[derive(Debug, Clone)]
pub struct Damager(u64);

impl Damager {
    /// Starts a series.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // A linear congruential generator whose upper bits are mixed once more.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 33) as usize % bound
    }

    /// A range of up to `longest` places within `length`; empty for nothing.
    pub fn range(&mut self, length: usize, longest: usize) -> Range<usize> {
        let start = self.below(length.max(1)).min(length);
        let end = (start + 1 + self.below(longest.max(1))).min(length);
        start..end
    }

    /// `good` with one kind of damage, or two; `others` lend their parts to splices.
    pub fn damage(&mut self, good: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..1 + self.below(8) / 7 {
            match self.below(6) {
                0 | 1 => self.flip(&mut bytes),
                2 => bytes.truncate(self.below(bytes.len().max(1))),
                3 => {
                    let range = self.range(bytes.len(), 400);
                    bytes.drain(range);
                }
                4 => self.splice(&mut bytes, others),
                _ => {
                    let range = self.range(bytes.len(), 200);
                    let copy = bytes[range].to_vec();
                    let at = self.below(bytes.len() + 1);
                    bytes.splice(at..at, copy);
                }
            }
        }
        bytes
    }

    /// Flips one to sixteen bits.
    fn flip(&mut self, bytes: &mut [u8]) {
        for _ in 0..1 + self.below(16) {
            if !bytes.is_empty() {
                bytes[self.below(bytes.len())] ^= 1 << self.below(8);
            }
        }
    }

    /// Puts a part of another stream in place of a part of this one.
    fn splice(&mut self, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
        let other = &others[self.below(others.len())];
        let from = self.range(other.len(), other.len());
        let to = self.range(bytes.len(), bytes.len());
        bytes.splice(to, other[from].iter().copied());
    }
}
