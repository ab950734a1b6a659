//! What turns packets into samples.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_ALAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_VORBIS,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};

use crate::error::Result;
use crate::sound::files::SoundFormat;

/// The rate and the channels of decoded samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sound::files) struct Shape {
    pub(in crate::sound::files) rate: u32,
    pub(in crate::sound::files) channels: u16,
}

/// Turns packets into samples, one after the other.
pub(in crate::sound::files) trait PacketDecoder: Send {
    /// Appends the samples of a packet, those of all channels in turn.
    ///
    /// # Errors
    /// What is wrong with a damaged packet. What was appended then is of no use.
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> std::result::Result<Shape, String>;

    /// Makes it as it was at the beginning.
    fn renew(&mut self);
}

/// A codec of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sound::files) enum Codec {
    Mp1,
    Mp2,
    Mp3,
    Aac,
    Alac,
    Vorbis,
}

impl Codec {
    fn id(self) -> AudioCodecId {
        match self {
            Self::Mp1 => CODEC_ID_MP1,
            Self::Mp2 => CODEC_ID_MP2,
            Self::Mp3 => CODEC_ID_MP3,
            Self::Aac => CODEC_ID_AAC,
            Self::Alac => CODEC_ID_ALAC,
            Self::Vorbis => CODEC_ID_VORBIS,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Mp1 => "MPEG layer 1",
            Self::Mp2 => "MPEG layer 2",
            Self::Mp3 => "MP3",
            Self::Aac => "AAC",
            Self::Alac => "ALAC",
            Self::Vorbis => "Vorbis",
        }
    }
}

/// A decoder of the library. All that it needs beside the packets is in `extra`.
pub(in crate::sound::files) struct Library {
    codec: Codec,
    params: AudioCodecParameters,
    decoder: Box<dyn AudioDecoder>,
    /// Whether no packet was decoded yet.
    is_new: bool,
}

impl Library {
    /// # Errors
    /// `Unsupported` for kinds of coding that it does not know.
    pub(in crate::sound::files) fn new(
        file: SoundFormat,
        codec: Codec,
        shape: Shape,
        extra: &[u8],
    ) -> Result<Box<Self>> {
        let mut params = AudioCodecParameters::new();
        params.for_codec(codec.id()).with_sample_rate(shape.rate);
        if shape.channels > 0 {
            params.with_channels(Channels::Discrete(shape.channels));
        }
        if !extra.is_empty() {
            params.with_extra_data(extra.into());
        }
        match make(&params) {
            Some(Ok(decoder)) => Ok(Box::new(Self {
                codec,
                params,
                decoder,
                is_new: true,
            })),
            Some(Err(why)) => Err(file.unsupported(format!("{} of a kind that is not known ({why})", codec.name()))),
            None => Err(file.unsupported(codec.name())),
        }
    }
}

fn make(params: &AudioCodecParameters) -> Option<std::result::Result<Box<dyn AudioDecoder>, String>> {
    let options = AudioDecoderOptions::default().gapless(false);
    let made = symphonia::default::get_codecs().make_audio_decoder(params, &options);
    Some(made.map_err(|error| error.to_string()))
}

impl PacketDecoder for Library {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> std::result::Result<Shape, String> {
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, packet);
        let buffer = self.decoder.decode_ref(&packet).map_err(|error| error.to_string())?;
        let channels = buffer.spec().channels().count();
        // The first packet of Vorbis has but the half that the second overlaps.
        if !(std::mem::take(&mut self.is_new) && self.codec == Codec::Vorbis) {
            let mut samples = Vec::new();
            buffer.copy_to_vec_interleaved::<f32>(&mut samples);
            out.append(&mut samples);
        }
        Ok(Shape {
            rate: buffer.spec().rate(),
            channels: u16::try_from(channels).unwrap_or(u16::MAX),
        })
    }

    fn renew(&mut self) {
        if let Some(Ok(decoder)) = make(&self.params) {
            self.decoder = decoder;
            self.is_new = true;
        }
    }
}

/// Packets that are samples already come as such.
pub(in crate::sound::files) struct Nothing;

impl PacketDecoder for Nothing {
    fn decode(&mut self, _: &[u8], _: &mut Vec<f32>) -> std::result::Result<Shape, String> {
        Err("there are no packets".to_owned())
    }

    fn renew(&mut self) {}
}
