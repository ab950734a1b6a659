//! Files of plain samples: what a sample is, and the source that reads them piece by piece.

pub(super) mod aiff;
pub(super) mod au;
pub(super) mod caf;
mod core_layout;
mod g711;
pub(super) mod raw;
mod riff;
mod wave_format;

pub(super) use riff::{W64_START, open as open_riff};

use std::io::Read;

use super::SoundFormat;
use super::coded::decoders::{PacketDecoder, Shape};
use super::input::{Input, seek};
use crate::error::Result;
use crate::sound::{SampleFormat, SoundNotes, SoundSource, SoundSpec, Tags};

/// Bytes that are read at a time.
const PIECE_BYTES: usize = 1 << 16;

/// What the bytes of a sample say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Integers in two's complement; fewer valid bits than the bytes have lie at the top.
    Signed,
    /// Integers with an offset of half their range.
    Unsigned,
    Float,
    Alaw,
    Mulaw,
}

/// How samples lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) encoding: Encoding,
    /// Bytes of a sample.
    pub(super) bytes: usize,
    /// Whether the first byte is the highest.
    pub(super) big: bool,
    pub(super) rate: u32,
    pub(super) channels: u16,
}

impl Layout {
    /// Bytes of a sample of all channels.
    pub(super) fn frame_bytes(&self) -> u64 {
        self.bytes as u64 * u64::from(self.channels)
    }

    /// What samples of this kind are written as; `None` for kinds that there are not.
    pub(super) fn format(&self) -> Option<SampleFormat> {
        Some(match (self.encoding, self.bytes) {
            (Encoding::Alaw | Encoding::Mulaw, 1) => SampleFormat::Int16,
            (Encoding::Float, 4 | 8) => SampleFormat::Float32,
            (Encoding::Signed | Encoding::Unsigned, 1) => SampleFormat::Int8,
            (Encoding::Signed | Encoding::Unsigned, 2) => SampleFormat::Int16,
            (Encoding::Signed | Encoding::Unsigned, 3) => SampleFormat::Int24,
            (Encoding::Signed | Encoding::Unsigned, 4) => SampleFormat::Int32,
            _ => return None,
        })
    }

    /// A sample of [`bytes`](Self::bytes) bytes; full scale is at -1 and 1.
    fn sample(&self, bytes: &[u8]) -> f32 {
        let mut word = [0; 8];
        // The highest byte comes first.
        for (at, place) in word.iter_mut().enumerate().take(self.bytes) {
            *place = bytes[if self.big { at } else { self.bytes - 1 - at }];
        }
        let word = u64::from_be_bytes(word);
        let integer = |word: u64| (word as i64 >> 32) as f32 / 2f32.powi(31);
        match (self.encoding, self.bytes) {
            (Encoding::Alaw, _) => f32::from(g711::alaw(bytes[0])) / 32_768.0,
            (Encoding::Mulaw, _) => f32::from(g711::mulaw(bytes[0])) / 32_768.0,
            (Encoding::Float, 4) => f32::from_bits((word >> 32) as u32),
            (Encoding::Float, _) => f64::from_bits(word) as f32,
            (Encoding::Signed, _) => integer(word),
            (Encoding::Unsigned, _) => integer(word ^ (1 << 63)),
        }
    }
}

/// All that the header of a file of plain samples says.
pub(super) struct Plain {
    pub(super) layout: Layout,
    /// Where the samples begin.
    pub(super) offset: u64,
    /// How many there are of each channel.
    pub(super) length: u64,
    pub(super) mask: Option<u32>,
    pub(super) tags: Tags,
    pub(super) notes: SoundNotes,
}

/// A file of plain samples that is read piece by piece.
pub(super) struct PlainSource {
    file: SoundFormat,
    input: Input,
    plain: Plain,
    format: SampleFormat,
    left: u64,
    bytes: Vec<u8>,
}

impl PlainSource {
    /// # Errors
    /// `Unsupported` for kinds of samples that there are not, `Io`.
    pub(super) fn new(file: SoundFormat, mut input: Input, plain: Plain) -> Result<Self> {
        let format = plain.layout.format().ok_or_else(|| {
            let (bytes, encoding) = (plain.layout.bytes, plain.layout.encoding);
            file.unsupported(format!("{encoding:?} samples of {bytes} bytes"))
        })?;
        seek(&mut input, plain.offset)?;
        Ok(Self {
            left: plain.length,
            bytes: Vec::new(),
            file,
            input,
            plain,
            format,
        })
    }
}

