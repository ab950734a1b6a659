//! Looks into files for what the decoding libraries would silently convert or leave out.

use std::io::{BufRead, Read, Seek, SeekFrom};

use super::Format;
use crate::error::{CodecError, Result, check_limit};

/// Most chunks, markers or directories that are looked at.
const MAX_STEPS: usize = 100_000;

fn unsupported<T>(what: &str) -> Result<T> {
    Err(CodecError::Unsupported(what.to_owned()))
}

/// Reads `N` bytes; `None` where the file ends before.
fn take<const N: usize>(file: &mut impl Read) -> Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Refuses JPEG files of four colour components or of more than eight bits, from the frame header,
/// and those that are cut: the library would fill the rest with gray.
pub(super) fn check_jpeg(file: &mut (impl BufRead + Seek)) -> Result<()> {
    file.seek(SeekFrom::Start(2))?;
    for _ in 0..MAX_STEPS {
        let Some([prefix, marker]) = take(file)? else {
            return Ok(());
        };
        if prefix != 0xff {
            return Ok(());
        }
        match marker {
            // Fill bytes: the second may begin the marker.
            0xff => drop(file.seek(SeekFrom::Current(-1))?),
            0x01 | 0xd0..=0xd8 => {}
            // C4, C8 and CC are tables and extensions, all others frame headers.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let length = segment_length(file)?;
                check_frame(file)?;
                file.seek(SeekFrom::Current(length - 8))?;
            }
            0xda => return check_end(file),
            0xd9 => return Ok(()),
            _ => {
                let length = segment_length(file)?;
                file.seek(SeekFrom::Current(length))?;
            }
        }
    }
    Ok(())
}

/// Bytes of the JPEG marker segment behind its length; 0 where the file ends.
fn segment_length(file: &mut impl Read) -> Result<i64> {
    let length = take(file)?.map_or(0, u16::from_be_bytes);
    Ok((i64::from(length) - 2).max(0))
}

fn check_frame(file: &mut impl Read) -> Result<()> {
    // Bits, height, width, components, and the two bytes of any component.
    match take::<8>(file)? {
        Some([_, _, _, _, _, 4, ..]) => unsupported("CMYK or YCCK JPEG: convert the picture to RGB first"),
        Some([bits, ..]) if bits > 8 => unsupported("JPEG of more than 8 bits a sample"),
        _ => Ok(()),
    }
}

/// Looks for the marker that ends a JPEG file.
fn check_end(file: &mut impl BufRead) -> Result<()> {
    let mut last = 0;
    loop {
        let bytes = file.fill_buf()?;
        let Some(&end) = bytes.last() else {
            return Err(Format::Jpeg.error("the file ends early"));
        };
        let across = last == 0xff && bytes.first() == Some(&0xd9);
        if across || bytes.windows(2).any(|pair| pair == [0xff, 0xd9]) {
            return Ok(());
        }
        let length = bytes.len();
        last = end;
        file.consume(length);
    }
}

/// The EXIF chunk of a PNG file, wherever it stands; refuses animations.
pub(super) fn scan_png(file: &mut (impl Read + Seek), max_bytes: u64) -> Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Start(8))?;
    for _ in 0..MAX_STEPS {
        let Some([a, b, c, d, kind @ ..]) = take::<8>(file)? else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([a, b, c, d]);
        match &kind {
            b"acTL" => return unsupported("animated PNG: extract one frame first"),
            b"eXIf" => {
                check_limit("the bytes of EXIF data", u64::from(length), max_bytes)?;
                let mut exif = Vec::new();
                file.take(u64::from(length)).read_to_end(&mut exif)?;
                return Ok(Some(exif));
            }
            b"IEND" => return Ok(None),
            _ => drop(file.seek(SeekFrom::Current(i64::from(length) + 4))?),
        }
    }
    Ok(None)
}

/// Refuses TIFF files of several pages. Directories marked as reduced copies or as masks of another
/// do not count.
pub(super) fn check_tiff(file: &mut (impl Read + Seek)) -> Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let Some([order, _, b2, b3]) = take(file)? else {
        return Ok(());
    };
    let little = order == b'I';
    let mut tiff = Tiff {
        file,
        little,
        big: [b2, b3].contains(&43),
    };
    let first = if tiff.big {
        tiff.number(4)?.and(tiff.number(8)?)
    } else {
        tiff.number(4)?
    };
    let mut next = first.unwrap_or(0);
    let mut pages = 0;
    for _ in 0..MAX_STEPS {
        if next == 0 {
            return Ok(());
        }
        let Some((page, following)) = tiff.directory(next)? else {
            return Ok(());
        };
        pages += u32::from(page);
        if pages > 1 {
            return unsupported("TIFF of several pages: extract one page first");
        }
        next = following;
    }
    Err(Format::Tiff.error("its directories do not end"))
}

/// A TIFF file and how it writes its numbers.
struct Tiff<'a, R> {
    file: &'a mut R,
    little: bool,
    big: bool,
}

impl<R: Read + Seek> Tiff<'_, R> {
    /// A number of `bytes` bytes, at most 8.
    fn number(&mut self, bytes: usize) -> Result<Option<u64>> {
        let mut buffer = [0; 8];
        for byte in buffer.iter_mut().take(bytes) {
            let Some([value]) = take(self.file)? else {
                return Ok(None);
            };
            *byte = value;
        }
        let number = match self.little {
            true => u64::from_le_bytes(buffer),
            false => u64::from_be_bytes(buffer) >> (64 - 8 * bytes),
        };
        Ok(Some(number))
    }

    /// Whether the directory at `offset` is a page of its own, and the offset of the next; `None`
    /// where the file ends or the directory is too long.
    fn directory(&mut self, offset: u64) -> Result<Option<(bool, u64)>> {
        self.file.seek(SeekFrom::Start(offset))?;
        let (count_bytes, entry_bytes, value_at) = if self.big { (8, 20, 12) } else { (2, 12, 8) };
        let Some(count) = self.number(count_bytes)? else {
            return Ok(None);
        };
        if count > MAX_STEPS as u64 {
            return Ok(None);
        }
        let mut page = true;
        for entry in 0..count {
            let start = offset + count_bytes as u64 + entry * entry_bytes;
            self.file.seek(SeekFrom::Start(start))?;
            let Some(tag) = self.number(2)? else {
                return Ok(None);
            };
            // NewSubfileType: bit 0 marks a reduced copy, bit 2 a mask.
            if tag == 254 {
                self.file.seek(SeekFrom::Start(start + value_at))?;
                page = self.number(4)?.is_none_or(|kind| kind & 5 == 0);
            }
            if tag >= 254 {
                // Tags are sorted.
                break;
            }
        }
        let end = offset + count_bytes as u64 + count * entry_bytes;
        self.file.seek(SeekFrom::Start(end))?;
        Ok(self.number(if self.big { 8 } else { 4 })?.map(|next| (page, next)))
    }
}
