//! Sounds to streams: the encoder that programs use.

use std::io::{Seek, Write};
use std::sync::Arc;

use crate::Quality;
use crate::codecs::sound::SoundCodec;

use super::front::Front;
use super::units::{SLOTS_AT_A_TIME, encode_slots, kbps};
use super::{SoundBytes, SoundEncodeOptions, SoundSource, SoundSpec, SoundStats, Tags};
use crate::container::{Header, Media, SoundMedia, StreamWriter};
use crate::error::{CodecError, Result};
use crate::pipeline::StreamHash;

/// Samples of each channel that are taken from a source at a time.
pub(super) const PIECE: usize = 1 << 14;

/// Turns a sound into a stream, piece by piece. The stream is a function of the samples, not of the pieces.
pub struct SoundEncoder<W> {
    codec: Arc<dyn SoundCodec>,
    options: SoundEncodeOptions,
    spec: SoundSpec,
    front: Front,
    media: SoundMedia,
    writer: StreamWriter<W>,
    bytes: SoundBytes,
    packets: u32,
    symbols: u64,
    hash: StreamHash,
}

impl<W: Write + Seek> SoundEncoder<W> {
    /// Begins a stream in `out`. The header is written last, so an unfinished file is no stream.
    ///
    /// # Errors
    /// `Unsupported` for a shape that sounds may not have, `Limit` for more channels than the limits allow, `Io`.
    pub fn new(
        codec: Arc<dyn SoundCodec>,
        spec: SoundSpec,
        tags: &Tags,
        options: SoundEncodeOptions,
        out: W,
    ) -> Result<Self> {
        let front = Front::new(spec, &*codec)?;
        options.limits.check_sound(0, spec.channels)?;
        let media = media(&*codec, spec, options.channel_mask)?;
        let mut writer = StreamWriter::deferred(out, &header(&*codec, &media, options.quality))?;
        let mut bytes = SoundBytes::default();
        if options.keep_tags {
            bytes.tags = writer.tags(tags)?;
        }
        Ok(Self {
            codec,
            options,
            spec,
            front,
            media,
            writer,
            bytes,
            packets: 0,
            symbols: 0,
            hash: StreamHash::default(),
        })
    }

    /// Takes the next samples of all channels in turn, any number of them.
    ///
    /// # Errors
    /// `Parameter` for a number that is no multiple of the channels, `Limit` for a sound that is too long, `Model` when
    /// the codec fails, `Io`.
    pub fn push(&mut self, interleaved: &[f32]) -> Result<()> {
        // Piece by piece, so that the memory stays bounded.
        for piece in interleaved.chunks(PIECE * usize::from(self.spec.channels)) {
            self.front.push(piece)?;
            self.options
                .limits
                .check_sound(self.front.samples(), self.spec.channels)?;
            while self.front.ready() >= SLOTS_AT_A_TIME {
                self.encode()?;
            }
        }
        Ok(())
    }

    /// Ends the stream; returns what it was written to, and what it consists of.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn finish(mut self) -> Result<(W, SoundStats)> {
        self.front.finish();
        while self.front.ready() > 0 {
            self.encode()?;
        }
        let samples = self.front.samples();
        let media = Media::Sound(SoundMedia { samples, ..self.media });
        let (out, total) = self.writer.finish_with(media)?;
        let seconds = samples as f64 / f64::from(self.spec.rate);
        let stats = SoundStats {
            samples,
            seconds,
            packets: self.packets,
            symbols: self.symbols,
            symbol_hash: self.hash.finish(),
            bytes: SoundBytes { total, ..self.bytes },
            kbps: kbps(total, seconds),
            cleaned: self.front.cleaned(),
        };
        Ok((out, stats))
    }

    fn encode(&mut self) -> Result<()> {
        let slots = self.front.ready().min(SLOTS_AT_A_TIME);
        for packet in encode_slots(&*self.codec, &self.front, slots, self.options.quality)? {
            self.bytes.packets += self.writer.part(self.packets, packet.checksum, &packet.bytes)?;
            self.packets = self.packets.checked_add(1).ok_or_else(too_long)?;
            self.symbols += packet.symbols as u64;
            self.hash.add(packet.symbol_hash);
        }
        self.front.forget(slots);
        Ok(())
    }
}

fn too_long() -> CodecError {
    CodecError::Parameter("the sound has more packets than can be counted".into())
}

/// The header of a stream of this codec.
pub(super) fn header(codec: &dyn SoundCodec, media: &SoundMedia, quality: Quality) -> Header {
    Header {
        codec: codec.id(),
        model: codec.model(),
        media: Media::Sound(media.clone()),
        codec_block: codec.block(quality),
    }
}

/// What a header says of a sound whose length is not known yet.
///
/// # Errors
/// `Parameter` for a codec whose packets do not fit into headers.
pub(super) fn media(codec: &dyn SoundCodec, spec: SoundSpec, channel_mask: Option<u32>) -> Result<SoundMedia> {
    let small = |what: &str, value: usize| {
        u32::try_from(value).map_err(|_| CodecError::Parameter(format!("the {what} of the codec is out of range")))
    };
    Ok(SoundMedia {
        rate: spec.rate,
        channels: spec.channels,
        format: spec.format,
        channel_mask,
        coding_rate: codec.rate(),
        group: u16::try_from(codec.max_channels()).unwrap_or(u16::MAX),
        packet_samples: small("packet length", codec.packet_samples())?,
        delay: small("delay", codec.delay_samples())?,
        samples: 0,
    })
}

/// Encodes a whole source; `progress` is called with the number of samples of each channel that are done.
///
/// # Errors
/// Those of the source and of [`SoundEncoder`].
pub fn encode_sound<W: Write + Seek>(
    codec: &Arc<dyn SoundCodec>,
    source: &mut dyn SoundSource,
    options: &SoundEncodeOptions,
    out: W,
    progress: &mut dyn FnMut(u64),
) -> Result<(W, SoundStats)> {
    let options = options.clone().for_source(source);
    let mut encoder = SoundEncoder::new(Arc::clone(codec), source.spec(), source.tags(), options, out)?;
    let mut samples = Vec::new();
    while source.read(&mut samples, PIECE)? > 0 {
        encoder.push(&samples)?;
        samples.clear();
        progress(encoder.front.samples());
    }
    encoder.finish()
}
