//! The pixels of TIFF files.

use std::io::{Read, Seek};

use super::directory::{File, error};
use super::layout::{Layout, Meaning, Packing};
use super::{fax, unpack};
use crate::error::Result;
use crate::files::Format;
use crate::files::damaged::Damaged;
use crate::files::jpeg::{self, Channels};
use crate::files::loaded::{Loaded, blank, check_rows};
use crate::files::notes::{Notes, ReadOptions};
use crate::media::image::Samples;

/// Reads the pixels of an image.
pub(super) fn pixels<R: Read + Seek>(
    tiff: &mut File<R>,
    layout: &Layout,
    options: &ReadOptions,
    notes: &mut Notes,
) -> Result<Loaded> {
    let size = (layout.width, layout.height);
    let mut canvas = Canvas::new(layout, options)?;
    let mut damaged = Damaged::new(layout.height as usize);
    let [across, down] = layout.chunks();
    let planes = if layout.planar { layout.samples } else { 1 };
    let (mut packed, mut plain) = (Vec::new(), Vec::new());
    for chunk in 0..planes * across * down {
        let (plane, place) = (chunk / (across * down), chunk % (across * down));
        let chunk_at = Chunk::new(layout, plane, [place % across, place / across]);
        let offset = layout.offsets.get(chunk).copied().unwrap_or(0);
        let length = match layout.lengths.get(chunk) {
            Some(&length) if length > 0 => length,
            // Some writers leave the length out: all that can be of it is looked at.
            _ if offset > 0 => tiff
                .length
                .saturating_sub(offset)
                .min(2 * chunk_at.bytes() as u64 + 1024),
            _ => 0,
        };
        tiff.read_into(offset, length, &mut packed)?;
        let whole = chunk_at.unpack(tiff.little, &mut packed, &mut plain, options)?;
        canvas.put(&chunk_at, &plain, tiff.little);
        let needed = chunk_at.rows.min((layout.height as usize).saturating_sub(chunk_at.y));
        if (packed.len() as u64) < length && whole >= needed {
            notes.warn("the file ends early, within a strip or tile");
        }
        damaged.lose(chunk_at.y + whole, chunk_at.y + chunk_at.rows);
    }
    check_rows(Format::Tiff, (damaged.rows(), layout.height), options, notes)?;
    if let Some((_, true)) = layout.alpha {
        divide(&mut canvas.samples, canvas.channels);
    }
    Ok(Loaded::interleaved(size, canvas.channels, canvas.samples))
}

/// A strip or a tile.
struct Chunk<'a> {
    layout: &'a Layout,
    /// Index of the sample, if every sample has its own.
    plane: usize,
    x: usize,
    y: usize,
    width: usize,
    rows: usize,
    /// Samples of a pixel in it.
    samples: usize,
}

impl<'a> Chunk<'a> {
    fn new(layout: &'a Layout, plane: usize, [column, row]: [usize; 2]) -> Self {
        let [width, height] = layout.chunk.map(|side| side as usize);
        let y = row * height;
        // Tiles are filled up, and strips are not.
        let is_tile = layout.is_tiled;
        Self {
            layout,
            plane,
            x: column * width,
            y,
            width,
            rows: if is_tile {
                height
            } else {
                height.min(layout.height as usize - y)
            },
            samples: if layout.planar { 1 } else { layout.samples },
        }
    }

    fn row_bytes(&self) -> usize {
        (self.width * self.samples * self.layout.bits as usize).div_ceil(8)
    }

    fn bytes(&self) -> usize {
        self.row_bytes() * self.rows
    }

