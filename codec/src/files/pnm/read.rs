//! Reads portable any-maps, row by row.

use std::io::{BufRead, Read, Seek};

use crate::error::{CodecError, Result};
use crate::files::Format;
use crate::files::fields::readable;
use crate::files::loaded::{Loaded, blank, check_rows};
use crate::files::notes::{Notes, ReadOptions};
use crate::media::image::{Depth, Samples};

/// The most bytes of comments that are kept.
const MAX_COMMENT_BYTES: usize = 1 << 14;
/// The most bytes of a header.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// How samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// As digits.
    Text,
    /// A bit each, 1 for black.
    Bits,
    /// A byte or two each, the higher one first.
    Bytes,
}

/// What a header says.
#[derive(Debug, Clone, Copy)]
struct Header {
    width: u32,
    height: u32,
    channels: usize,
    max: u32,
    coding: Coding,
    /// Whether 1 is black, as in `P1` and `P4`.
    is_black: bool,
}

fn error(reason: impl Into<String>) -> CodecError {
    Format::Pnm.error(reason)
}

/// A file and how much of its header was read.
struct Input<'a, R> {
    file: &'a mut R,
    header_bytes: usize,
    /// Comments, a line each.
    comments: Vec<u8>,
}

impl<'a, R: BufRead> Input<'a, R> {
    fn new(file: &'a mut R) -> Self {
        Self {
            file,
            header_bytes: 0,
            comments: Vec::new(),
        }
    }

    /// Takes the rest of a line, which is a comment.
    fn comment(&mut self) -> Result<()> {
        if !self.comments.is_empty() {
            self.comments.push(b'\n');
        }
        while let Some(byte) = self.byte()?.filter(|byte| !matches!(byte, b'\n' | b'\r')) {
            if self.comments.len() < MAX_COMMENT_BYTES {
                self.comments.push(byte);
            }
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<Option<u8>> {
        let byte = self.file.fill_buf()?.first().copied();
        self.file.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    /// The next byte that is no space and in no comment.
    fn printed(&mut self) -> Result<Option<u8>> {
        loop {
            match self.byte()? {
                Some(b'#') => self.comment()?,
                Some(byte) if byte.is_ascii_whitespace() => {}
                other => return Ok(other),
            }
        }
    }

    /// A number, and the byte behind it.
    fn number(&mut self) -> Result<Option<u32>> {
        let mut byte = self.printed()?;
        let mut value = None;
        while let Some(digit) = byte.filter(u8::is_ascii_digit) {
            let sum = value
                .unwrap_or(0u32)
                .checked_mul(10)
                .and_then(|sum| sum.checked_add(u32::from(digit - b'0')));
            value = Some(sum.ok_or_else(|| error("a number is too large"))?);
            byte = self.byte()?;
        }
        match byte {
            Some(b'#') => self.comment()?,
            Some(other) if !other.is_ascii_whitespace() => return Err(error("there is no number where one should be")),
            _ => {}
        }
        Ok(value)
    }

    fn wanted(&mut self) -> Result<u32> {
        self.number()?
            .ok_or_else(|| error("the file ends early, in its header"))
    }

    fn header(&mut self) -> Result<Header> {
        let kind = [self.byte()?.unwrap_or(0), self.byte()?.unwrap_or(0)];
        if kind == *b"P7" {
            return self.arbitrary();
        }
        let (width, height) = (self.wanted()?, self.wanted()?);
        let (coding, channels) = match kind[1] {
            b'1' => (Coding::Text, 1),
            b'2' => (Coding::Text, 1),
            b'3' => (Coding::Text, 3),
            b'4' => (Coding::Bits, 1),
            b'5' => (Coding::Bytes, 1),
            _ => (Coding::Bytes, 3),
        };
        let is_black = matches!(kind[1], b'1' | b'4');
        Ok(Header {
            width,
            height,
            channels,
            max: if is_black { 1 } else { self.wanted()? },
            coding,
            is_black,
        })
    }

    /// The header of `P7`: lines of a name and a value.
    fn arbitrary(&mut self) -> Result<Header> {
        let mut values = [0u32; 4];
        self.byte()?;
        loop {
            let mut line = Vec::new();
            let left = (MAX_HEADER_BYTES - self.header_bytes) as u64;
            self.header_bytes += self.file.by_ref().take(left).read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                return Err(error("the file ends early, in its header"));
            }
            let line = String::from_utf8_lossy(&line);
            let mut words = line.split_ascii_whitespace();
            let names = ["WIDTH", "HEIGHT", "DEPTH", "MAXVAL"];
            match words.next() {
                Some("ENDHDR") => break,
                Some("TUPLTYPE") => {
                    let kind = words.next().unwrap_or_default();
                    let known = ["BLACKANDWHITE", "GRAYSCALE", "RGB"];
                    if !kind.is_empty() && !known.contains(&kind.trim_end_matches("_ALPHA")) {
                        return Err(CodecError::Unsupported(format!(
                            "PAM of {kind}: convert it to RGB first"
                        )));
                    }
                }
                Some(name) if name.starts_with('#') => {
                    let comment = line.trim().trim_start_matches('#');
                    self.comments.extend([b"\n", comment.as_bytes()].concat());
                }
                Some(name) => {
                    if let Some(index) = names.iter().position(|known| *known == name) {
                        let value = words.next().and_then(|value| value.parse().ok());
                        values[index] = value.ok_or_else(|| error("there is no number where one should be"))?;
                    }
                }
                None => {}
            }
        }
        let [width, height, channels, max] = values;
        if !(1..=4).contains(&channels) {
            let what = format!("PAM of {channels} channels; 1 to 4 can be read");
            return Err(CodecError::Unsupported(what));
        }
        Ok(Header {
            width,
            height,
            channels: channels as usize,
            max,
            coding: Coding::Bytes,
            is_black: false,
        })
    }
}

/// The header of a file, and its comments.
fn open<R: BufRead + Seek>(file: &mut R, options: &ReadOptions) -> Result<(Header, Vec<u8>)> {
    file.rewind()?;
    let mut input = Input::new(file);
    let header = input.header()?;
    let comments = input.comments;
    if header.width == 0 || header.height == 0 || !(1..=65_535).contains(&header.max) {
        return Err(error("its header makes no sense"));
    }
    options.limits.check_size(header.width, header.height)?;
    Ok((header, comments))
}

/// Width and height of the image in a file.
pub(in crate::files) fn size(file: &mut (impl BufRead + Seek), options: &ReadOptions) -> Result<(u32, u32)> {
    let (header, _) = open(file, options)?;
    Ok((header.width, header.height))
}

/// Reads a file.
pub(in crate::files) fn read(file: &mut (impl BufRead + Seek), options: &ReadOptions) -> Result<Loaded> {
    let (header, comments) = open(file, options)?;
    let size = (header.width, header.height);
    let depth = if header.max > 255 { Depth::Sixteen } else { Depth::Eight };
    let mut samples = blank(depth, size, header.channels, options)?;
    let mut input = Input::new(file);
    input.comments = comments;
    let length = header.width as usize * header.channels;
    let (mut row, mut bytes) = (Vec::with_capacity(length), Vec::new());
    let mut whole = 0;
    let mut over = false;
    for y in 0..header.height as usize {
        if !fill(&mut input, &header, length, &mut bytes, &mut row)? {
            break;
        }
        over |= row.iter().any(|&value| value > header.max);
        put(&mut samples, y * length, &row, &header);
        whole += 1;
    }
    let mut notes = Notes::default();
    check_rows(
        Format::Pnm,
        (header.height as usize - whole, header.height),
        options,
        &mut notes,
    )?;
    if over {
        notes.warn("samples are larger than the header says: they were cut off");
    }
    if whole == header.height as usize {
        behind(&mut input, &mut notes)?;
    }
    let comments = readable(&input.comments);
    let mut loaded = Loaded::interleaved(size, header.channels, samples);
    loaded.notes = notes;
    loaded.comment(comments.trim());
    Ok(loaded)
}

/// Reads the values of a row; false where the file ends.
fn fill<R: BufRead>(
    input: &mut Input<'_, R>,
    header: &Header,
    length: usize,
    bytes: &mut Vec<u8>,
    row: &mut Vec<u32>,
) -> Result<bool> {
    row.clear();
    bytes.clear();
    let count = match header.coding {
        Coding::Text => {
            for _ in 0..length {
                let value = if header.is_black {
                    match input.printed()? {
                        None => None,
                        Some(digit @ b'0'..=b'1') => Some(u32::from(digit - b'0')),
                        Some(_) => return Err(error("there is no bit where one should be")),
                    }
                } else {
                    input.number()?
                };
                let Some(value) = value else { return Ok(false) };
                row.push(value);
            }
            return Ok(true);
        }
        Coding::Bits => length.div_ceil(8),
        Coding::Bytes if header.max > 255 => 2 * length,
        Coding::Bytes => length,
    };
    input.file.by_ref().take(count as u64).read_to_end(bytes)?;
    match header.coding {
        Coding::Bits => {
            let bits = bytes
                .iter()
                .flat_map(|&byte| (0..8).map(move |at| u32::from(byte >> (7 - at) & 1)));
            row.extend(bits.take(length));
        }
        _ if header.max > 255 => {
            row.extend(
                bytes
                    .chunks_exact(2)
                    .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))),
            );
        }
        _ => row.extend(bytes.iter().map(|&byte| u32::from(byte))),
    }
    Ok(bytes.len() == count)
}

