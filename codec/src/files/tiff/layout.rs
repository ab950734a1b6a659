//! How the pixels of a TIFF image lie in its file.

use std::io::{Read, Seek};

use super::directory::{Directory, File, error};
use super::fax;
use crate::error::{CodecError, Result, check_limit};
use crate::files::notes::{Notes, ReadOptions};
use crate::media::image::Depth;

/// The most samples of a pixel.
const MAX_SAMPLES: u64 = 32;

/// What samples stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Gray, 0 for white.
    White,
    /// Gray, 0 for black.
    Black,
    Rgb,
    Palette,
    /// Luma and chroma, which only JPEG has here.
    YCbCr,
}

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Fax(fax::Kind),
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
}

/// The layout of an image.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u32,
    /// Samples of a pixel.
    pub(super) samples: usize,
    pub(super) meaning: Meaning,
    pub(super) packing: Packing,
    /// Whether every sample has a plane of its own.
    pub(super) planar: bool,
    /// Whether samples are differences to those on their left.
    pub(super) differences: bool,
    /// Whether the first pixel of a byte is its lowest bit.
    pub(super) reversed: bool,
    /// Index of the sample that is alpha, and whether colours are multiplied by it.
    pub(super) alpha: Option<(usize, bool)>,
    /// Width and height of strips or tiles.
    pub(super) chunk: [u32; 2],
    pub(super) is_tiled: bool,
    pub(super) offsets: Vec<u64>,
    pub(super) lengths: Vec<u64>,
    /// Red, green and blue of each index.
    pub(super) palette: Vec<[u8; 3]>,
    /// Tables for the JPEG files inside.
    pub(super) tables: Option<Vec<u8>>,
}

fn unsupported<T>(what: impl std::fmt::Display) -> Result<T> {
    Err(CodecError::Unsupported(format!("TIFF {what}")))
}

/// Width and height.
pub(super) fn size<R: Read + Seek>(tiff: &mut File<R>, directory: &Directory) -> Result<(u32, u32)> {
    let mut side = |tag| {
        tiff.value(directory, tag, 0)
            .map(|side| u32::try_from(side).unwrap_or(u32::MAX))
    };
    let (width, height) = (side(256)?, side(257)?);
    if width == 0 || height == 0 {
        return Err(error("it has no pixels"));
    }
    Ok((width, height))
}

impl Layout {
    pub(super) fn read<R: Read + Seek>(
        tiff: &mut File<R>,
        directory: &Directory,
        options: &ReadOptions,
        notes: &mut Notes,
    ) -> Result<Self> {
        let (width, height) = size(tiff, directory)?;
        options.limits.check_size(width, height)?;
        let samples = tiff.value(directory, 277, 1)?;
        check_limit("the number of samples of a TIFF pixel", samples, MAX_SAMPLES)?;
        let bits = bits(tiff, directory)?;
        let packing = packing(tiff, directory)?;
        let meaning = meaning(tiff.value(directory, 262, 1)?, packing)?;
        let mut layout = Self {
            width,
            height,
            bits,
            samples: samples as usize,
            meaning,
            packing,
            planar: tiff.value(directory, 284, 1)? == 2 && samples > 1,
            differences: false,
            reversed: tiff.value(directory, 266, 1)? == 2,
            alpha: None,
            chunk: [width, height],
            is_tiled: false,
            offsets: Vec::new(),
            lengths: Vec::new(),
            palette: Vec::new(),
            tables: tiff.raw(directory, 347, 1 << 20)?,
        };
        layout.read_predictor(tiff.value(directory, 317, 1)?)?;
        layout.read_extra(&tiff.numbers(directory, 338)?, notes)?;
        layout.read_chunks(tiff, directory, options)?;
        if meaning == Meaning::Palette {
            layout.read_palette(&tiff.numbers(directory, 320)?)?;
        }
        Ok(layout)
    }

    fn read_predictor(&mut self, predictor: u64) -> Result<()> {
        let has_one = matches!(self.packing, Packing::Lzw | Packing::Deflate);
        match predictor {
            _ if !has_one => {}
            0 | 1 => {}
            2 if matches!(self.bits, 8 | 16) => self.differences = true,
            2 => return unsupported(format_args!("of differences of {} bits", self.bits)),
            3 => return unsupported("of floating-point differences"),
            other => return unsupported(format_args!("with the predictor {other}")),
        }
        Ok(())
    }

    /// Channels of colour in a pixel of the file.
    pub(super) fn colors(&self) -> usize {
        match self.meaning {
            Meaning::Rgb | Meaning::YCbCr => 3,
            _ => 1,
        }
    }

    fn read_extra(&mut self, extra: &[u64], notes: &mut Notes) -> Result<()> {
        let colors = self.colors();
        if self.samples < colors {
            return Err(error(format!(
                "it has {} samples a pixel, fewer than its colours need",
                self.samples
            )));
        }
        let count = self.samples - colors;
        let is_alpha = |kind: &u64| matches!(kind, 1 | 2);
        let index = extra.iter().take(count).position(is_alpha);
        self.alpha = index.map(|index| (colors + index, extra[index] == 1));
        match count - usize::from(index.is_some()) {
            0 => {}
            1 => notes.lose("an extra channel that is no alpha"),
            others => notes.lose(format!("{others} extra channels that are no alpha")),
        }
        Ok(())
    }

