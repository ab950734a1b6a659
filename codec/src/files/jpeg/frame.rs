//! The segments of a JPEG file in front of its scans: tables, and what the frame holds.

use super::bits::Table;
use crate::error::{CodecError, Result};
use crate::files::Format;
use crate::limits::Limits;
use crate::media::image::{Color, Depth};
use crate::memory::Shape;

/// The order in which coefficients are coded.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// The tables that scans refer to.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    /// Quantisers, row by row.
    pub(super) quantisers: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Table>; 4],
    pub(super) ac: [Option<Table>; 4],
    /// MCUs between restarts, 0 for none.
    pub(super) restart: usize,
}

/// One component of a frame.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Samples in each direction for every unit of the frame.
    pub(super) h: usize,
    pub(super) v: usize,
    /// Number of the quantiser.
    pub(super) quantiser: usize,
    /// Samples that are shown.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Blocks that hold them, those that fill up the last MCU not counted.
    pub(super) blocks: [usize; 2],
}

/// What a frame header says.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
    pub(super) h_max: usize,
    pub(super) v_max: usize,
    /// MCUs across and down.
    pub(super) mcus: [usize; 2],
}

pub(super) fn error(reason: impl Into<String>) -> CodecError {
    Format::Jpeg.error(reason)
}

fn unsupported<T>(what: &str) -> Result<T> {
    Err(CodecError::Unsupported(what.to_owned()))
}

impl Frame {
    /// Reads the payload of the frame header `marker`.
    pub(super) fn read(marker: u8, payload: &[u8], limits: &Limits) -> Result<Self> {
        let [bits, y1, y0, x1, x0, count, rest @ ..] = payload else {
            return Err(error("its frame header is cut"));
        };
        refuse_kinds(marker, *bits, *count)?;
        let (width, height) = (u16::from_be_bytes([*x1, *x0]), u16::from_be_bytes([*y1, *y0]));
        if height == 0 {
            return unsupported("JPEG whose height follows its pixels (DNL)");
        }
        if width == 0 || rest.len() < 3 * usize::from(*count) {
            return Err(error("its frame header makes no sense"));
        }
        limits.check_size(u32::from(width), u32::from(height))?;
        let shape = Shape {
            pixels: u64::from(width) * u64::from(height),
            color: if *count == 1 { Color::Gray } else { Color::Rgb },
            alpha: false,
            depth: Depth::Eight,
        };
        let is_progressive = marker == 0xc2;
        // All coefficients of a progressive image lie in memory, of two bytes each.
        let coefficients = if is_progressive {
            2 * shape.pixels * u64::from(*count)
        } else {
            0
        };
        limits.check_memory(shape.encoding_bytes().saturating_add(coefficients))?;
        let fields: Vec<&[u8]> = rest.chunks_exact(3).take(usize::from(*count)).collect();
        Self::of(is_progressive, [usize::from(width), usize::from(height)], &fields)
    }

    fn of(progressive: bool, [width, height]: [usize; 2], fields: &[&[u8]]) -> Result<Self> {
        let factors = |field: &[u8]| (usize::from(field[1] >> 4), usize::from(field[1] & 15));
        let (mut h_max, mut v_max) = (1, 1);
        for field in fields {
            let (h, v) = factors(field);
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) || field[2] > 3 {
                return Err(error("its frame header makes no sense"));
            }
            (h_max, v_max) = (h_max.max(h), v_max.max(v));
        }
        let mut components: Vec<Component> = Vec::new();
        for field in fields {
            let (h, v) = factors(field);
            let (own_width, own_height) = ((width * h).div_ceil(h_max), (height * v).div_ceil(v_max));
            if components.iter().any(|other| other.id == field[0]) {
                return Err(error("two of its components have one name"));
            }
            components.push(Component {
                id: field[0],
                h,
                v,
                quantiser: usize::from(field[2]),
                width: own_width,
                height: own_height,
                blocks: [own_width.div_ceil(8), own_height.div_ceil(8)],
            });
        }
        let mcus = [width.div_ceil(8 * h_max), height.div_ceil(8 * v_max)];
        Ok(Self {
            width,
            height,
            progressive,
            components,
            h_max,
            v_max,
            mcus,
        })
    }

    /// Blocks across and down of component `index`, with those that fill up the last MCU.
    pub(super) fn padded(&self, index: usize) -> [usize; 2] {
        let component = &self.components[index];
        [self.mcus[0] * component.h, self.mcus[1] * component.v]
    }

    /// Blocks of all components.
    pub(super) fn all_blocks(&self) -> usize {
        let padded = (0..self.components.len()).map(|index| self.padded(index));
        padded.map(|[across, down]| across * down).sum()
    }
}

/// Refuses frames that are not decoded, by the name of their kind.
fn refuse_kinds(marker: u8, bits: u8, components: u8) -> Result<()> {
    match marker {
        0xc0..=0xc2 => {}
        0xc3 => return unsupported("lossless JPEG: convert it to PNG first"),
        0xc9..=0xcb => return unsupported("JPEG with arithmetic coding: convert it with jpegtran first"),
        _ => return unsupported("hierarchical JPEG"),
    }
    if bits != 8 {
        return unsupported(&format!(
            "JPEG of {bits} bits, more than 8 bits a sample: convert it to PNG first"
        ));
    }
    match components {
        1 | 3 => Ok(()),
        4 => unsupported("CMYK or YCCK JPEG: convert the picture to RGB first"),
        other => unsupported(&format!("JPEG of {other} components")),
    }
}

impl Tables {
    /// Takes in the segment `marker` if it holds tables.
    pub(super) fn read(&mut self, marker: u8, payload: &[u8]) -> Result<()> {
        match marker {
            0xdb => self.read_quantisers(payload),
            0xc4 => self.read_codes(payload),
            0xdd => match payload {
                [high, low, ..] => {
                    self.restart = usize::from(u16::from_be_bytes([*high, *low]));
                    Ok(())
                }
                _ => Err(error("its restart interval is cut")),
            },
            _ => Ok(()),
        }
    }

    fn read_quantisers(&mut self, mut payload: &[u8]) -> Result<()> {
        while let Some((&kind, rest)) = payload.split_first() {
            let bytes = if kind >> 4 == 0 { 64 } else { 128 };
            let wrong = || error("a quantiser is cut or has no number");
            let (values, rest) = rest.split_at_checked(bytes).ok_or_else(wrong)?;
            let slot = self.quantisers.get_mut(usize::from(kind & 15)).ok_or_else(wrong)?;
            let mut table = [0; 64];
            for (&place, value) in ZIGZAG.iter().zip(values.chunks_exact(bytes / 64)) {
                table[usize::from(place)] = value.iter().fold(0, |sum, &byte| sum << 8 | u16::from(byte));
            }
            *slot = Some(table);
            payload = rest;
        }
        Ok(())
    }

    fn read_codes(&mut self, mut payload: &[u8]) -> Result<()> {
        let wrong = || error("a Huffman table is wrong");
        while let Some((&kind, rest)) = payload.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(wrong)?;
            let count = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(count).ok_or_else(wrong)?;
            let table = Table::new(counts, symbols).ok_or_else(wrong)?;
            let tables = match kind >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(wrong()),
            };
            *tables.get_mut(usize::from(kind & 15)).ok_or_else(wrong)? = Some(table);
            payload = rest;
        }
        Ok(())
    }
}
