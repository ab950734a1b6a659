//! Writes WAV files from their beginning to their end, so that they can go into a pipe.

use std::io::Write;

use super::chunks;
use super::tags::{id3v2_write, info};
use crate::error::{CodecError, Result};
use crate::sound::{SoundSpec, Tags};

/// Samples that are turned into bytes at a time.
const PIECE: usize = 1 << 14;
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;
/// What follows the two bytes of PCM or FLOAT in the id of a format.
const SUBFORMAT: [u8; 14] = *b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";

/// Writes one WAV file.
#[derive(Debug)]
pub struct WavWriter<W> {
    out: W,
    spec: SoundSpec,
    /// Samples, of all channels, that are still due.
    due: u64,
    data_bytes: u64,
    bytes: u64,
    buffer: Vec<u8>,
}

impl<W: Write> WavWriter<W> {
    /// As [`with_mask`](Self::with_mask), for the usual loudspeakers.
    ///
    /// # Errors
    /// `Io`.
    pub fn new(out: W, spec: SoundSpec, samples: u64, tags: &Tags) -> Result<Self> {
        Self::with_mask(out, spec, None, samples, tags)
    }

    /// Writes all that comes before the samples, of which there will be `samples` in each channel, for the loudspeakers
    /// that `mask` says. A file of 4 GiB or more becomes RF64.
    ///
    /// # Errors
    /// `Io`.
    pub fn with_mask(mut out: W, spec: SoundSpec, mask: Option<u32>, samples: u64, tags: &Tags) -> Result<Self> {
        let due = samples.saturating_mul(u64::from(spec.channels));
        let data_bytes = due.saturating_mul(spec.format.bytes() as u64);
        let middle = [format_chunk(&spec, mask, samples), tag_chunks(tags)].concat();
        let riff = 4 + middle.len() as u64 + 8 + data_bytes.next_multiple_of(2);
        let head = head(riff, data_bytes, samples, &middle);
        out.write_all(&head)?;
        Ok(Self {
            out,
            spec,
            due,
            data_bytes,
            bytes: head.len() as u64,
            buffer: Vec::new(),
        })
    }

    /// Writes the next samples of all channels in turn.
    ///
    /// # Errors
    /// `Parameter` for more samples than there should be, `Io`.
    pub fn write(&mut self, samples: &[f32]) -> Result<()> {
        let due = self.due.checked_sub(samples.len() as u64);
        self.due = due.ok_or_else(|| CodecError::Parameter("more samples than the WAV file states".into()))?;
        for piece in samples.chunks(PIECE) {
            self.buffer.clear();
            self.spec.format.write(piece, &mut self.buffer);
            self.out.write_all(&self.buffer)?;
            self.bytes += self.buffer.len() as u64;
        }
        Ok(())
    }

    /// Passes on what was written so far, for those who listen.
    ///
    /// # Errors
    /// `Io`.
    pub fn flush(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }

    /// Ends the file; returns what it was written to, and its bytes.
    ///
    /// # Errors
    /// `Parameter` when samples are missing, `Io`.
    pub fn finish(mut self) -> Result<(W, u64)> {
        if self.due > 0 {
            let reason = format!("{} samples are missing in the WAV file", self.due);
            return Err(CodecError::Parameter(reason));
        }
        if !self.data_bytes.is_multiple_of(2) {
            self.out.write_all(&[0])?;
            self.bytes += 1;
        }
        self.out.flush()?;
        Ok((self.out, self.bytes))
    }
}

/// All that comes before the samples.
fn head(riff: u64, data_bytes: u64, samples: u64, middle: &[u8]) -> Vec<u8> {
    let is_long = riff > u64::from(u32::MAX);
    let mut sizes = Vec::new();
    if is_long {
        sizes.extend_from_slice(b"ds64\x1c\0\0\0");
        for size in [riff + 36, data_bytes, samples] {
            sizes.extend_from_slice(&size.to_le_bytes());
        }
        sizes.extend_from_slice(&[0; 4]);
    }
    let data = if is_long { u64::MAX } else { data_bytes };
    let parts: [&[u8]; 7] = [
        if is_long { b"RF64" } else { b"RIFF" },
        &length(if is_long { u64::MAX } else { riff }),
        b"WAVE",
        &sizes,
        middle,
        b"data",
        &length(data),
    ];
    parts.concat()
}

/// Tags in a list that all programs read, in an ID3 chunk where the list cannot hold them all, and chunks of other files.
fn tag_chunks(tags: &Tags) -> Vec<u8> {
    let (texts, chunks) = chunks::split(tags);
    let mut out = [chunks, info::to_bytes(&texts)].concat();
    if !info::holds(&texts) {
        let tag = id3v2_write::to_bytes(&texts);
        out.extend_from_slice(b"id3 ");
        out.extend_from_slice(&(tag.len() as u32).to_le_bytes());
        out.extend_from_slice(&tag);
        out.resize(out.len().next_multiple_of(2), 0);
    }
    out
}

fn length(bytes: u64) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

/// The format chunk, and for floats the one that states their number.
fn format_chunk(spec: &SoundSpec, mask: Option<u32>, samples: u64) -> Vec<u8> {
    let bits = spec.format.bits();
    let align = spec.channels.saturating_mul(bits / 8);
    let tag = if spec.format.is_float() { FLOAT } else { PCM };
    let usual = speakers(spec.channels);
    let mask = mask.unwrap_or(usual);
    let plain = spec.channels <= 2 && mask == usual && (bits <= 16 || spec.format.is_float());
    let mut chunk = Vec::new();
    chunk.extend_from_slice(&(if plain { tag } else { EXTENSIBLE }).to_le_bytes());
    chunk.extend_from_slice(&spec.channels.to_le_bytes());
    chunk.extend_from_slice(&spec.rate.to_le_bytes());
    chunk.extend_from_slice(&spec.rate.saturating_mul(u32::from(align)).to_le_bytes());
    chunk.extend_from_slice(&align.to_le_bytes());
    chunk.extend_from_slice(&bits.to_le_bytes());
    if !plain {
        chunk.extend_from_slice(&22u16.to_le_bytes());
        chunk.extend_from_slice(&bits.to_le_bytes());
        chunk.extend_from_slice(&mask.to_le_bytes());
        chunk.extend_from_slice(&tag.to_le_bytes());
        chunk.extend_from_slice(&SUBFORMAT);
    }
    let mut out = [&b"fmt "[..], &(chunk.len() as u32).to_le_bytes(), &chunk].concat();
    if spec.format.is_float() {
        out.extend_from_slice(b"fact\x04\x00\x00\x00");
        out.extend_from_slice(&length(samples));
    }
    out
}

/// Where the channels usually are: mono in the middle, stereo, and the common arrangements of more.
fn speakers(channels: u16) -> u32 {
    match channels {
        1 => 0x4,
        2 => 0x3,
        3 => 0x7,
        4 => 0x33,
        5 => 0x37,
        6 => 0x3f,
        7 => 0x70f,
        8 => 0x63f,
        _ => 0,
    }
}
