//! The sound beside a video: into the stream, and out of it in time with the frames.

use std::io::{Read, Write};
use std::sync::Arc;

use crate::codecs::sound::{EncodedPacket, SoundCodec};
use crate::container::{DamageReport, StreamReader, StreamWriter, Track, TrackReader};
use crate::error::{CodecError, Result};
use crate::limits::Limits;
use crate::media::Tags;
use crate::media::sound::{SoundSource, SoundSpec};
use crate::quality::Quality;
use crate::sound::{SoundDecoder, SoundPackets};

/// A sound that is to be encoded beside a video.
pub struct SoundInput<'a> {
    /// What encodes it.
    pub codec: Arc<dyn SoundCodec>,
    /// The samples.
    pub source: &'a mut dyn SoundSource,
    /// Samples from the time 0 of the video to the first sample; below 0 where the sound begins before.
    pub offset: i64,
}

impl SoundInput<'_> {
    /// What the stream says of it, its length apart.
    pub(super) fn plan(&self) -> SoundPlan {
        SoundPlan {
            codec: Arc::clone(&self.codec),
            spec: self.source.spec(),
            channel_mask: self.source.channel_mask(),
            offset: self.offset,
        }
    }
}

/// A sound before its samples are there.
pub(super) struct SoundPlan {
    pub(super) codec: Arc<dyn SoundCodec>,
    pub(super) spec: SoundSpec,
    pub(super) channel_mask: Option<u32>,
    pub(super) offset: i64,
}

/// Writes the packets of a sound into the stream of a video.
pub(super) struct SoundWriter {
    packets: SoundPackets,
    offset: i64,
    next: u32,
    bytes: u64,
}

impl SoundWriter {
    /// Writes the TRACK segment.
    pub(super) fn new<W: Write>(
        plan: &SoundPlan,
        quality: Quality,
        limits: &Limits,
        writer: &mut StreamWriter<W>,
    ) -> Result<Self> {
        let packets = SoundPackets::new(Arc::clone(&plan.codec), plan.spec, quality, limits)?;
        let header = packets.header(plan.channel_mask, Track::OPEN)?;
        let far = |samples: u64| {
            let reason = format!("a sound that begins {samples} samples apart from its video");
            u32::try_from(samples).map_err(|_| CodecError::Unsupported(reason))
        };
        let distance = far(plan.offset.unsigned_abs())?;
        let (skip, delay) = if plan.offset < 0 { (distance, 0) } else { (0, distance) };
        writer.track(&Track::new(header, skip, delay)?)?;
        Ok(Self {
            packets,
            offset: plan.offset,
            next: 0,
            bytes: 0,
        })
    }

    /// Takes the next samples of all channels in turn.
    pub(super) fn push<W: Write>(&mut self, samples: &[f32], writer: &mut StreamWriter<W>) -> Result<u64> {
        let packets = self.packets.push(samples)?;
        self.write(packets, writer)
    }

    /// Writes the last packets; returns their bytes.
    pub(super) fn finish<W: Write>(&mut self, writer: &mut StreamWriter<W>) -> Result<u64> {
        let packets = self.packets.finish()?;
        self.write(packets, writer)
    }

    fn write<W: Write>(&mut self, packets: Vec<EncodedPacket>, writer: &mut StreamWriter<W>) -> Result<u64> {
        let mut bytes = 0;
        for packet in packets {
            bytes += writer.sound(self.next, packet.checksum, &packet.bytes)?;
            self.next += 1;
        }
        self.bytes += bytes;
        Ok(bytes)
    }

    /// Samples of each channel that were taken.
    pub(super) fn samples(&self) -> u64 {
        self.packets.samples()
    }

    /// Bytes of all packets.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Rate, channels and format.
    pub(super) fn spec(&self) -> SoundSpec {
        self.packets.spec()
    }

    /// The time of the video up to which there are samples, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        (self.samples() as f64 + self.offset as f64) / f64::from(self.packets.spec().rate)
    }
}

/// The sound of a video, in time with its frames: the first sample is at the time 0 of the video, and silence stands
/// where the sound begins later. Lost packets are concealed.
pub struct VideoSound<R> {
    decoder: SoundDecoder<TrackReader<R>>,
    tags: Tags,
    /// Samples that are still to be left out, and of silence that is still to be given.
    skip: u64,
    silence: u64,
    /// Samples that are still to be given at most.
    left: u64,
    pending: Vec<f32>,
}

impl<R: Read> VideoSound<R> {
    /// The sound of the video that `reader` reads, of `samples` of each channel: what
    /// [`info`](crate::container::info()) finds.
    ///
    /// # Errors
    /// `Unsupported` for a video without a sound, `ModelMismatch` and the like as [`SoundDecoder::new`].
    pub fn new(codec: Arc<dyn SoundCodec>, reader: StreamReader<R>, samples: u64) -> Result<Self> {
        let (mode, limits) = (reader.mode(), reader.limits().clone());
        let tags = reader.metadata().tags.clone();
        let [skip, silence] = reader
            .track()
            .map_or([0; 2], |track| [track.skip, track.delay].map(u64::from));
        let reader = StreamReader::new(TrackReader::new(reader, samples)?, &limits, mode)?;
        let decoder = SoundDecoder::new(codec, reader)?;
        let left = (samples + silence).saturating_sub(skip);
        Ok(Self {
            decoder,
            tags,
            skip,
            silence,
            left,
            pending: Vec::new(),
        })
    }

    /// The same without what comes before `start` and from `end` on, in samples from the time 0 of the video.
    pub fn between(mut self, start: u64, end: Option<u64>) -> Self {
        let silence = self.silence.min(start);
        self.silence -= silence;
        self.skip += start - silence;
        self.left = self.left.min(end.unwrap_or(u64::MAX)).saturating_sub(start);
        self
    }

    /// The damage found and concealed so far.
    pub fn damage(&self) -> &DamageReport {
        self.decoder.damage()
    }
}

impl<R: Read> SoundSource for VideoSound<R> {
    fn spec(&self) -> SoundSpec {
        self.decoder.spec()
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn channel_mask(&self) -> Option<u32> {
        self.decoder.media().channel_mask
    }

    fn length(&self) -> Option<u64> {
        Some(self.left)
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize> {
        let channels = usize::from(self.spec().channels);
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(most);
        if most > 0 && self.silence > 0 {
            let count = usize::try_from(self.silence).unwrap_or(usize::MAX).min(most);
            out.resize(out.len() + count * channels, 0.0);
            self.silence -= count as u64;
            self.left -= count as u64;
            return Ok(count);
        }
        while most > 0 && self.pending.is_empty() {
            let Some(samples) = self.decoder.next_packet()? else {
                return Ok(0);
            };
            let skipped = self.skip.min((samples.len() / channels) as u64);
            self.skip -= skipped;
            self.pending = samples.get(skipped as usize * channels..).unwrap_or_default().to_vec();
        }
        let count = most.min(self.pending.len() / channels);
        out.extend(self.pending.drain(..count * channels));
        self.left -= count as u64;
        Ok(count)
    }
}