impl SoundSource for PlainSource {
    fn spec(&self) -> SoundSpec {
        let Layout { rate, channels, .. } = self.plain.layout;
        SoundSpec {
            rate,
            channels,
            format: self.format,
        }
    }

    fn tags(&self) -> &Tags {
        &self.plain.tags
    }

    fn channel_mask(&self) -> Option<u32> {
        self.plain.mask
    }

    fn notes(&self) -> SoundNotes {
        self.plain.notes.clone()
    }

    fn length(&self) -> Option<u64> {
        Some(self.plain.length)
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize> {
        let frame = self.plain.layout.frame_bytes();
        let most = (PIECE_BYTES as u64 / frame).clamp(1, most.max(1) as u64);
        let count = self.left.min(most);
        self.bytes.clear();
        self.input.by_ref().take(count * frame).read_to_end(&mut self.bytes)?;
        if self.bytes.len() as u64 != count * frame {
            return Err(self.file.cut("it became shorter while it was read"));
        }
        let layout = self.plain.layout;
        out.extend(self.bytes.chunks_exact(layout.bytes).map(|bytes| layout.sample(bytes)));
        self.left -= count;
        Ok(count as usize)
    }
}

/// Plain samples that come as packets of another container.
pub(super) struct PcmPackets(pub(super) Layout);

impl PacketDecoder for PcmPackets {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> std::result::Result<Shape, String> {
        let Layout { rate, channels, .. } = self.0;
        let frames = packet.chunks_exact(self.0.frame_bytes().max(1) as usize);
        out.extend(
            frames
                .flat_map(|frame| frame.chunks_exact(self.0.bytes))
                .map(|bytes| self.0.sample(bytes)),
        );
        Ok(Shape { rate, channels })
    }

    fn renew(&mut self) {}
}

/// The bytes of samples of a file that states more than there are.
///
/// # Errors
/// `Media` unless what is there is to be saved.
fn cut(file: SoundFormat, stated: u64, left: u64, salvage: bool, notes: &mut SoundNotes) -> Result<u64> {
    let what = format!("{} of {stated} bytes of samples are missing", stated - left);
    if !salvage {
        return Err(file.cut(what));
    }
    notes.warn(format!("it is cut: {what}"));
    Ok(left)
}

/// The bytes of samples of a file that states some or, in a pipe, none.
///
/// # Errors
/// As [`cut`].
fn sample_bytes(
    file: SoundFormat,
    stated: Option<u64>,
    left: u64,
    salvage: bool,
    notes: &mut SoundNotes,
) -> Result<u64> {
    match stated {
        Some(stated) if stated > left => cut(file, stated, left, salvage, notes),
        Some(stated) => Ok(stated),
        None => {
            notes.warn(format!(
                "it states no length: it was read to its end, which is {left} bytes"
            ));
            Ok(left)
        }
    }
}

/// How many whole samples of all channels `bytes` hold; what is left over is noted.
pub(super) fn whole_frames(layout: &Layout, bytes: u64, notes: &mut SoundNotes) -> u64 {
    let frame = layout.frame_bytes().max(1);
    if !bytes.is_multiple_of(frame) {
        let (rest, channels) = (bytes % frame, layout.channels);
        notes.lose(format!(
            "{rest} bytes of an incomplete sample of {channels} channels at the end"
        ));
    }
    bytes / frame
}

#[cfg(test)]
mod long_tests;
#[cfg(test)]
mod tests;

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn samples_have_their_value_in_every_layout() {
        use Encoding::{Float, Signed, Unsigned};
        let cases: [(Encoding, bool, &[u8], f32); 12] = [
            (Signed, false, &[0x40], 0.5),
            (Unsigned, false, &[0x40], -0.5),
            (Signed, false, &[0, 0xc0], -0.5),
            (Signed, true, &[0xc0, 0], -0.5),
            (Unsigned, true, &[0xc0, 0], 0.5),
            (Signed, false, &[0, 0, 0x20], 0.25),
            (Signed, true, &[0x80, 0, 0], -1.0),
            (Signed, false, &[0, 0, 0, 0x40], 0.5),
            (Signed, true, &[0xe0, 0, 0, 0], -0.25),
            (Float, false, &[0, 0, 0x80, 0x3f], 1.0),
            (Float, true, &[0x40, 0, 0, 0], 2.0),
            (Float, true, &[0x3f, 0xe0, 0, 0, 0, 0, 0, 0], 0.5),
        ];
        for (encoding, big, bytes, value) in cases {
            let layout = Layout {
                encoding,
                bytes: bytes.len(),
                big,
                rate: 8000,
                channels: 1,
            };
            assert_eq!(layout.sample(bytes), value, "{layout:?}");
        }
    }
}
