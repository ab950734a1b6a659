//! Writes WAV files from their beginning to their end, so that they can go into a pipe.

use std::io::Write;

use super::info_chunk;
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
    /// Writes all that comes before the samples, of which there will be `samples` in each channel. A file of 4 GiB or
    /// more states the largest length there is, as programs do that write to a pipe.
    ///
    /// # Errors
    /// `Io`.
    pub fn new(mut out: W, spec: SoundSpec, samples: u64, tags: &Tags) -> Result<Self> {
        let due = samples.saturating_mul(u64::from(spec.channels));
        let data_bytes = due.saturating_mul(spec.format.bytes() as u64);
        let format = format_chunk(&spec, samples);
        let tags = info_chunk::to_bytes(tags);
        let riff = 4 + (format.len() + tags.len()) as u64 + 8 + data_bytes.next_multiple_of(2);
        let parts: [&[u8]; 7] = [
            b"RIFF",
            &length(riff),
            b"WAVE",
            &format,
            &tags,
            b"data",
            &length(data_bytes),
        ];
        let head = parts.concat();
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

fn length(bytes: u64) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

/// The format chunk, and for floats the one that states their number.
fn format_chunk(spec: &SoundSpec, samples: u64) -> Vec<u8> {
    let bits = spec.format.bits();
    let align = spec.channels.saturating_mul(bits / 8);
    let tag = if spec.format.is_float() { FLOAT } else { PCM };
    let plain = spec.channels <= 2 && (bits <= 16 || spec.format.is_float());
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
        chunk.extend_from_slice(&speakers(spec.channels).to_le_bytes());
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
        7 => 0x13f,
        8 => 0x63f,
        _ => 0,
    }
}
