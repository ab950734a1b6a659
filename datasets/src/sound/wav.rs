//! Reading WAV files as training needs them: one channel, 32-bit floats.

use std::fs;
use std::path::Path;

use crate::{Error, Result};

/// The largest file that is read.
const MAX_BYTES: u64 = 2 << 30;

/// A sound of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Wav {
    /// Samples per second.
    pub rate: u32,
    /// Samples, full scale 1; the mean of all channels of the file.
    pub samples: Vec<f32>,
}

/// Reads a WAV file of 16-, 24- or 32-bit integers or 32-bit floats.
///
/// # Errors
///
/// [`Error::Io`] where it cannot be read, [`Error::Sound`] where it is no such file or larger than 2 GiB.
pub fn read_wav(path: impl AsRef<Path>) -> Result<Wav> {
    let path = path.as_ref();
    let io = |source| Error::io(path, source);
    let bytes = fs::metadata(path).map_err(io)?.len();
    let refuse = |reason: String| Error::Sound {
        path: path.to_path_buf(),
        reason,
    };
    if bytes > MAX_BYTES {
        return Err(refuse(format!("{bytes} bytes are more than {MAX_BYTES}")));
    }
    parse(&fs::read(path).map_err(io)?).map_err(|reason| refuse(reason.to_owned()))
}

/// What the `fmt ` chunk says.
#[derive(Clone, Copy)]
struct Format {
    float: bool,
    channels: usize,
    rate: u32,
    bits: u16,
}

fn parse(bytes: &[u8]) -> std::result::Result<Wav, &'static str> {
    if bytes.len() < 12 || &bytes[..4] != b"RIFF" || &bytes[8..12] != b"WAVE" {
        return Err("not a WAV file");
    }
    let mut rest = &bytes[12..];
    let mut format = None;
    while let Some((header, body)) = rest.split_at_checked(8) {
        let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        // A recorder that was cut off leaves a size beyond the end: what is there counts.
        let chunk = &body[..size.min(body.len())];
        match &header[..4] {
            b"fmt " => format = Some(format_of(chunk)?),
            b"data" => {
                let format = format.ok_or("samples come before their format")?;
                return samples_of(chunk, format);
            }
            _ => {}
        }
        rest = body.get(size + size % 2..).unwrap_or_default();
    }
    Err("there are no samples")
}

fn format_of(chunk: &[u8]) -> std::result::Result<Format, &'static str> {
    if chunk.len() < 16 {
        return Err("the format is cut short");
    }
    let word = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
    // The extensible format names the kind of its samples in the first bytes of a longer id.
    let kind = match word(0) {
        0xfffe if chunk.len() >= 26 => word(24),
        kind => kind,
    };
    let format = Format {
        float: kind == 3,
        channels: usize::from(word(2)),
        rate: u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]),
        bits: word(14),
    };
    match (kind, format.bits) {
        _ if format.channels == 0 || format.rate == 0 => Err("it has no channels or no rate"),
        (1, 16 | 24 | 32) | (3, 32) => Ok(format),
        _ => Err("only 16-, 24- and 32-bit integers and 32-bit floats are read"),
    }
}

fn samples_of(chunk: &[u8], format: Format) -> std::result::Result<Wav, &'static str> {
    let bytes = usize::from(format.bits / 8);
    let sample = |b: &[u8]| -> f32 {
        match (format.float, b) {
            (true, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (false, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (false, &[a, b, c]) => i32::from_le_bytes([0, a, b, c]) as f32 / 2_147_483_648.0,
            (false, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]) as f32 / 2_147_483_648.0,
            _ => 0.0,
        }
    };
    let share = 1.0 / format.channels as f32;
    let frames = chunk.chunks_exact(bytes * format.channels);
    let samples: Vec<f32> = frames
        .map(|frame| frame.chunks_exact(bytes).map(sample).sum::<f32>() * share)
        .collect();
    if samples.iter().any(|sample| !sample.is_finite()) {
        return Err("it has samples that are not finite");
    }
    Ok(Wav {
        rate: format.rate,
        samples,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A WAV file of 16-bit samples.
    pub(crate) fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0".to_vec();
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend((rate * u32::from(channels) * 2).to_le_bytes());
        bytes.extend((channels * 2).to_le_bytes());
        bytes.extend(16u16.to_le_bytes());
        bytes.extend(b"LIST\x03\0\0\0abc\0data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn channels_are_averaged_and_other_chunks_skipped() {
        let wav = parse(&wav(16_000, 2, &[16_384, -16_384, 32_767, 32_767])).unwrap();
        assert_eq!(wav.rate, 16_000);
        assert_eq!(wav.samples, [0.0, 32_767.0 / 32_768.0]);
    }

    #[test]
    fn damaged_files_are_refused_not_believed() {
        let whole = wav(8_000, 1, &[1, 2, 3]);
        for end in 0..whole.len() {
            if let Ok(wav) = parse(&whole[..end]) {
                assert!(wav.samples.len() <= 3);
            }
        }
        let mut strange = whole.clone();
        strange[34] = 12;
        assert!(parse(&strange).is_err(), "12 bits");
    }
}
