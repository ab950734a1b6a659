//! The codes of fax machines: modified Huffman, group 3 and group 4 (ITU-T T.4 and T.6).

mod codes;

use std::sync::OnceLock;

use codes::{BLACK, LONG, WHITE};

/// Bits of the longest code.
const MOST_BITS: u8 = 13;
/// Zeros in front of the one that ends a line.
const LINE_END_ZEROS: u32 = 11;

/// How lines are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Runs, each line beginning with a byte.
    Runs,
    /// Group 3: runs, and ends of lines between them; with `mixed`, some lines are told from those above.
    Group3 {
        /// Whether a bit says how each line is coded.
        mixed: bool,
    },
    /// Group 4: every line is told from the one above.
    Group4,
}

/// What a code of a line that is told from the one above means.
enum Mode {
    Pass,
    Horizontal,
    Vertical(i64),
}

/// For each number of 13 bits, length and run of the code that it begins with.
type Runs = Vec<(u8, u16)>;

fn runs(codes: &[(u8, u16); 91]) -> Runs {
    let mut table = vec![(0, 0); 1 << MOST_BITS];
    let lengths = (0..64).chain((1..28).map(|index| 64 * index));
    let long = (0..13).map(|index| 1792 + 64 * index);
    let all = codes.iter().zip(lengths).chain(LONG.iter().zip(long));
    for (&(bits, code), run) in all {
        let first = usize::from(code) << (MOST_BITS - bits);
        table[first..first + (1 << (MOST_BITS - bits))].fill((bits, run));
    }
    table
}

fn tables() -> &'static [Runs; 2] {
    static TABLES: OnceLock<[Runs; 2]> = OnceLock::new();
    TABLES.get_or_init(|| [runs(&WHITE), runs(&BLACK)])
}

struct Decoder<'a> {
    data: &'a [u8],
    /// The next bit.
    at: usize,
    width: i64,
    /// Where colours change in the line above, and in this one: first to black.
    above: Vec<i64>,
    line: Vec<i64>,
}

/// Fills `out` with lines of `width` pixels, a bit each and black ones set, of `row_bytes` bytes; returns how many
/// bytes are whole lines.
pub(super) fn decode(data: &[u8], kind: Kind, width: usize, row_bytes: usize, out: &mut [u8]) -> usize {
    let mut decoder = Decoder {
        data,
        at: 0,
        width: width as i64,
        above: Vec::new(),
        line: Vec::new(),
    };
    let mut filled = 0;
    for row in out.chunks_exact_mut(row_bytes.max(1)) {
        decoder.line.clear();
        if decoder.next_line(kind).is_none() {
            break;
        }
        paint(row, &decoder.line, width);
        std::mem::swap(&mut decoder.above, &mut decoder.line);
        filled += row_bytes;
    }
    filled
}

/// Sets the bits of black runs.
fn paint(row: &mut [u8], changes: &[i64], width: usize) {
    row.fill(0);
    for pair in changes.chunks(2) {
        let end = pair.get(1).map_or(width, |&end| end as usize);
        (pair[0] as usize..end.min(width)).for_each(|x| row[x / 8] |= 0x80 >> (x % 8));
    }
}

