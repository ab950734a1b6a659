//! The header of an image stream: who made it, what it holds, and which model decodes it.

use lmc_entropy::prior::{Coding, Context};
use lmc_entropy::trellis::{Machine, Quantisation};

use super::leb::{read_leb, write_leb};
use super::limits::Limits;
use crate::error::{CodecError, ModelHash, Result};
use crate::picture::{Color, Depth, Orientation};
use crate::tiles::{MAX_TILE_SIZE, TILE_UNIT, TileGrid};

/// The first four bytes of every stream. The first is no ASCII and no UTF-8 start, so no text
/// begins so.
pub const MAGIC: [u8; 4] = [0x8d, b'L', b'M', b'C'];
/// The version of the container that this crate writes, and the only one it reads.
pub const VERSION: u8 = 1;
/// Sound of any kind, as [`SoundHeader`](super::SoundHeader) describes it.
pub(crate) const CODEC_AUDIO: u8 = 2;
/// Speech, with the same header.
pub(crate) const CODEC_SPEECH: u8 = 3;

/// How the colours of a picture are coded. Ids are append-only: a number never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImageCodec {
    /// Through the wavelet model that the header names.
    Wavelet,
    /// Exactly, without a model.
    Lossless,
}

impl ImageCodec {
    pub(super) fn from_byte(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Wavelet),
            4 => Some(Self::Lossless),
            _ => None,
        }
    }

    fn to_byte(self) -> u8 {
        match self {
            Self::Wavelet => 1,
            Self::Lossless => 4,
        }
    }

    /// Flags that other codecs do not have.
    fn own_flags(self) -> u8 {
        match self {
            Self::Wavelet => FLAGS_MACHINE | FLAG_FOUR_STEPS | FLAG_FURTHER,
            Self::Lossless => 0,
        }
    }

    /// Side of the largest tile in pixels.
    pub fn max_tile_size(self) -> u32 {
        match self {
            Self::Wavelet => MAX_TILE_SIZE,
            Self::Lossless => MAX_LOSSLESS_TILE_SIZE,
        }
    }

    /// A short name, as `info` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wavelet => "wavelet",
            Self::Lossless => "lossless",
        }
    }
}

/// Side of the largest lossless tile in pixels: a pixel of one under way takes about 60 bytes.
const MAX_LOSSLESS_TILE_SIZE: u32 = 1024;

const FLAG_RGB: u8 = 1;
const FLAG_ALPHA: u8 = 2;
const FLAG_16_BIT: u8 = 4;
/// The lower three bits of the number of the machine: 0 for rounding, else one more than its index.
const FLAGS_MACHINE: u8 = 7 << MACHINE_SHIFT;
const MACHINE_SHIFT: u32 = 3;
/// The context of four steps.
const FLAG_FOUR_STEPS: u8 = 64;
/// A byte of further flags follows, not all of which are 0.
const FLAG_FURTHER: u8 = 128;
/// Of the further flags: what the machine's number has more than the lower three bits.
const FURTHER_MACHINE: u8 = 1;
/// Of the further flags: the number of the orientation.
const FURTHER_ORIENTATION: u8 = 7 << ORIENTATION_SHIFT;
const ORIENTATION_SHIFT: u32 = 1;
/// Bytes before the first number of variable length: magic, version, codec, model hash.
pub(super) const FIXED_BYTES: usize = 22;

/// The header of a stream, without its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// How the colours are coded.
    pub codec: ImageCodec,
    /// Hash of the model that the stream needs; zeros where the codec needs none.
    pub model: ModelHash,
    /// Width of the picture that is shown in pixels, at least 1.
    pub width: u32,
    /// Height of the picture that is shown in pixels, at least 1.
    pub height: u32,
    /// How the picture that is coded lies.
    pub orientation: Orientation,
    /// Gray or RGB.
    pub color: Color,
    /// Bits of a sample, of colour and of alpha.
    pub depth: Depth,
    /// Whether every tile has an alpha plane.
    pub alpha: bool,
    /// How latents are coded; where there are none, as if it were by rounding and in two steps.
    pub coding: Coding,
    /// Quality in hundredths, 0..=10000; of a lossless stream 10000 less its largest error, see [`Self::max_error`].
    pub quality: u16,
    /// Side of a tile in pixels, a multiple of 64 in 64..=4096.
    pub tile_size: u32,
}

