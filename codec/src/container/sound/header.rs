//! The header of a stream of sound.

use super::PacketGrid;
use crate::container::header::{CODEC_AUDIO, CODEC_SPEECH, FIXED_BYTES, Fields, MAGIC, VERSION, codec_byte, cut};
use crate::container::leb::write_leb;
use crate::container::limits::Limits;
use crate::error::{CodecError, ModelHash, Result};
use crate::sound::SampleFormat;

/// Bytes of the number of samples, which is written last and therefore has a fixed size.
const SAMPLES_BYTES: usize = 5;
/// The largest number of samples that these hold.
pub(crate) const MAX_SAMPLES: u64 = (1 << (8 * SAMPLES_BYTES)) - 1;
/// The longest header, in bytes.
pub(crate) const MAX_HEADER_BYTES: usize = FIXED_BYTES + 4 * 5 + 5 + SAMPLES_BYTES + 4;
/// The most samples of a packet and channel.
const MAX_PACKET_SAMPLES: u32 = 1 << 20;
/// The longest delay that a header can state, in samples.
const MAX_DELAY: u32 = 1 << 24;
/// Rates of sounds, in Hz.
pub(crate) const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// What a stream decodes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    /// Anything else.
    Picture,
    /// A sound: [`SoundHeader`] reads the rest.
    Sound(SoundKind),
}

impl Media {
    /// Tells from the first six bytes of a stream.
    ///
    /// # Errors
    /// `Malformed` for bytes that are no stream, `Unsupported` for another version or codec.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        match codec_byte(bytes)? {
            CODEC_AUDIO => Ok(Self::Sound(SoundKind::Audio)),
            CODEC_SPEECH => Ok(Self::Sound(SoundKind::Speech)),
            1 | 4 => Ok(Self::Picture),
            codec => Err(CodecError::Unsupported(format!(
                "codec {codec}: this version decodes the codecs 1 to 4"
            ))),
        }
    }
}

/// The codecs of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SoundKind {
    /// Music and anything else.
    Audio,
    /// Voices at the lowest rates.
    Speech,
}

impl SoundKind {
    /// The kind that a codec of this name is.
    ///
    /// # Errors
    /// `Parameter` for other names.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "audio" => Ok(Self::Audio),
            "speech" => Ok(Self::Speech),
            _ => Err(CodecError::Parameter(format!("there is no codec of sound '{name}'"))),
        }
    }

    /// What users call the codec.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Speech => "speech",
        }
    }

    fn to_byte(self) -> u8 {
        match self {
            Self::Audio => CODEC_AUDIO,
            Self::Speech => CODEC_SPEECH,
        }
    }
}

/// The header of a stream of sound, without its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundHeader {
    /// The codec.
    pub kind: SoundKind,
    /// Hash of the model that the stream needs.
    pub model: ModelHash,
    /// Samples a second and channel of the sound, 8000..=192000.
    pub rate: u32,
    /// Channels of the sound, 1..=255.
    pub channels: u16,
    /// What the samples of the sound were, and are to be.
    pub format: SampleFormat,
    /// Quality in hundredths, 0..=10000.
    pub quality: u16,
    /// Samples a second at which the codec works.
    pub coding_rate: u32,
    /// Channels that one packet holds, at most; 1..=255.
    pub group: u16,
    /// Samples of a packet and channel at [`coding_rate`](Self::coding_rate), 1..=2^20.
    pub packet_samples: u32,
    /// Samples at the same rate from the encoder's input to the decoder's output, as the codec states them.
    pub delay: u32,
    /// Samples of each channel of the sound, up to 2^40 - 1.
    pub samples: u64,
}

impl SoundHeader {
    /// Number of packets, all groups of channels counted.
    ///
    /// # Errors
    /// `Parameter` for more than 2^32 - 1.
    pub fn packets(&self) -> Result<u32> {
        Ok(PacketGrid::new(self)?.count())
    }