    fn read_chunks<R: Read + Seek>(
        &mut self,
        tiff: &mut File<R>,
        directory: &Directory,
        options: &ReadOptions,
    ) -> Result<()> {
        let mut side = |tag, default: u32| {
            let side = tiff.value(directory, tag, u64::from(default))?;
            Ok::<_, CodecError>(u32::try_from(side).unwrap_or(u32::MAX))
        };
        let tiled = directory.entries.contains_key(&322);
        self.is_tiled = tiled;
        self.chunk = match tiled {
            true => [side(322, 0)?, side(323, 0)?],
            false => [self.width, side(278, u32::MAX)?.min(self.height)],
        };
        let [width, height] = self.chunk;
        if width == 0 || height == 0 {
            return Err(error("its strips or tiles have no pixels"));
        }
        let [across, down] = self.chunks();
        let padded = (across as u64)
            .saturating_mul(u64::from(width))
            .saturating_mul(down as u64);
        let padded = padded.saturating_mul(u64::from(height));
        let limit = options.limits.max_pixels.saturating_mul(4);
        check_limit("the number of pixels of all TIFF tiles", padded, limit)?;
        let (offsets, lengths) = if tiled { (324, 325) } else { (273, 279) };
        self.offsets = tiff.numbers(directory, offsets)?;
        self.lengths = tiff.numbers(directory, lengths)?;
        Ok(())
    }

    /// Strips or tiles across and down.
    pub(super) fn chunks(&self) -> [usize; 2] {
        let count = |side: u32, chunk: u32| side.div_ceil(chunk.max(1)) as usize;
        [count(self.width, self.chunk[0]), count(self.height, self.chunk[1])]
    }

    fn read_palette(&mut self, map: &[u64]) -> Result<()> {
        let colors = 1usize << self.bits;
        if self.bits > 8 || map.len() < 3 * colors {
            return Err(error("its palette is missing or too small"));
        }
        // Some writers count to 255 and not to 65535.
        let shift = if map.iter().all(|&value| value < 256) { 0 } else { 8 };
        let color = |index: usize| [0, 1, 2].map(|channel| (map[channel * colors + index] >> shift) as u8);
        self.palette = (0..colors).map(color).collect();
        Ok(())
    }

    /// Bits of the samples of the image.
    pub(super) fn depth(&self) -> Depth {
        match self.bits {
            ..=8 => Depth::Eight,
            _ => Depth::Sixteen,
        }
    }
}

/// Bits of a sample: whole numbers of at most 16.
fn bits<R: Read + Seek>(tiff: &mut File<R>, directory: &Directory) -> Result<u32> {
    let all = tiff.numbers(directory, 258)?;
    let bits = all.first().copied().unwrap_or(1);
    if all.iter().any(|&other| other != bits) {
        return unsupported("whose channels have different bits");
    }
    match tiff.value(directory, 339, 1)? {
        1 | 4 => {}
        2 => {
            return unsupported(format_args!(
                "of signed {bits}-bit samples: convert it to 16 bits without sign first"
            ));
        }
        3 => {
            return unsupported(format_args!(
                "of {bits}-bit floating-point samples: convert it to 16 bits first"
            ));
        }
        _ => return unsupported("of complex samples"),
    }
    match bits {
        1..=16 => Ok(bits as u32),
        _ => unsupported(format_args!("of {bits}-bit samples: convert it to 16 bits first")),
    }
}

fn packing<R: Read + Seek>(tiff: &mut File<R>, directory: &Directory) -> Result<Packing> {
    let name = match tiff.value(directory, 259, 1)? {
        1 => return Ok(Packing::None),
        2 => return Ok(Packing::Fax(fax::Kind::Runs)),
        3 => {
            let mixed = tiff.value(directory, 292, 0)? & 1 == 1;
            return Ok(Packing::Fax(fax::Kind::Group3 { mixed }));
        }
        4 => return Ok(Packing::Fax(fax::Kind::Group4)),
        5 => return Ok(Packing::Lzw),
        7 => return Ok(Packing::Jpeg),
        8 | 32946 => return Ok(Packing::Deflate),
        32773 => return Ok(Packing::PackBits),
        6 => "old-style JPEG".to_owned(),
        32809 => "ThunderScan".to_owned(),
        33003 | 33004 | 33005 | 34712 => "JPEG 2000".to_owned(),
        34661 => "JBIG".to_owned(),
        34676 | 34677 => "SGI LogLuv".to_owned(),
        34887 => "LERC".to_owned(),
        34925 => "LZMA".to_owned(),
        34933 => "PNG".to_owned(),
        50000 | 34926 => "Zstandard".to_owned(),
        50001 | 34927 => "WebP".to_owned(),
        50002 | 52546 => "JPEG XL".to_owned(),
        other => format!("the unknown method {other}"),
    };
    unsupported(format_args!(
        "compressed with {name}: save it with LZW or deflate first"
    ))
}

fn meaning(photometric: u64, packing: Packing) -> Result<Meaning> {
    let name = match photometric {
        0 => return Ok(Meaning::White),
        1 => return Ok(Meaning::Black),
        2 => return Ok(Meaning::Rgb),
        3 => return Ok(Meaning::Palette),
        6 if packing == Packing::Jpeg => return Ok(Meaning::YCbCr),
        4 => "which is a mask of transparency",
        5 => {
            return Err(CodecError::Unsupported(
                "CMYK TIFF: convert the picture to RGB first".to_owned(),
            ));
        }
        6 => "of YCbCr samples without JPEG: convert it to RGB first",
        8..=10 => "of CIELab samples: convert it to RGB first",
        32844 | 32845 => "of LogLuv samples",
        other => return unsupported(format_args!("with the colour model {other}")),
    };
    unsupported(name)
}