/// Writes the values of a row from sample `at` on, in the full range.
fn put(samples: &mut Samples, at: usize, row: &[u32], header: &Header) {
    let max = header.max;
    let scaled = |&value: &u32, full: u32| {
        let value = value.min(max);
        let value = if header.is_black { max - value } else { value };
        if max == full {
            value
        } else {
            (value * full + max / 2) / max
        }
    };
    match samples {
        Samples::U8(all) => {
            let out = all.get_mut(at..).unwrap_or_default();
            out.iter_mut()
                .zip(row)
                .for_each(|(out, value)| *out = scaled(value, 255) as u8);
        }
        Samples::U16(all) => {
            let out = all.get_mut(at..).unwrap_or_default();
            out.iter_mut()
                .zip(row)
                .for_each(|(out, value)| *out = scaled(value, 65_535) as u16);
        }
    }
}

/// Notes what stands behind the image.
fn behind<R: BufRead>(input: &mut Input<'_, R>, notes: &mut Notes) -> Result<()> {
    let mut head = Vec::new();
    loop {
        let bytes = input.file.fill_buf()?;
        let spaces = bytes
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace() || **byte == 0)
            .count();
        let is_over = bytes.is_empty();
        let is_all = spaces == bytes.len();
        input.file.consume(spaces);
        if is_over {
            return Ok(());
        }
        if !is_all {
            break;
        }
    }
    input.file.by_ref().take(3).read_to_end(&mut head)?;
    match head[..] {
        [b'P', b'1'..=b'7', space] if space.is_ascii_whitespace() || space == b'#' => {
            notes.lose("further images behind the first");
        }
        _ => notes.lose("bytes behind the image"),
    }
    Ok(())
}
