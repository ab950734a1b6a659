//! How samples are stored, and the shape of a sound.

use crate::error::{CodecError, Result};

/// What a sample is in a file. Codecs see all of them as numbers with full scale at -1 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleFormat {
    /// Integers of 8 bits.
    Int8,
    /// Integers of 16 bits.
    Int16,
    /// Integers of 24 bits.
    Int24,
    /// Integers of 32 bits. Codecs see the upper 24 or so.
    Int32,
    /// Floating-point numbers of 32 bits.
    Float32,
}

impl SampleFormat {
    /// The byte that stands for the format in a header.
    pub(crate) fn to_byte(self) -> u8 {
        match self {
            Self::Int8 => 0,
            Self::Int16 => 1,
            Self::Int24 => 2,
            Self::Int32 => 3,
            Self::Float32 => 4,
        }
    }

    /// The format that a byte stands for.
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Int8, Self::Int16, Self::Int24, Self::Int32, Self::Float32]
            .into_iter()
            .find(|format| format.to_byte() == byte)
    }

    /// Bits of a sample.
    pub fn bits(self) -> u16 {
        match self {
            Self::Int8 => 8,
            Self::Int16 => 16,
            Self::Int24 => 24,
            Self::Int32 | Self::Float32 => 32,
        }
    }

    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        usize::from(self.bits() / 8)
    }

    /// Whether samples are floating-point numbers.
    pub fn is_float(self) -> bool {
        self == Self::Float32
    }

    /// What a sample becomes when it is stored and read again: rounded and clamped, unless it is a float.
    pub fn rounded(self, sample: f32) -> f32 {
        match self {
            Self::Float32 => sample,
            _ => (self.integer(sample) as f64 / self.scale()) as f32,
        }
    }

    /// The integer that a sample becomes; floats have none and become 0.
    pub(crate) fn integer(self, sample: f32) -> i64 {
        let scale = self.scale();
        // Casts saturate, and turn NaN into 0.
        (f64::from(sample) * scale).round().clamp(-scale, scale - 1.0) as i64
    }

    /// How many steps an integer format has from 0 to full scale.
    pub(crate) fn scale(self) -> f64 {
        match self {
            Self::Float32 => 1.0,
            _ => (1u64 << (self.bits() - 1)) as f64,
        }
    }

    /// Samples as WAV files store them: little-endian, 8-bit integers with an offset of 128.
    pub fn to_bytes(self, samples: &[f32]) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(samples, &mut out);
        out
    }

    /// Appends samples as WAV files store them: little-endian, 8-bit integers with an offset of 128.
    pub(crate) fn write(self, samples: &[f32], out: &mut Vec<u8>) {
        out.reserve(samples.len() * self.bytes());
        for &sample in samples {
            match self {
                Self::Int8 => out.push((self.integer(sample) + 128) as u8),
                Self::Float32 => out.extend_from_slice(&sample.to_le_bytes()),
                _ => out.extend_from_slice(&self.integer(sample).to_le_bytes()[..self.bytes()]),
            }
        }
    }
}

/// The shape of a sound, its length apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundSpec {
    /// Samples a second and channel, 8000..=192000.
    pub rate: u32,
    /// Channels, at least 1.
    pub channels: u16,
    /// What samples are in the file.
    pub format: SampleFormat,
}

impl SoundSpec {
    /// # Errors
    /// [`CodecError::Unsupported`] for rates outside 8 to 192 kHz and for no channels.
    pub fn check(&self) -> Result<()> {
        if !(8_000..=192_000).contains(&self.rate) {
            let what = format!("a rate of {} Hz: sounds have 8000 to 192000 Hz", self.rate);
            return Err(CodecError::Unsupported(what));
        }
        if !(1..=255).contains(&self.channels) {
            let what = format!("a sound of {} channels: there may be 1 to 255", self.channels);
            return Err(CodecError::Unsupported(what));
        }
        Ok(())
    }
}

/// One vector of samples for each channel, as samples of all channels in turn; at most `most` of each.
pub(crate) fn interleave(planar: &[Vec<f32>], most: usize) -> Vec<f32> {
    let length = planar.iter().map(Vec::len).min().unwrap_or(0).min(most);
    let mut out = Vec::with_capacity(length * planar.len());
    for at in 0..length {
        out.extend(planar.iter().map(|channel| channel[at]));
    }
    out
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn integers_come_back_from_what_codecs_see() {
        for (format, largest) in [
            (SampleFormat::Int8, 127),
            (SampleFormat::Int16, 32_767),
            (SampleFormat::Int24, 8_388_607),
        ] {
            for value in [0, 1, -1, 77, -100, largest, -largest - 1] {
                let seen = (f64::from(value) / format.scale()) as f32;
                assert_eq!(format.integer(seen), i64::from(value));
                assert_eq!(format.rounded(seen), seen);
            }
            assert_eq!(format.integer(2.0), i64::from(largest), "what is too loud is clamped");
            assert_eq!(format.integer(f32::NEG_INFINITY), i64::from(-largest - 1));
            assert_eq!(format.integer(f32::NAN), 0);
            assert_eq!(SampleFormat::from_byte(format.to_byte()), Some(format));
        }
        assert_eq!(SampleFormat::Int32.integer(1.0), i64::from(i32::MAX));
        assert_eq!(SampleFormat::from_byte(5), None);
        let mut bytes = Vec::new();
        SampleFormat::Int8.write(&[-1.0, 0.0], &mut bytes);
        SampleFormat::Int24.write(&[-1.0, 0.5], &mut bytes);
        assert_eq!(bytes, [0, 128, 0, 0, 0x80, 0, 0, 0x40]);
    }
}
