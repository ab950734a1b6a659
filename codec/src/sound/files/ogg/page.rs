//! Pages of Ogg files.

use crate::error::Result;
use crate::sound::files::input::{Fields, Input, bytes_at};

const HEAD_BYTES: usize = 27;
/// Bytes that are searched at a time.
const WINDOW: u64 = 1 << 16;
const CONTINUED: u8 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;

/// A page.
pub(super) struct Page {
    pub(super) at: u64,
    pub(super) serial: u32,
    /// The position behind the packets that end here; `None` where none ends.
    pub(super) position: Option<u64>,
    pub(super) number: u32,
    pub(super) is_continued: bool,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    sizes: Vec<u8>,
    body: Vec<u8>,
}

impl Page {
    /// The pieces of packets in it, and whether each ends here.
    pub(super) fn pieces(&self) -> Vec<(&[u8], bool)> {
        let (mut pieces, mut start, mut end) = (Vec::new(), 0, 0);
        for &size in &self.sizes {
            end += usize::from(size);
            if size < 255 {
                pieces.push((&self.body[start..end], true));
                start = end;
            }
        }
        if start < end || self.sizes.last() == Some(&255) {
            pieces.push((&self.body[start..end], false));
        }
        pieces
    }

    /// Reads the page at a place; `None` where there is none, or a damaged one.
    fn read(input: &mut Input, at: u64) -> Result<Option<(Self, u64)>> {
        let head = bytes_at(input, at, HEAD_BYTES as u64)?;
        let mut fields = Fields(&head);
        let mut read = || {
            let (magic, version, flags) = (fields.take(4)?, fields.byte()?, fields.byte()?);
            let (position, serial, number) = (fields.le64()?, fields.le32()?, fields.le32()?);
            let (crc, segments) = (fields.le32()?, fields.byte()?);
            (magic == b"OggS" && version == 0).then_some((flags, position, serial, number, crc, segments))
        };
        let Some((flags, position, serial, number, crc, segments)) = read() else {
            return Ok(None);
        };
        let sizes = bytes_at(input, at + HEAD_BYTES as u64, u64::from(segments))?;
        let bytes: u64 = sizes.iter().map(|&size| u64::from(size)).sum();
        let body_at = at + HEAD_BYTES as u64 + u64::from(segments);
        let body = bytes_at(input, body_at, bytes)?;
        let mut blank = head.clone();
        blank[22..26].fill(0);
        let found = [&blank[..], &sizes, &body].into_iter().fold(0, checksum);
        if sizes.len() != usize::from(segments) || body.len() as u64 != bytes || found != crc {
            return Ok(None);
        }
        let page = Self {
            at,
            serial,
            position: (position != u64::MAX).then_some(position),
            number,
            is_continued: flags & CONTINUED != 0,
            is_first: flags & FIRST != 0,
            is_last: flags & LAST != 0,
            sizes,
            body,
        };
        Ok(Some((page, body_at + bytes)))
    }
}

/// All pages of a file, one behind the other.
pub(super) struct Pages {
    pub(super) input: Input,
    at: u64,
    end: u64,
    /// Bytes that are no whole pages.
    pub(super) lost: u64,
}

impl Pages {
    pub(super) fn new(input: Input, start: u64, end: u64) -> Self {
        Self {
            input,
            at: start,
            end,
            lost: 0,
        }
    }

    /// # Errors
    /// `Io`.
    pub(super) fn next(&mut self) -> Result<Option<Page>> {
        while self.at < self.end {
            if let Some((page, next)) = Page::read(&mut self.input, self.at)? {
                self.at = next;
                return Ok(Some(page));
            }
            let next = self.next_magic()?;
            self.lost += next - self.at;
            self.at = next;
        }
        Ok(None)
    }

    /// Where the next page may begin, behind this place.
    fn next_magic(&mut self) -> Result<u64> {
        let mut at = self.at + 1;
        while at < self.end {
            let window = bytes_at(&mut self.input, at, WINDOW.min(self.end - at))?;
            if let Some(found) = window.windows(4).position(|four| four == b"OggS") {
                return Ok(at + found as u64);
            }
            match window.len() {
                0..4 => break,
                read => at += read as u64 - 3,
            }
        }
        Ok(self.end)
    }
}

/// CRC-32 of the polynomial 0x04c11db7, the highest bit first.
pub(super) fn checksum(crc: u32, bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    bytes.iter().fold(crc, |crc, &byte| {
        crc << 8 ^ TABLE[usize::from((crc >> 24) as u8 ^ byte)]
    })
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let (mut word, mut bit) = ((at as u32) << 24, 0);
        while bit < 8 {
            word = word << 1 ^ if word >> 31 == 1 { 0x04c1_1db7 } else { 0 };
            bit += 1;
        }
        table[at] = word;
        at += 1;
    }
    table
}
