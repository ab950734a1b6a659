//! Bits of FLAC frames, the highest first.

/// Reads bits off a piece of a file; `None` behind its end.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte to take.
    at: usize,
    /// Bits that were taken and not read, at the top.
    cache: u64,
    cached: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            cache: 0,
            cached: 0,
        }
    }

    fn fill(&mut self) {
        while self.cached <= 48
            && let Some(&byte) = self.bytes.get(self.at)
        {
            self.cache |= u64::from(byte) << (56 - self.cached);
            self.cached += 8;
            self.at += 1;
        }
    }

    /// Up to 49 bits.
    pub(super) fn take(&mut self, count: u32) -> Option<u64> {
        if count == 0 {
            return Some(0);
        }
        if self.cached < count {
            self.fill();
        }
        self.cached = self.cached.checked_sub(count)?;
        let bits = self.cache >> (64 - count);
        self.cache <<= count;
        Some(bits)
    }

    /// Up to 49 bits in two's complement.
    pub(super) fn signed(&mut self, count: u32) -> Option<i64> {
        if count == 0 {
            return Some(0);
        }
        let bits = self.take(count)?;
        Some((bits << (64 - count)) as i64 >> (64 - count))
    }

    /// Zeros before the next one, which is taken too.
    pub(super) fn zeros(&mut self) -> Option<u32> {
        let mut zeros = 0u32;
        loop {
            self.fill();
            let here = self.cache.leading_zeros().min(self.cached);
            if here < self.cached {
                self.take(here + 1)?;
                return zeros.checked_add(here);
            }
            if self.cached == 0 {
                return None;
            }
            zeros = zeros.checked_add(here)?;
            (self.cache, self.cached) = (0, 0);
        }
    }

    /// Bytes that were begun.
    pub(super) fn bytes_read(&self) -> usize {
        self.at - self.cached as usize / 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_their_order() {
        let mut bits = Bits::new(&[0b1010_0001, 0, 0, 0b0001_1111, 0xff]);
        assert_eq!((bits.take(3), bits.signed(2)), (Some(5), Some(0)));
        assert_eq!((bits.zeros(), bits.bytes_read()), (Some(2), 1));
        assert_eq!((bits.zeros(), bits.take(12)), (Some(19), Some(0xfff)));
        assert_eq!((bits.bytes_read(), bits.take(1), bits.zeros()), (5, None, None));
        assert_eq!(Bits::new(&[0b1100_0000]).signed(2), Some(-1));
    }
}