    /// Unpacks it into `plain`; returns how many rows are whole.
    fn unpack(&self, little: bool, packed: &mut [u8], plain: &mut Vec<u8>, options: &ReadOptions) -> Result<usize> {
        let (layout, row_bytes) = (self.layout, self.row_bytes());
        plain.clear();
        plain.resize(self.bytes(), 0);
        if layout.reversed && layout.packing != Packing::Jpeg {
            packed.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        let filled = match layout.packing {
            Packing::None => {
                let count = packed.len().min(plain.len());
                plain[..count].copy_from_slice(&packed[..count]);
                count
            }
            Packing::Lzw if packed.first() == Some(&0) && packed.get(1).is_some_and(|byte| byte & 1 == 1) => {
                let what = "TIFF compressed with old-style LZW: save it with deflate first".to_owned();
                return Err(crate::error::CodecError::Unsupported(what));
            }
            Packing::Lzw => unpack::lzw(packed, plain),
            Packing::Deflate => unpack::deflate(packed, plain),
            Packing::PackBits => unpack::pack_bits(packed, plain),
            Packing::Fax(kind) if layout.bits == 1 && self.samples == 1 => {
                fax::decode(packed, kind, self.width, row_bytes, plain)
            }
            Packing::Fax(_) => return Err(error("its fax compression is for one bit a pixel")),
            Packing::Jpeg => return self.unpack_jpeg(packed, plain, options),
        };
        if layout.differences {
            plain
                .chunks_exact_mut(row_bytes.max(1))
                .for_each(|row| self.sum(row, little));
        }
        Ok(filled / row_bytes.max(1))
    }

    /// Undoes differences: samples of 8 or 16 bits.
    fn sum(&self, row: &mut [u8], little: bool) {
        if self.layout.bits == 8 {
            for at in self.samples..row.len() {
                row[at] = row[at].wrapping_add(row[at - self.samples]);
            }
            return;
        }
        let read = |pair: [u8; 2]| {
            if little {
                u16::from_le_bytes(pair)
            } else {
                u16::from_be_bytes(pair)
            }
        };
        for at in self.samples..row.len() / 2 {
            let before = 2 * (at - self.samples);
            let sum = read([row[2 * at], row[2 * at + 1]]).wrapping_add(read([row[before], row[before + 1]]));
            let pair = if little { sum.to_le_bytes() } else { sum.to_be_bytes() };
            row[2 * at..2 * at + 2].copy_from_slice(&pair);
        }
    }

    fn unpack_jpeg(&self, packed: &[u8], plain: &mut [u8], options: &ReadOptions) -> Result<usize> {
        let channels = if self.layout.meaning == Meaning::YCbCr {
            Channels::YCbCr
        } else {
            Channels::Rgb
        };
        if self.layout.bits != 8 {
            return Err(error("its JPEG compression is for 8 bits a sample"));
        }
        let decoded = match jpeg::decode(packed, self.layout.tables.as_deref(), channels, &options.limits) {
            Ok(decoded) => decoded,
            Err(crate::error::CodecError::Media { .. }) if options.salvage => return Ok(0),
            Err(error) => return Err(error),
        };
        if decoded.color.channels() != self.samples {
            return Err(error("a JPEG file inside has other channels"));
        }
        let (from, to) = (decoded.width * self.samples, self.row_bytes());
        for (row, out) in decoded
            .samples
            .chunks_exact(from.max(1))
            .zip(plain.chunks_exact_mut(to.max(1)))
        {
            let count = from.min(to);
            out[..count].copy_from_slice(&row[..count]);
        }
        let needed = self.rows.min(self.layout.height as usize - self.y);
        let is_whole = decoded.damaged_rows == 0 && decoded.height >= needed && from >= to.min(from);
        Ok(if is_whole { self.rows } else { 0 })
    }
}

/// The samples of the image.
struct Canvas<'a> {
    layout: &'a Layout,
    samples: Samples,
    /// Channels with alpha.
    channels: usize,
    /// The sample of the image for each of a pixel in the file.
    targets: Vec<Option<usize>>,
    /// What each value of at most 8 bits becomes.
    scale: Vec<u8>,
}

impl<'a> Canvas<'a> {
    fn new(layout: &'a Layout, options: &ReadOptions) -> Result<Self> {
        let is_palette = layout.meaning == Meaning::Palette;
        let colors = if is_palette { 3 } else { layout.colors() };
        let channels = colors + usize::from(layout.alpha.is_some());
        let target = |sample: usize| match layout.alpha {
            _ if sample < layout.colors() => Some(sample),
            Some((alpha, _)) if alpha == sample => Some(colors),
            _ => None,
        };
        let most = (1u32 << layout.bits.min(8)) - 1;
        let scale = (0..=most).map(|value| ((value * 255 + most / 2) / most) as u8);
        Ok(Self {
            layout,
            samples: blank(layout.depth(), (layout.width, layout.height), channels, options)?,
            channels,
            targets: (0..layout.samples).map(target).collect(),
            scale: scale.collect(),
        })
    }