impl Decoder<'_> {
    /// The next bits, zeros behind the end; at most 24.
    fn peek(&self, bits: u8) -> u32 {
        let bytes = (0..4).map(|index| self.data.get(self.at / 8 + index).copied().unwrap_or(0));
        let word = bytes.fold(0, |sum: u32, byte| sum << 8 | u32::from(byte));
        (word << (self.at % 8)) >> (32 - bits)
    }

    fn is_over(&self) -> bool {
        self.at >= 8 * self.data.len()
    }

    fn next_line(&mut self, kind: Kind) -> Option<()> {
        match kind {
            Kind::Runs => {
                self.at = self.at.next_multiple_of(8);
                self.line_of_runs()
            }
            Kind::Group3 { mixed } => {
                self.line_end();
                let is_of_runs = !mixed || self.take(1) == 1;
                if is_of_runs {
                    self.line_of_runs()
                } else {
                    self.line_from_above()
                }
            }
            Kind::Group4 => self.line_from_above(),
        }
    }

    fn take(&mut self, bits: u8) -> u32 {
        let value = self.peek(bits);
        self.at += usize::from(bits);
        value
    }

    /// Passes over the end of a line and what fills up in front of it, if there is one.
    fn line_end(&mut self) {
        let start = self.at;
        let mut zeros = 0;
        while !self.is_over() && self.peek(1) == 0 {
            (self.at, zeros) = (self.at + 1, zeros + 1);
        }
        if zeros >= LINE_END_ZEROS {
            self.at += 1;
        } else {
            self.at = start;
        }
    }

    /// The length of a run of black or white.
    fn run(&mut self, black: bool) -> Option<i64> {
        let mut sum = 0;
        loop {
            let (bits, run) = tables()[usize::from(black)][self.peek(MOST_BITS) as usize];
            if bits == 0 || self.is_over() {
                return None;
            }
            self.at += usize::from(bits);
            sum += i64::from(run);
            if run < 64 {
                return Some(sum);
            }
            if sum > self.width + 2560 {
                return None;
            }
        }
    }

    fn line_of_runs(&mut self) -> Option<()> {
        let (mut at, mut black) = (0, false);
        while at < self.width {
            at += self.run(black)?;
            self.change(at)?;
            black = !black;
        }
        Some(())
    }

    /// Notes that the colour changes at `at`.
    fn change(&mut self, at: i64) -> Option<()> {
        let is_valid = at >= self.line.last().copied().unwrap_or(0) && at <= self.width;
        is_valid.then(|| self.line.push(at))
    }

    fn mode(&mut self) -> Option<Mode> {
        let (bits, mode) = match self.peek(7) {
            0b100_0000.. => (1, Mode::Vertical(0)),
            0b011_0000.. => (3, Mode::Vertical(1)),
            0b010_0000.. => (3, Mode::Vertical(-1)),
            0b001_0000.. => (3, Mode::Horizontal),
            0b000_1000.. => (4, Mode::Pass),
            0b000_0110.. => (6, Mode::Vertical(2)),
            0b000_0100.. => (6, Mode::Vertical(-2)),
            0b000_0011 => (7, Mode::Vertical(3)),
            0b000_0010 => (7, Mode::Vertical(-3)),
            _ => return None,
        };
        if self.is_over() {
            return None;
        }
        self.at += bits;
        Some(mode)
    }

    fn line_from_above(&mut self) -> Option<()> {
        // `at` is -1 in front of the first pixel, which may change its colour.
        let (mut at, mut black, mut index) = (-1, false, 0);
        while at < self.width {
            // The first change above behind `at`, to the other colour.
            index = index.min(self.above.len()).saturating_sub(2);
            while self.above.get(index).is_some_and(|&change| change <= at) || index % 2 != usize::from(black) {
                index += 1;
            }
            let change = |index: usize| self.above.get(index).copied().unwrap_or(self.width);
            let (first, second) = (change(index), change(index + 1));
            match self.mode()? {
                Mode::Pass => at = second,
                Mode::Horizontal => {
                    let start = at.max(0) + self.run(black)?;
                    self.change(start)?;
                    at = start + self.run(!black)?;
                    self.change(at)?;
                }
                Mode::Vertical(distance) => {
                    at = first + distance;
                    self.change(at)?;
                    black = !black;
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    /// Bytes of a text of bits.
    fn bytes(bits: &str) -> Vec<u8> {
        let bits: Vec<u8> = bits.bytes().filter(|bit| *bit != b' ').map(|bit| bit - b'0').collect();
        let byte = |bits: &[u8]| bits.iter().enumerate().fold(0, |sum, (at, &bit)| sum | bit << (7 - at));
        bits.chunks(8).map(byte).collect()
    }

    #[test]
    fn lines_of_all_kinds() {
        // Two white, three black, three white.
        let mut out = [0xff];
        assert_eq!(decode(&bytes("0111 10 1000"), Kind::Runs, 8, 1, &mut out), 1);
        assert_eq!(out, [0b0011_1000]);
        let group3 = bytes("000000000001 0111 10 1000 0000000000001 0111 10 1000");
        let mut out = [0; 2];
        assert_eq!(decode(&group3, Kind::Group3 { mixed: false }, 8, 1, &mut out), 2);
        assert_eq!(out, [0b0011_1000; 2]);
        // Horizontal, and the last white run straight down; then one pixel to the right, and down.
        let group4 = bytes("001 0111 10 1 011 1 1");
        assert_eq!(decode(&group4, Kind::Group4, 8, 1, &mut out), 2);
        assert_eq!(out, [0b0011_1000, 0b0001_1000]);
        assert_eq!(decode(&group4[..1], Kind::Group4, 8, 1, &mut out), 0);
    }
}
