//! From samples to coded packets, for streams in which a sound is not alone.

use std::sync::Arc;

use super::SoundSpec;
use super::encode::{PIECE, header, media};
use super::front::Front;
use super::units::encode_slots;
use crate::codecs::sound::{EncodedPacket, SoundCodec};
use crate::container::Header;
use crate::error::Result;
use crate::limits::Limits;
use crate::quality::Quality;

/// Encodes a sound, piece by piece. The packets are a function of the samples, not of the pieces.
pub(crate) struct SoundPackets {
    codec: Arc<dyn SoundCodec>,
    spec: SoundSpec,
    front: Front,
    quality: Quality,
    limits: Limits,
}

impl SoundPackets {
    /// # Errors
    /// `Unsupported` for a shape that sounds may not have, `Limit` for more channels than the limits allow.
    pub(crate) fn new(codec: Arc<dyn SoundCodec>, spec: SoundSpec, quality: Quality, limits: &Limits) -> Result<Self> {
        let front = Front::new(spec, &*codec)?;
        limits.check_sound(0, spec.channels)?;
        let limits = limits.clone();
        Ok(Self {
            codec,
            spec,
            front,
            quality,
            limits,
        })
    }

    /// The header that a stream of the sound alone would have, with a length of `samples` of each channel.
    ///
    /// # Errors
    /// `Parameter` for a codec whose packets do not fit into headers.
    pub(crate) fn header(&self, channel_mask: Option<u32>, samples: u64) -> Result<Header> {
        let mut media = media(&*self.codec, self.spec, channel_mask)?;
        media.samples = samples;
        Ok(header(&*self.codec, &media, self.quality))
    }

    /// Samples of each channel that were taken.
    pub(crate) fn samples(&self) -> u64 {
        self.front.samples()
    }

    /// Rate, channels and format.
    pub(crate) fn spec(&self) -> SoundSpec {
        self.spec
    }

    /// Takes the next samples of all channels in turn; returns the packets that became ready.
    ///
    /// # Errors
    /// `Parameter` for a number that is no multiple of the channels, `Limit` for a sound that is too long, `Model` when
    /// the codec fails.
    pub(crate) fn push(&mut self, interleaved: &[f32]) -> Result<Vec<EncodedPacket>> {
        let mut packets = Vec::new();
        for piece in interleaved.chunks(PIECE * usize::from(self.spec.channels)) {
            self.front.push(piece)?;
            self.limits.check_sound(self.front.samples(), self.spec.channels)?;
            packets.extend(self.encode()?);
        }
        Ok(packets)
    }

    /// The last packets.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub(crate) fn finish(&mut self) -> Result<Vec<EncodedPacket>> {
        self.front.finish();
        self.encode()
    }

    fn encode(&mut self) -> Result<Vec<EncodedPacket>> {
        let slots = self.front.ready();
        let packets = encode_slots(&*self.codec, &self.front, slots, self.quality)?;
        self.front.forget(slots);
        Ok(packets)
    }
}
