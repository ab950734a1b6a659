//! Opus: its header and its decoder.

use opus_decoder::OpusMultistreamDecoder;

use super::decoders::{PacketDecoder, Shape};
use crate::error::Result;
use crate::sound::files::SoundFormat;
use crate::sound::files::input::Fields;

/// Opus decodes at this rate, whatever it was made of.
pub(in crate::sound::files) const RATE: u32 = 48_000;
/// The longest packet, in samples of each channel.
const MAX_SAMPLES: usize = 5760;

/// What the header of a stream says.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sound::files) struct OpusHead {
    pub(in crate::sound::files) channels: u8,
    /// Decoded samples that are not part of the sound.
    pub(in crate::sound::files) skip: u16,
    gain: f32,
    streams: u8,
    coupled: u8,
    mapping: Vec<u8>,
    family: u8,
}

impl OpusHead {
    /// Reads a header of Ogg, behind `OpusHead`, or of MP4, whose numbers are the other way round.
    pub(in crate::sound::files) fn read(bytes: &[u8], big: bool) -> Option<Self> {
        let mut fields = Fields(bytes);
        let (version, channels) = (fields.byte()?, fields.byte()?);
        let skip = if big { fields.be16()? } else { fields.le16()? };
        let _rate = fields.be32()?;
        let gain = if big { fields.be16()? } else { fields.le16()? } as i16;
        let family = fields.byte()?;
        let (streams, coupled, mapping) = match family {
            0 => (1, channels.saturating_sub(1), (0..channels).collect()),
            _ => (
                fields.byte()?,
                fields.byte()?,
                fields.take(usize::from(channels))?.to_vec(),
            ),
        };
        let known = version & 0xf0 == 0 && channels > 0 && (family != 0 || channels <= 2);
        known.then_some(Self {
            channels,
            skip,
            // 256 steps a decibel.
            gain: 10f32.powf(f32::from(gain) / 256.0 / 20.0),
            streams,
            coupled,
            mapping,
            family,
        })
    }

    /// Which loudspeakers the channels are for, in the order of WAV files.
    pub(in crate::sound::files) fn mask(&self) -> Option<u32> {
        (self.family == 1).then(|| vorbis_mask(self.channels)).flatten()
    }

    /// # Errors
    /// `Unsupported` for what the decoder does not know.
    pub(in crate::sound::files) fn decoder(&self, file: SoundFormat) -> Result<Box<dyn PacketDecoder>> {
        let order = match self.family {
            0 | 1 => vorbis_order(self.channels),
            _ => (0..self.channels).collect(),
        };
        let mapping: Vec<u8> = order
            .iter()
            .map(|&from| self.mapping.get(usize::from(from)).copied().unwrap_or(255))
            .collect();
        let (channels, streams, coupled) = (
            usize::from(self.channels),
            usize::from(self.streams),
            usize::from(self.coupled),
        );
        let decoder = OpusMultistreamDecoder::new(RATE, channels, streams, coupled, &mapping)
            .map_err(|_| file.unsupported(format!("Opus of {channels} channels in {streams} streams")))?;
        Ok(Box::new(Opus {
            decoder,
            channels: self.channels,
            gain: self.gain,
        }))
    }
}

/// The channels of Vorbis and Opus in the order of WAV files.
pub(in crate::sound::files) fn vorbis_order(channels: u8) -> Vec<u8> {
    match channels {
        3 => vec![0, 2, 1],
        5 => vec![0, 2, 1, 3, 4],
        6 => vec![0, 2, 1, 5, 3, 4],
        7 => vec![0, 2, 1, 6, 5, 3, 4],
        8 => vec![0, 2, 1, 7, 5, 6, 3, 4],
        _ => (0..channels).collect(),
    }
}

/// The loudspeakers of Vorbis and Opus.
pub(in crate::sound::files) fn vorbis_mask(channels: u8) -> Option<u32> {
    Some(match channels {
        1 => 0x4,
        2 => 0x3,
        3 => 0x7,
        4 => 0x33,
        5 => 0x37,
        6 => 0x3f,
        7 => 0x70f,
        8 => 0x63f,
        _ => return None,
    })
}

struct Opus {
    decoder: OpusMultistreamDecoder,
    channels: u8,
    gain: f32,
}

impl PacketDecoder for Opus {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> std::result::Result<Shape, String> {
        if packet.is_empty() {
            return Err("an empty packet".to_owned());
        }
        let channels = usize::from(self.channels);
        let before = out.len();
        out.resize(before + MAX_SAMPLES * channels, 0.0);
        let decoded = self.decoder.decode_float(packet, &mut out[before..], false);
        let samples = decoded.map_err(|error| error.to_string())?;
        out.truncate(before + samples * channels);
        if self.gain != 1.0 {
            out[before..].iter_mut().for_each(|sample| *sample *= self.gain);
        }
        Ok(Shape {
            rate: RATE,
            channels: u16::from(self.channels),
        })
    }

    fn renew(&mut self) {
        self.decoder.reset();
    }
}

/// Samples of each channel at 48 kHz that a packet becomes; 0 for one that is damaged.
pub(in crate::sound::files) fn samples(packet: &[u8]) -> u64 {
    let Some((&head, rest)) = packet.split_first() else {
        return 0;
    };
    let configuration = head >> 3;
    let frame = match configuration {
        0..=11 => [480, 960, 1920, 2880][usize::from(configuration & 3)],
        12..=15 => [480, 960][usize::from(configuration & 1)],
        _ => 120 << (configuration & 3),
    };
    let frames = match head & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => rest.first().map_or(0, |count| u64::from(count & 63)),
    };
    let samples = frame * frames;
    if samples <= MAX_SAMPLES as u64 { samples } else { 0 }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn packets_tell_their_length() {
        assert_eq!(samples(&[0x00]), 480);
        assert_eq!(samples(&[0x1b, 2]), 5760);
        assert_eq!(samples(&[0xfc]), 960);
        assert_eq!(samples(&[0xfd]), 1920);
        assert_eq!(samples(&[0xff, 6]), 5760);
        assert_eq!([samples(&[0xff, 7]), samples(&[])], [0, 0]);
    }

    #[test]
    fn headers_are_read() {
        let head = OpusHead::read(b"\x01\x02\x38\x01\x80\xbb\0\0\0\0\0", false).unwrap();
        assert_eq!((head.channels, head.skip, head.gain), (2, 312, 1.0));
        assert!(head.decoder(SoundFormat::Ogg).is_ok());
        assert_eq!(OpusHead::read(b"\x01\x02\x38", false), None);
    }
}
