//! The pixels of PNG files.

use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};

use png::{DecodeOptions, Decoder, DecodingError, InterlaceInfo, Limits as LibraryLimits, Reader, Transformations};

use super::chunks::{Chunks, Header, scan};
use crate::error::{CodecError, Result};
use crate::files::Format;
use crate::files::loaded::{Loaded, blank, check_rows};
use crate::files::notes::ReadOptions;
use crate::media::image::{Depth, Samples};

/// Memory for the buffers of the library beside the rows, in bytes.
const LIBRARY_BYTES: usize = 64 << 20;
/// The chunk that ends a file.
const END: [u8; 12] = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82];

/// Width and height, and EXIF data, of a file.
pub(in crate::files) fn size(
    file: &mut (impl BufRead + Seek),
    options: &ReadOptions,
) -> Result<crate::files::read::SizeAndExif> {
    let chunks = scan(file, options)?;
    let size = (chunks.header.width, chunks.header.height);
    options.limits.check_size(size.0, size.1)?;
    Ok((size, chunks.metadata.exif))
}

/// Reads a file.
pub(in crate::files) fn read(file: &mut (impl BufRead + Seek), options: &ReadOptions) -> Result<Loaded> {
    let mut chunks = scan(file, options)?;
    let size = (chunks.header.width, chunks.header.height);
    options.limits.check_size(size.0, size.1)?;
    let layout = Layout::of(&chunks);
    let mut samples = blank(layout.depth, size, layout.channels, options)?;
    let mut wrong_index = false;
    let (rows, is_right) = rows(file, &chunks, |y, row| {
        wrong_index |= layout.put(&chunks, row, y, &mut samples);
    })?;
    let missing = size.1 as usize - rows;
    check_rows(Format::Png, (missing, size.1), options, &mut chunks.notes)?;
    if missing == 0 && !is_right {
        let reason = "the checksum of its pixels is wrong: some may be wrong";
        if !options.salvage {
            return Err(Format::Png.error(format!("{reason} (--salvage takes them)")));
        }
        chunks.notes.warn(reason);
    }
    if missing == 0 && !chunks.has_end {
        chunks.notes.warn("the end of the file is missing, behind its pixels");
    }
    if wrong_index {
        chunks
            .notes
            .warn("pixels have colours that the palette lacks: they are black");
    }
    if chunks.trailing > 0 {
        chunks.notes.lose(format!("{} bytes behind the image", chunks.trailing));
    }
    let mut loaded = Loaded::interleaved(size, layout.channels, samples);
    (loaded.metadata, loaded.notes) = (chunks.metadata, chunks.notes);
    Ok(loaded)
}

/// Only the chunks that pixels need, in the right order and with an end: what else a file holds cannot disturb the
/// library.
struct Pixels<'a, R> {
    file: &'a mut R,
    /// Pieces of the file, or bytes.
    pieces: Vec<(u64, u64)>,
    head: Cursor<Vec<u8>>,
    end: Cursor<[u8; 12]>,
    piece: usize,
    /// Bytes that are left of the piece; 0 before it is begun.
    left: u64,
}

impl<R: BufRead + Seek> BufRead for Pixels<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.head.position() < self.head.get_ref().len() as u64 {
            return self.head.fill_buf();
        }
        while self.left == 0 {
            let Some(&(offset, length)) = self.pieces.get(self.piece) else {
                return self.end.fill_buf();
            };
            self.file.seek(SeekFrom::Start(offset))?;
            (self.piece, self.left) = (self.piece + 1, length);
        }
        let bytes = self.file.fill_buf()?;
        Ok(&bytes[..bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX))])
    }

    fn consume(&mut self, count: usize) {
        if self.head.position() < self.head.get_ref().len() as u64 {
            self.head.consume(count);
        } else if self.left > 0 {
            self.file.consume(count);
            self.left -= count as u64;
        } else {
            self.end.consume(count);
        }
    }
}

impl<R: BufRead + Seek> Read for Pixels<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.fill_buf()?;
        let count = bytes.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R> Seek for Pixels<'_, R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Header and pixels as a file of their own. The palette is not needed: indices stay indices.