impl Header {
    /// The tiles of the picture that is coded.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] when the header breaks the rules of its fields.
    pub fn grid(&self) -> Result<TileGrid> {
        let [width, height] = self.orientation.sides([self.width, self.height]);
        TileGrid::new(width, height, self.tile_size)
    }

    /// How far samples of a lossless stream may be from those of the original, in steps of 1/255 of the range: 0 where they
    /// are exact. Nothing for other codecs.
    pub fn max_error(&self) -> Option<u16> {
        (self.codec == ImageCodec::Lossless).then(|| 10_000u16.saturating_sub(self.quality))
    }

    /// The bytes of the header, with its CRC-32.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] when a field is out of its range.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.grid()?;
        let largest = self.codec.max_tile_size();
        if self.tile_size > largest {
            let reason = format!(
                "tiles of the {} codec have at most {largest} pixels a side, not {}",
                self.codec.name(),
                self.tile_size
            );
            return Err(CodecError::Parameter(reason));
        }
        if self.quality > 10_000 {
            let reason = format!("quality {} is over 10000 hundredths", self.quality);
            return Err(CodecError::Parameter(reason));
        }
        let mut out = Vec::with_capacity(FIXED_BYTES + 20);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, self.codec.to_byte()]);
        out.extend_from_slice(&self.model.0);
        write_leb(&mut out, self.width);
        write_leb(&mut out, self.height);
        match self.flags() {
            [flags, 0] => out.push(flags),
            [flags, further] => out.extend_from_slice(&[flags | FLAG_FURTHER, further]),
        }
        out.extend_from_slice(&self.quality.to_le_bytes());
        write_leb(&mut out, self.tile_size / TILE_UNIT);
        let crc = crc32fast::hash(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        Ok(out)
    }

    /// Reads the header at the start of `bytes`; returns it and its length in bytes.
    ///
    /// # Errors
    /// `Malformed` for bytes that are no header, `Unsupported` for another version or codec,
    /// `Limit` for a picture larger than `limits` allow.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<(Self, usize)> {
        let codec = check_start(bytes)?;
        let mut fields = Fields { bytes, at: FIXED_BYTES };
        let width = fields.number()?;
        let height = fields.number()?;
        let flags = fields.byte()?;
        let further = match flags & FLAG_FURTHER {
            0 => 0,
            _ => fields.byte()?,
        };
        let quality = u16::from_le_bytes([fields.byte()?, fields.byte()?]);
        let tile_units = fields.number()?;
        let length = fields.checked()?;
        let model = bytes.get(6..FIXED_BYTES).and_then(|hash| hash.try_into().ok());
        let header = Self {
            codec,
            model: ModelHash(model.ok_or_else(cut)?),
            width,
            height,
            color: if flags & FLAG_RGB != 0 { Color::Rgb } else { Color::Gray },
            depth: if flags & FLAG_16_BIT != 0 {
                Depth::Sixteen
            } else {
                Depth::Eight
            },
            alpha: flags & FLAG_ALPHA != 0,
            orientation: Orientation::of_number((further & FURTHER_ORIENTATION) >> ORIENTATION_SHIFT)
                .unwrap_or_default(),
            coding: coding(flags, further)?,
            quality,
            tile_size: tile_units.min(MAX_TILE_SIZE) * TILE_UNIT,
        };
        header.check([flags, further], tile_units)?;
        limits.check_size(width, height)?;
        Ok((header, length))
    }

    /// The flags and the further ones.
    fn flags(&self) -> [u8; 2] {
        let (mut flags, mut further) = (0, self.orientation.number() << ORIENTATION_SHIFT);
        if self.color == Color::Rgb {
            flags |= FLAG_RGB;
        }
        if self.alpha {
            flags |= FLAG_ALPHA;
        }
        if self.depth == Depth::Sixteen {
            flags |= FLAG_16_BIT;
        }
        if self.coding.context == Context::Four {
            flags |= FLAG_FOUR_STEPS;
        }
        if let Quantisation::Trellis(machine) = self.coding.quantisation {
            let number = machine.index() + 1;
            flags |= (number << MACHINE_SHIFT) & FLAGS_MACHINE;
            further |= number >> 3;
        }
        [flags, further]
    }

    /// The rules of the fields, once the checksum has shown that they are what was written.
    fn check(&self, [flags, further]: [u8; 2], tile_units: u32) -> Result<()> {
        let malformed = |reason: String| Err(CodecError::malformed(FIXED_BYTES, reason));
        let known = FLAG_RGB | FLAG_ALPHA | FLAG_16_BIT | self.codec.own_flags();
        let is_known = flags & !known == 0 && further & !(FURTHER_MACHINE | FURTHER_ORIENTATION) == 0;
        if !is_known || (further == 0) != (flags & FLAG_FURTHER == 0) {
            return Err(unknown_flags([flags, further]));
        }
        if self.width == 0 || self.height == 0 {
            return malformed(format!("the picture is {}x{} pixels", self.width, self.height));
        }
        if self.quality > 10_000 {
            return malformed(format!("quality {} is over 10000 hundredths", self.quality));
        }
        let largest = self.codec.max_tile_size();
        if tile_units == 0 || tile_units > largest / TILE_UNIT {
            return malformed(format!("a tile of {tile_units} x 64 pixels is not in 64..={largest}"));
        }
        Ok(())
    }
}