    /// Writes the part of a chunk that lies in the image.
    fn put(&mut self, chunk: &Chunk<'_>, plain: &[u8], little: bool) {
        let (width, height) = (self.layout.width as usize, self.layout.height as usize);
        let columns = chunk.width.min(width.saturating_sub(chunk.x));
        let rows = plain
            .chunks_exact(chunk.row_bytes().max(1))
            .zip(chunk.y..height)
            .take(chunk.rows);
        let channels = self.channels;
        let targets: Vec<Option<usize>> = match self.layout.planar {
            true => vec![self.targets[chunk.plane]],
            false => self.targets.clone(),
        };
        let invert = self.layout.meaning == Meaning::White;
        let is_plain = targets.len() == channels
            && !invert
            && self.layout.palette.is_empty()
            && targets.iter().flatten().copied().eq(0..channels);
        for (row, y) in rows {
            let at = (y * width + chunk.x) * channels;
            let range = at..at + columns * channels;
            match &mut self.samples {
                Samples::U8(all) => {
                    let Some(out) = all.get_mut(range) else { continue };
                    if is_plain && self.layout.bits == 8 {
                        out.copy_from_slice(&row[..out.len()]);
                        continue;
                    }
                    let mut values = values(row, self.layout.bits, little);
                    for pixel in out.chunks_exact_mut(channels) {
                        for target in &targets {
                            let value = values.next().unwrap_or(0);
                            put_eight(self.layout, &self.scale, pixel, (*target, value, invert));
                        }
                    }
                }
                Samples::U16(all) => {
                    let Some(out) = all.get_mut(range) else { continue };
                    let most = (1u32 << self.layout.bits) - 1;
                    let mut values = values(row, self.layout.bits, little);
                    for pixel in out.chunks_exact_mut(channels) {
                        for target in &targets {
                            let value = u32::from(values.next().unwrap_or(0));
                            let is_color = target.is_some_and(|target| target < self.layout.colors());
                            let value = if invert && is_color { most - value } else { value };
                            if let Some(sample) = target.and_then(|target| pixel.get_mut(target)) {
                                *sample = ((value * 65_535 + most / 2) / most) as u16;
                            }
                        }
                    }
                }
            }
        }
    }
}

fn put_eight(layout: &Layout, scale: &[u8], pixel: &mut [u8], (target, value, invert): (Option<usize>, u16, bool)) {
    let Some(target) = target else { return };
    let scaled = scale.get(usize::from(value)).copied().unwrap_or(0);
    if target == 0 && !layout.palette.is_empty() {
        let color = layout.palette.get(usize::from(value)).unwrap_or(&[0; 3]);
        pixel[..3].copy_from_slice(color);
    } else if let Some(sample) = pixel.get_mut(target) {
        *sample = if invert && target < layout.colors() {
            255 - scaled
        } else {
            scaled
        };
    }
}

/// The values of a row, of 1 to 16 bits each.
fn values(row: &[u8], bits: u32, little: bool) -> impl Iterator<Item = u16> {
    let (mut held, mut buffer, mut bytes) = (0, 0u32, row.iter());
    std::iter::from_fn(move || {
        if bits == 16 {
            let pair = [*bytes.next()?, *bytes.next()?];
            return Some(if little {
                u16::from_le_bytes(pair)
            } else {
                u16::from_be_bytes(pair)
            });
        }
        while held < bits {
            buffer = buffer << 8 | u32::from(*bytes.next()?);
            held += 8;
        }
        held -= bits;
        Some((buffer >> held & ((1 << bits) - 1)) as u16)
    })
}

/// Divides colours by the alpha that they were multiplied by.
fn divide(samples: &mut Samples, channels: usize) {
    let divided = |color: u32, alpha: u32, most: u32| match alpha {
        0 => color,
        alpha => ((color * most + alpha / 2) / alpha).min(most),
    };
    match samples {
        Samples::U8(all) => all.chunks_exact_mut(channels).for_each(|pixel| {
            if let Some((&mut alpha, colors)) = pixel.split_last_mut() {
                colors
                    .iter_mut()
                    .for_each(|c| *c = divided(u32::from(*c), u32::from(alpha), 255) as u8);
            }
        }),
        Samples::U16(all) => all.chunks_exact_mut(channels).for_each(|pixel| {
            if let Some((&mut alpha, colors)) = pixel.split_last_mut() {
                colors
                    .iter_mut()
                    .for_each(|c| *c = divided(u32::from(*c), u32::from(alpha), 65_535) as u16);
            }
        }),
    }
}