fn head(header: &Header) -> Vec<u8> {
    let mut bytes = header.bytes;
    if header.kind == 3 {
        // Gray of as many bits has the same indices.
        bytes[9] = 0;
    }
    let body = [&b"IHDR"[..], &bytes].concat();
    let crc = crc32fast::hash(&body).to_be_bytes();
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0d", &body[..], &crc].concat()
}

/// Gives rows as they lie in the file to `put`; returns how many from the top are whole, and whether their checksum is
/// right. Rows may be given twice: the library keeps back the last ones where the checksum is wrong.
fn rows(file: &mut (impl BufRead + Seek), chunks: &Chunks, mut put: impl FnMut(usize, &[u8])) -> Result<(usize, bool)> {
    let (whole, is_right) = rows_checked(file, chunks, true, &mut put)?;
    if whole == chunks.header.height as usize {
        return Ok((whole, is_right));
    }
    Ok((rows_checked(file, chunks, false, &mut put)?.0.max(whole), false))
}

fn rows_checked(
    file: &mut (impl BufRead + Seek),
    chunks: &Chunks,
    has_checksum: bool,
    put: &mut impl FnMut(usize, &[u8]),
) -> Result<(usize, bool)> {
    let from = |error: DecodingError| match error {
        DecodingError::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => CodecError::Io(error),
        other => Format::Png.error(other.to_string()),
    };
    let pixels = Pixels {
        file,
        pieces: chunks.pixels.clone(),
        head: Cursor::new(head(&chunks.header)),
        end: Cursor::new(END),
        piece: 0,
        left: 0,
    };
    let (height, bits) = (chunks.header.height as usize, usize::from(chunks.header.bits));
    let stride = (chunks.header.width as usize * bits * channels_in_file(chunks.header.kind)).div_ceil(8);
    let bytes = LIBRARY_BYTES.saturating_add(stride.saturating_mul(8));
    let mut checks = DecodeOptions::default();
    checks.set_ignore_adler32(!has_checksum);
    let mut decoder = Decoder::new_with_options(pixels, checks);
    decoder.set_limits(LibraryLimits { bytes });
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(from)?;
    let whole = match chunks.header.bytes[12] {
        0 => straight(&mut reader, height, put)?,
        _ => interlaced(&mut reader, chunks, stride, put)?,
    };
    // What follows the last row is checked too: the checksum of all pixels.
    let is_right = whole == height && reader.finish().is_ok();
    Ok((whole, is_right))
}

/// Whether an error is one of the disk and not of the file.
fn is_of_disk(error: &DecodingError) -> bool {
    matches!(error, DecodingError::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof)
}

fn disk_error(error: DecodingError) -> CodecError {
    match error {
        DecodingError::IoError(error) => CodecError::Io(error),
        other => Format::Png.error(other.to_string()),
    }
}

/// Rows from top to bottom; returns how many are whole.
fn straight<R: BufRead + Seek>(
    reader: &mut Reader<R>,
    height: usize,
    put: &mut impl FnMut(usize, &[u8]),
) -> Result<usize> {
    for y in 0..height {
        match reader.next_row() {
            Ok(Some(row)) => put(y, row.data()),
            Err(error) if is_of_disk(&error) => return Err(disk_error(error)),
            _ => return Ok(y),
        }
    }
    Ok(height)
}

/// Seven passes, each of which fills the gaps of those before; rows are whole only after the last.
fn interlaced<R: BufRead + Seek>(
    reader: &mut Reader<R>,
    chunks: &Chunks,
    stride: usize,
    put: &mut impl FnMut(usize, &[u8]),
) -> Result<usize> {
    let header = &chunks.header;
    let mut image = vec![0; stride * header.height as usize];
    let bits = header.bits * channels_in_file(header.kind) as u8;
    loop {
        match reader.next_interlaced_row() {
            Ok(Some(row)) => {
                if let InterlaceInfo::Adam7(info) = row.interlace() {
                    png::expand_interlaced_row(&mut image, stride, row.data(), info, bits);
                }
            }
            Ok(None) => break,
            Err(error) if is_of_disk(&error) => return Err(disk_error(error)),
            Err(_) => return Ok(0),
        }
    }
    image
        .chunks_exact(stride.max(1))
        .enumerate()
        .for_each(|(y, row)| put(y, row));
    Ok(header.height as usize)
}

/// Samples of a pixel as they lie in the file.
fn channels_in_file(kind: u8) -> usize {
    match kind {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    }
}