    /// Length of the sound in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.rate.max(1))
    }

    /// The algorithmic delay in milliseconds: time from a sound entering the encoder to its leaving the decoder, what
    /// computing takes not counted.
    pub fn delay_ms(&self) -> f64 {
        f64::from(self.delay) * 1000.0 / f64::from(self.coding_rate.max(1))
    }

    /// The bytes of the header, with its CRC-32. Their number does not depend on `samples`.
    ///
    /// # Errors
    /// `Parameter` when a field is out of its range.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.check().map_err(CodecError::Parameter)?;
        PacketGrid::new(self)?;
        let mut out = Vec::with_capacity(MAX_HEADER_BYTES);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, self.kind.to_byte()]);
        out.extend_from_slice(&self.model.0);
        write_leb(&mut out, self.rate);
        out.extend_from_slice(&[self.channels as u8, self.format.to_byte()]);
        out.extend_from_slice(&self.quality.to_le_bytes());
        write_leb(&mut out, self.coding_rate);
        out.push(self.group as u8);
        write_leb(&mut out, self.packet_samples);
        write_leb(&mut out, self.delay);
        out.extend_from_slice(&self.samples.to_le_bytes()[..SAMPLES_BYTES]);
        let crc = crc32fast::hash(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        Ok(out)
    }

    /// Reads the header at the start of `bytes`; returns it and its length in bytes.
    ///
    /// # Errors
    /// `Malformed` for bytes that are no header, `Unsupported` for another version or codec or a picture, `Limit` for a
    /// sound larger than `limits` allow.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<(Self, usize)> {
        let Media::Sound(kind) = Media::of(bytes)? else {
            let what = "the stream is a picture and no sound".to_owned();
            return Err(CodecError::Unsupported(what));
        };
        let mut fields = Fields { bytes, at: FIXED_BYTES };
        let rate = fields.number()?;
        let channels = u16::from(fields.byte()?);
        let format = fields.byte()?;
        let quality = u16::from_le_bytes([fields.byte()?, fields.byte()?]);
        let coding_rate = fields.number()?;
        let group = u16::from(fields.byte()?);
        let (packet_samples, delay) = (fields.number()?, fields.number()?);
        let mut samples = 0;
        for byte in 0..SAMPLES_BYTES {
            samples |= u64::from(fields.byte()?) << (8 * byte);
        }
        let length = fields.checked()?;
        let format = SampleFormat::from_byte(format).ok_or_else(|| {
            CodecError::Unsupported(format!("sample format {format}: a newer version wrote this stream"))
        })?;
        let model = bytes.get(6..FIXED_BYTES).and_then(|hash| hash.try_into().ok());
        let header = Self {
            kind,
            model: ModelHash(model.ok_or_else(cut)?),
            rate,
            channels,
            format,
            quality,
            coding_rate,
            group,
            packet_samples,
            delay,
            samples,
        };
        let malformed = |reason: String| CodecError::malformed(FIXED_BYTES, reason);
        header.check().map_err(malformed)?;
        limits.check_sound(samples, channels)?;
        PacketGrid::new(&header).map_err(|error| malformed(error.to_string()))?;
        Ok((header, length))
    }

    /// The rules of the fields.
    fn check(&self) -> Result<(), String> {
        let wrong = |what: &str, value: u64| Err(format!("{what} {value} is out of its range"));
        if !RATES.contains(&self.rate) {
            return wrong("the rate", u64::from(self.rate));
        }
        if !RATES.contains(&self.coding_rate) {
            return wrong("the coding rate", u64::from(self.coding_rate));
        }
        if !(1..=255).contains(&self.channels) {
            return wrong("the number of channels", u64::from(self.channels));
        }
        if !(1..=255).contains(&self.group) {
            return wrong("the number of channels in a packet", u64::from(self.group));
        }
        if self.quality > 10_000 {
            return wrong("the quality in hundredths", u64::from(self.quality));
        }
        if !(1..=MAX_PACKET_SAMPLES).contains(&self.packet_samples) {
            return wrong("the number of samples in a packet", u64::from(self.packet_samples));
        }
        if self.delay > MAX_DELAY {
            return wrong("the delay in samples", u64::from(self.delay));
        }
        if self.samples > MAX_SAMPLES {
            return wrong("the number of samples", self.samples);
        }
        Ok(())
    }
}