/// Checks the fields whose meaning is fixed for all versions; returns the codec.
pub(super) fn codec_byte(bytes: &[u8]) -> Result<u8> {
    if bytes.len() < 4 || bytes[..4] != MAGIC {
        return Err(CodecError::malformed(0, "this is no lmc stream (other first bytes)"));
    }
    match bytes.get(4..6) {
        None => Err(cut()),
        Some(&[VERSION, codec, ..]) => Ok(codec),
        Some(version) => {
            let what = format!("format version {}: this version reads version 1", version[0]);
            Err(CodecError::Unsupported(what))
        }
    }
}

/// The same, of a stream that should be a picture.
fn check_start(bytes: &[u8]) -> Result<ImageCodec> {
    let codec = codec_byte(bytes)?;
    ImageCodec::from_byte(codec).ok_or_else(|| {
        CodecError::Unsupported(match codec {
            CODEC_AUDIO | CODEC_SPEECH => format!("codec {codec}: the stream is a sound and no picture"),
            _ => unknown_codec(codec),
        })
    })
}

/// What is said of a codec that a newer version may know.
pub(super) fn unknown_codec(codec: u8) -> String {
    format!("codec {codec}: this version decodes the codecs 1 to 4")
}

pub(super) fn cut() -> CodecError {
    CodecError::malformed(0, "the stream ends inside its header")
}

/// A cursor over the header's fields.
pub(super) struct Fields<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Fields<'_> {
    pub(super) fn byte(&mut self) -> Result<u8> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(cut)?;
        self.at += 1;
        Ok(byte)
    }

    pub(super) fn number(&mut self) -> Result<u32> {
        let rest = self.bytes.get(self.at..).ok_or_else(cut)?;
        let (value, length) = read_leb(rest).map_err(|error| CodecError::malformed(self.at, error.reason()))?;
        self.at += length;
        Ok(value)
    }

    /// Compares the CRC-32 that ends the header; returns the header's length with it.
    pub(super) fn checked(mut self) -> Result<usize> {
        let end = self.at;
        let stored = [self.byte()?, self.byte()?, self.byte()?, self.byte()?];
        let found = crc32fast::hash(self.bytes.get(..end).ok_or_else(cut)?);
        if u32::from_le_bytes(stored) != found {
            return Err(CodecError::malformed(end, "the header is damaged (its CRC-32 differs)"));
        }
        Ok(self.at)
    }
}

fn coding(flags: u8, further: u8) -> Result<Coding> {
    let quantisation = match (flags & FLAGS_MACHINE) >> MACHINE_SHIFT | (further & FURTHER_MACHINE) << 3 {
        0 => Quantisation::Rounding,
        number => match Machine::of_index(number - 1) {
            Some(machine) => Quantisation::Trellis(machine),
            None => return Err(unknown_flags([flags, further])),
        },
    };
    let context = if flags & FLAG_FOUR_STEPS == 0 {
        Context::Two
    } else {
        Context::Four
    };
    Ok(Coding { quantisation, context })
}

fn unknown_flags([flags, further]: [u8; 2]) -> CodecError {
    let what = format!("picture flags {flags:#04x}, {further:#04x}: a newer version wrote this stream");
    CodecError::Unsupported(what)
}
