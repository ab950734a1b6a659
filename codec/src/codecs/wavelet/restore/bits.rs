//! Signed Exp-Golomb codes, the highest bit of a byte first.

/// More bits than any coefficient has.
const MOST_BITS: u32 = 24;

/// 0, 1, -1, 2, -2 as 0, 1, 2, 3, 4.
fn folded(value: i32) -> u32 {
    if value > 0 {
        value.unsigned_abs() * 2 - 1
    } else {
        value.unsigned_abs() * 2
    }
}

/// Bits of a value: the number that follows, with a zero ahead of it for each of its bits beyond `order` and one.
pub(super) fn length(value: i32, order: u32) -> u32 {
    let bits = (folded(value) + (1 << order)).ilog2();
    2 * bits + 1 - order
}

pub(super) struct BitWriter {
    bytes: Vec<u8>,
    free: u32,
}

impl BitWriter {
    /// Goes on behind `bytes`.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, free: 0 }
    }

    pub(super) fn put(&mut self, value: i32, order: u32) {
        let number = folded(value) + (1 << order);
        for place in (0..length(value, order)).rev() {
            self.bit(number.checked_shr(place).is_some_and(|shifted| shifted & 1 != 0));
        }
    }

    fn bit(&mut self, one: bool) {
        if self.free == 0 {
            self.bytes.push(0);
            self.free = 8;
        }
        self.free -= 1;
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(one) << self.free;
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn bit(&mut self) -> Result<u32, &'static str> {
        let byte = self.bytes.get(self.at / 8).ok_or("it is cut short")?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Ok(u32::from(bit))
    }

    pub(super) fn get(&mut self, order: u32) -> Result<i32, &'static str> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros + order > MOST_BITS {
                return Err("a coefficient is too large");
            }
        }
        let mut number = 1;
        for _ in 0..zeros + order {
            number = number << 1 | self.bit()?;
        }
        let folded = number.checked_sub(1 << order).ok_or("a coefficient is malformed")?;
        let size = folded.div_ceil(2) as i32;
        Ok(if folded % 2 == 1 { size } else { -size })
    }

    /// What is left must be less than a byte of zeros.
    pub(super) fn finish(self) -> Result<(), &'static str> {
        let padding = (!self.at.is_multiple_of(8)).then(|| self.bytes[self.at / 8] << (self.at % 8));
        if padding.unwrap_or(0) != 0 || self.at.div_ceil(8) != self.bytes.len() {
            return Err("it is too long");
        }
        Ok(())
    }
}