/// How the pixels of a file become samples.
struct Layout {
    depth: Depth,
    /// Channels with alpha.
    channels: usize,
}

impl Layout {
    fn of(chunks: &Chunks) -> Self {
        let header = &chunks.header;
        let alpha = usize::from(chunks.transparency.is_some());
        Self {
            depth: if header.bits == 16 {
                Depth::Sixteen
            } else {
                Depth::Eight
            },
            channels: match header.kind {
                0 => 1 + alpha,
                2 | 3 => 3 + alpha,
                4 => 2,
                _ => 4,
            },
        }
    }

    /// Writes a row of the file into `samples`; returns whether an index was out of the palette.
    fn put(&self, chunks: &Chunks, row: &[u8], y: usize, samples: &mut Samples) -> bool {
        let length = chunks.header.width as usize * self.channels;
        let range = y * length..(y + 1) * length;
        match samples {
            Samples::U8(all) => all.get_mut(range).is_some_and(|out| self.put_eight(chunks, row, out)),
            Samples::U16(all) => {
                if let Some(out) = all.get_mut(range) {
                    self.put_sixteen(chunks, row, out);
                }
                false
            }
        }
    }

    fn put_eight(&self, chunks: &Chunks, row: &[u8], out: &mut [u8]) -> bool {
        let (bits, key) = (chunks.header.bits, chunks.transparency.as_deref());
        match (chunks.header.kind, key) {
            (3, _) => return put_palette(chunks, row, out, self.channels),
            (0, None) if bits == 8 => out.copy_from_slice(&row[..out.len()]),
            (0, key) => {
                let scale = 255 / ((1u16 << bits) - 1) as u8;
                let key = key.map(|key| u16::from_be_bytes([key[0], key[1]]));
                for (pixel, value) in out.chunks_exact_mut(self.channels).zip(unpacked(row, bits)) {
                    pixel[0] = value * scale;
                    if let Some(alpha) = pixel.get_mut(1) {
                        *alpha = if key == Some(u16::from(value)) { 0 } else { 255 };
                    }
                }
            }
            (2, Some(key)) => {
                for (pixel, color) in out.chunks_exact_mut(4).zip(row.chunks_exact(3)) {
                    pixel[..3].copy_from_slice(color);
                    let is_key = (0..3).all(|i| [key[2 * i], key[2 * i + 1]] == [0, color[i]]);
                    pixel[3] = if is_key { 0 } else { 255 };
                }
            }
            _ => out.copy_from_slice(&row[..out.len()]),
        }
        false
    }

    fn put_sixteen(&self, chunks: &Chunks, row: &[u8], out: &mut [u16]) {
        let in_file = channels_in_file(chunks.header.kind);
        let key = chunks.transparency.as_deref();
        for (pixel, bytes) in out.chunks_exact_mut(self.channels).zip(row.chunks_exact(2 * in_file)) {
            for (sample, pair) in pixel.iter_mut().zip(bytes.chunks_exact(2)) {
                *sample = u16::from_be_bytes([pair[0], pair[1]]);
            }
            if let Some(key) = key {
                pixel[in_file] = if key == bytes { 0 } else { u16::MAX };
            }
        }
    }
}

/// The samples of 1 to 8 bits in a row.
fn unpacked(row: &[u8], bits: u8) -> impl Iterator<Item = u8> {
    let (each, mask) = (8 / bits, ((1u16 << bits) - 1) as u8);
    row.iter()
        .flat_map(move |&byte| (0..each).map(move |at| byte >> (8 - bits - at * bits) & mask))
}

fn put_palette(chunks: &Chunks, row: &[u8], out: &mut [u8], channels: usize) -> bool {
    let mut wrong = false;
    let alphas = chunks.transparency.as_deref().unwrap_or_default();
    for (pixel, index) in out.chunks_exact_mut(channels).zip(unpacked(row, chunks.header.bits)) {
        let color = chunks.palette.get(usize::from(index));
        wrong |= color.is_none();
        pixel[..3].copy_from_slice(color.unwrap_or(&[0; 3]));
        if let Some(alpha) = pixel.get_mut(3) {
            *alpha = alphas.get(usize::from(index)).copied().unwrap_or(255);
        }
    }
    wrong
}
