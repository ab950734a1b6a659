//! A small random generator whose numbers are part of the contract: the same seed gives the same crops for ever.

/// SplitMix64 (Steele, Lea and Flood, 2014): tiny, fast, and any 64-bit state is a good one.
pub(crate) struct Rng(u64);

impl Rng {
    /// A generator that depends on every key and on their order.
    pub(crate) fn from_keys(keys: &[u64]) -> Self {
        let state = keys
            .iter()
            .fold(0x9e37_79b9_7f4a_7c15, |state, &key| mix(state ^ mix(key)));
        Self(state)
    }

    /// The next 64 random bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number in `0..bound`; 0 where `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A fair coin.
    pub(crate) fn coin(&mut self) -> bool {
        self.next_u64() >> 63 == 1
    }

    /// The numbers `0..count` in random order.
    pub(crate) fn permutation(&mut self, count: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count).collect();
        for i in (1..order.len()).rev() {
            let j = self.below(i as u64 + 1) as usize;
            order.swap(i, j);
        }
        order
    }
}

fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// FNV-1a over 64 bits: names the contents of a file of crops, and sorts pictures into splits.
pub(crate) struct Fnv(u64);

impl Fnv {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self
    }

    pub(crate) fn number(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// The hash, mixed so that every bit of it is good.
    pub(crate) fn finish(self) -> u64 {
        mix(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_fixed() {
        // SplitMix64's published first output for state 0.
        assert_eq!(Rng(0).next_u64(), 0xe220_a839_7b1d_cdaf);
        let mut rng = Rng::from_keys(&[1, 2]);
        let mut other = Rng::from_keys(&[2, 1]);
        assert_ne!(rng.next_u64(), other.next_u64());
    }

    #[test]
    fn numbers_stay_in_range_and_cover_it() {
        let mut rng = Rng::from_keys(&[7]);
        let mut seen = [0u32; 5];
        for _ in 0..5000 {
            seen[rng.below(5) as usize] += 1;
            assert!((0.0..1.0).contains(&rng.unit()));
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
        assert_eq!(rng.below(0), 0);
    }

    #[test]
    fn permutation_holds_each_number_once() {
        let order = Rng::from_keys(&[3]).permutation(1000);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        assert_ne!(sorted, order);
        assert!(Rng::from_keys(&[3]).permutation(0).is_empty());
    }
}
