//! The bits of entropy-coded data, and the Huffman codes in them.

/// Bits that one look-up in a table of codes decides.
const FAST_BITS: u32 = 10;

/// A Huffman table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Length << 8 | symbol of the codes of at most `FAST_BITS` bits; 0 for others.
    fast: Vec<u16>,
    /// For each length, the first code above those of that length, aligned to 16 bits.
    limits: [u32; 17],
    /// For each length, what to add to a code to get the index of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
    /// Whether a code consists of ones, which the standard forbids.
    has_ones: bool,
}

impl Table {
    /// A table of codes, with `counts` of each length from 1 to 16 bits; `None` if there are no such codes.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            fast: vec![0; 1 << FAST_BITS],
            limits: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
            has_ones: false,
        };
        let (mut code, mut index) = (0u32, 0usize);
        for (length, &count) in (1u32..).zip(counts) {
            table.offsets[length as usize] = index as i32 - code as i32;
            for _ in 0..count {
                let symbol = *symbols.get(index)?;
                table.put_fast(code, length, symbol);
                (code, index) = (code + 1, index + 1);
            }
            if code > 1 << length {
                return None;
            }
            table.has_ones |= count > 0 && code == 1 << length;
            table.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Some(table)
    }

    /// Whether no code consists of ones, and no symbol is above `most`. Tables that no scan uses may be wrong.
    pub(super) fn is_valid(&self, most: u8) -> bool {
        !self.has_ones && self.symbols.iter().all(|&symbol| symbol <= most)
    }

    fn put_fast(&mut self, code: u32, length: u32, symbol: u8) {
        if length <= FAST_BITS {
            let first = (code << (FAST_BITS - length)) as usize;
            let entries = self.fast.iter_mut().skip(first).take(1 << (FAST_BITS - length));
            entries.for_each(|entry| *entry = (length << 8) as u16 | u16::from(symbol));
        }
    }

    /// Length and symbol of the code that `bits`, the next 16, begin with, if it is a long one.
    fn slow(&self, bits: u32) -> Option<(u32, u8)> {
        let length = (FAST_BITS + 1..=16).find(|&length| bits < self.limits[length as usize])?;
        let index = (bits >> (16 - length)) as i32 + self.offsets[length as usize];
        let symbol = self.symbols.get(usize::try_from(index).ok()?)?;
        Some((length, *symbol))
    }
}

/// Reads bits up to the next marker, and zeros behind it.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// The next byte to take.
    at: usize,
    /// The next bits, the first one on top.
    buffer: u64,
    /// Bits in the buffer.
    count: u32,
    /// Bits in the buffer, the last ones, that the data do not hold.
    invented: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8], at: usize) -> Self {
        Self {
            data,
            at,
            buffer: 0,
            count: 0,
            invented: 0,
        }
    }

    #[inline]
    fn fill(&mut self) {
        while self.count <= 56 {
            let byte = match (self.data.get(self.at), self.data.get(self.at + 1)) {
                (Some(0xff), Some(0)) => {
                    self.at += 2;
                    0xff
                }
                (Some(0xff), _) | (None, _) => {
                    self.invented += 8;
                    0
                }
                (Some(&byte), _) => {
                    self.at += 1;
                    byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline]
    fn skip(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.count -= bits;
    }

    /// Whether more bits were taken than there are.
    #[inline]
    pub(super) fn is_short(&self) -> bool {
        self.invented > self.count
    }

    /// The symbol of the next code; `None` where there is no such code.
    #[inline]
    pub(super) fn symbol(&mut self, table: &Table) -> Option<u8> {
        // Enough for the code and the bits behind it.
        if self.count < 32 {
            self.fill();
        }
        let entry = table.fast[(self.buffer >> (64 - FAST_BITS)) as usize];
        if entry != 0 {
            self.skip(u32::from(entry >> 8));
            return Some(entry as u8);
        }
        let (length, symbol) = table.slow((self.buffer >> 48) as u32)?;
        self.skip(length);
        Some(symbol)
    }

    /// The next `count` bits, at most 16.
    #[inline]
    pub(super) fn bits(&mut self, count: u32) -> i32 {
        if count == 0 {
            return 0;
        }
        if self.count < count {
            self.fill();
        }
        let value = (self.buffer >> (64 - count)) as i32;
        self.skip(count);
        value
    }

    /// A number of `size` bits whose first bit tells its sign.
    #[inline]
    pub(super) fn signed(&mut self, size: u32) -> i32 {
        let value = self.bits(size);
        if size > 0 && value < 1 << (size - 1) {
            value - (1 << size) + 1
        } else {
            value
        }
    }

    /// Drops the rest of the byte and goes to the byte behind: returns where that is.
    pub(super) fn align(&mut self) -> usize {
        for _ in 0..self.count.saturating_sub(self.invented) / 8 {
            let is_stuffed = self.at >= 2 && self.data.get(self.at - 2..self.at) == Some(&[0xff, 0]);
            self.at = self.at.saturating_sub(if is_stuffed { 2 } else { 1 });
        }
        (self.buffer, self.count, self.invented) = (0, 0, 0);
        self.at
    }

    /// Goes on at the byte `at`.
    pub(super) fn jump(&mut self, at: usize) {
        (self.at, self.buffer, self.count, self.invented) = (at, 0, 0, 0);
    }
}

/// Where the next marker at or behind `at` begins, and what it is; fill bytes are passed over.
pub(super) fn next_marker(data: &[u8], at: usize) -> Option<(usize, u8)> {
    let rest = data.get(at..)?;
    let found = rest
        .windows(2)
        .position(|pair| pair[0] == 0xff && pair[1] != 0 && pair[1] != 0xff)?;
    Some((at + found, *data.get(at + found + 1)?))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn codes_of_all_lengths_are_read() {
        // 0, 10, 110, ... : one code of each length.
        let table = Table::new(&[1; 16], &(0..16).collect::<Vec<u8>>()).unwrap();
        let data = [0b0101_1011, 0b1011_1111, 0b1111_1110];
        let mut bits = Bits::new(&data, 0);
        let symbols: Vec<_> = (0..5).map(|_| bits.symbol(&table)).collect();
        assert_eq!(symbols, [Some(0), Some(1), Some(2), Some(3), Some(13)]);
        assert!(!bits.is_short());
        assert!(Table::new(&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[1, 2, 3]).is_none());
    }

    #[test]
    fn bits_end_at_markers() {
        let data = [0xff, 0, 0x80, 0xff, 0xd9];
        let mut bits = Bits::new(&data, 0);
        assert_eq!((bits.bits(8), bits.bits(1), bits.is_short()), (255, 1, false));
        assert_eq!((bits.signed(7), bits.is_short()), (-127, false));
        assert_eq!((bits.bits(4), bits.is_short()), (0, true));
        let mut bits = Bits::new(&data, 0);
        assert_eq!((bits.bits(1), bits.align()), (1, 2));
        assert_eq!(next_marker(&data, 0), Some((3, 0xd9)));
    }
}
