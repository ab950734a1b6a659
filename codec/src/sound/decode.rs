//! Streams to sounds: the decoder that programs use.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use lmc_kernels::resample::{Design, Resampler};
use rayon::prelude::*;

use super::slots::{Slot, Slots};
use super::units::{SLOTS_AT_A_TIME, media_of};
use super::{Sound, SoundSpec, Tags, conceal, interleave};
use crate::codecs::sound::SoundCodec;
use crate::container::{DamageReport, Header, Mode, PartKind, SoundMedia, StreamReader};
use crate::error::{CodecError, Result};
use crate::limits::Limits;

/// The samples of one slot: one vector for each channel of each group, unless they are lost.
type Played = Vec<Option<Vec<Vec<f32>>>>;

/// Turns a stream into a sound, packet by packet, as far as it was read.
pub struct SoundDecoder<R> {
    source: Slots<R>,
    resampler: Option<Resampler<f32>>,
    /// The slot before the first of `slots`.
    previous: Option<Slot>,
    slots: VecDeque<Slot>,
    /// The slot before the first of `played`.
    last: Option<Played>,
    played: VecDeque<Played>,
    /// Samples of each channel that were given out.
    given: u64,
    at_a_time: usize,
}

impl<R: Read> SoundDecoder<R> {
    /// A decoder of the stream that `reader` gives, whose header tells which codec it needs.
    ///
    /// # Errors
    /// `ModelMismatch` when it needs another model, `Malformed` when it does not fit this one, `Unsupported` for other
    /// media.
    pub fn new(codec: Arc<dyn SoundCodec>, reader: StreamReader<R>) -> Result<Self> {
        let source = Slots::new(codec, reader)?;
        let media = source.media();
        let channels = usize::from(media.channels);
        Ok(Self {
            resampler: Resampler::new(media.coding_rate, media.rate, channels, Design::TRANSPARENT),
            source,
            previous: None,
            slots: VecDeque::new(),
            last: None,
            played: VecDeque::new(),
            given: 0,
            at_a_time: SLOTS_AT_A_TIME,
        })
    }

    /// The same decoder, reading ahead no further than `slots` packets of a group of channels and the one behind them:
    /// 8 by default, for as many threads. With 1 a live stream is heard with the delay that its header states. What comes
    /// out is the same.
    pub fn reading_ahead(self, slots: usize) -> Self {
        let at_a_time = slots.max(1);
        Self { at_a_time, ..self }
    }

    /// The header of the stream.
    pub fn header(&self) -> &Header {
        self.source.header()
    }

    /// What the header says of the sound.
    pub fn media(&self) -> &SoundMedia {
        self.source.media()
    }

    /// Rate, channels and format of the sound.
    pub fn spec(&self) -> SoundSpec {
        let SoundMedia {
            rate, channels, format, ..
        } = *self.media();
        SoundSpec { rate, channels, format }
    }

    /// Title, artist and the like.
    pub fn tags(&self) -> &Tags {
        &self.source.reader().metadata().tags
    }

    /// Samples of each channel that were given out.
    pub fn position(&self) -> u64 {
        self.given
    }

    /// Bytes of the stream that were read: all of them behind the last packet.
    pub fn bytes_read(&self) -> u64 {
        self.source.reader().position()
    }

    /// The damage found and concealed so far; empty in [`Mode::Strict`].
    pub fn damage(&self) -> &DamageReport {
        self.source.reader().damage()
    }

    /// Whether more packets are lost than decoded, as far as the stream was read.
    pub fn is_mostly_lost(&self) -> bool {
        self.damage().lost(PartKind::Symbols) > self.source.whole()
    }

    /// The next samples of all channels in turn: those of about one packet. `None` behind the last, when the stream was
    /// checked to its end; exactly the samples that the header states were given out then.
    ///
    /// # Errors
    /// `Malformed` for damage and `PacketDesync` for symbols other than those encoded, unless they are to be concealed;
    /// `Malformed` when nothing decodes, or so little that lost packets would be hours of silence; `Unsupported`, `Limit`,
    /// `Io`; `Model` when the codec fails.
    pub fn next_packet(&mut self) -> Result<Option<Vec<f32>>> {
        while self.given < self.media().samples {
            let planar = match self.next_slot()? {
                Some(slot) => self.resampled(slot),
                None => self.rest(),
            };
            let left = self.media().samples - self.given;
            let samples = interleave(&planar, usize::try_from(left).unwrap_or(usize::MAX));
            self.given += (samples.len() / planar.len().max(1)) as u64;
            if !samples.is_empty() {
                return Ok(Some(samples));
            }
        }
        self.source.finish()?;
        Ok(None)
    }

    /// The samples of a slot at the rate of the sound.
    fn resampled(&mut self, slot: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        match &mut self.resampler {
            None => slot,
            Some(resampler) => {
                let mut out = vec![Vec::new(); slot.len()];
                resampler.push(&slot, &mut out);
                out
            }
        }
    }

    /// What a change of rate holds back, up to the end of the sound.
    fn rest(&mut self) -> Vec<Vec<f32>> {
        let SoundMedia { samples, channels, .. } = *self.media();
        let left = (samples - self.given) as usize;
        let mut out = vec![Vec::new(); usize::from(channels)];
        if let Some(resampler) = &mut self.resampler {
            resampler.finish(samples, &mut out);
        }
        // A sound whose packets end early, which the grid of packets excludes, would end in silence.
        out.iter_mut().for_each(|channel| channel.resize(left, 0.0));
        out
    }

    /// The samples of the next slot at the rate of the codec, lost ones concealed.
    fn next_slot(&mut self) -> Result<Option<Vec<Vec<f32>>>> {
        // A lost slot needs to know what comes behind it.
        while self.played.front().is_none_or(is_broken) && self.played.len() < 2 {
            if !self.play()? {
                break;
            }
        }
        let Some(mut slot) = self.played.pop_front() else {
            return Ok(None);
        };
        let whole = self.concealed(&slot);
        if self.source.reader().mode() == Mode::Strict {
            // Nothing is lost, so nothing will be concealed.
            slot.clear();
        }
        self.last = Some(slot);
        Ok(Some(whole))
    }

    fn concealed(&self, slot: &Played) -> Vec<Vec<f32>> {
        let (length, rate) = (self.source.codec().packet_samples(), self.source.codec().rate());
        let mut out = Vec::new();
        for (group, (played, &channels)) in slot.iter().zip(self.source.groups()).enumerate() {
            let known = |slot: Option<&'_ Played>, channel: usize| -> Option<Vec<f32>> {
                slot?.get(group)?.as_ref()?.get(channel).cloned()
            };
            match played {
                Some(samples) => out.extend(samples.iter().cloned()),
                None => out.extend((0..channels).map(|channel| {
                    let before = known(self.last.as_ref(), channel);
                    let behind = known(self.played.front(), channel);
                    conceal::fill(before.as_deref(), behind.as_deref(), length, rate)
                })),
            }
        }
        out
    }

    /// Makes samples of some slots; whether there were any.
    fn play(&mut self) -> Result<bool> {
        // One slot more than is played: each needs the one behind it.
        let wanted = (self.at_a_time + 1).saturating_sub(self.slots.len());
        self.slots.extend(self.source.read(wanted)?);
        let ready = match self.source.is_over() {
            true => self.slots.len(),
            false => self.slots.len().saturating_sub(1),
        };
        let slots = &*self.slots.make_contiguous();
        let (codec, groups) = (self.source.codec(), self.source.groups());
        let (before, quality) = (self.previous.as_ref(), self.source.quality());
        let jobs: Vec<(usize, usize)> = (0..ready)
            .flat_map(|slot| (0..groups.len()).map(move |group| (slot, group)))
            .collect();
        let play = |&(slot, group): &(usize, usize)| {
            let packet = |slot: Option<&'_ Slot>| slot.and_then(|slot| slot.get(group)?.clone());
            let previous = match slot {
                0 => packet(before),
                _ => packet(slots.get(slot - 1)),
            };
            let (this, next) = (packet(slots.get(slot)), packet(slots.get(slot + 1)));
            let Some(this) = this else { return Ok(None) };
            let samples = codec
                .synthesise(previous.as_ref(), &this, next.as_ref(), groups[group], quality)
                .map_err(|error| CodecError::model("synthesis of a packet", error))?;
            checked(samples, groups[group], codec.packet_samples()).map(Some)
        };
        let played: Vec<_> = jobs.par_iter().map(play).collect::<Result<_>>()?;
        let (mut played, count) = (played.into_iter(), groups.len());
        for _ in 0..ready {
            self.played.push_back(played.by_ref().take(count).collect());
        }
        self.previous = self.slots.drain(..ready).next_back().or(self.previous.take());
        Ok(ready > 0)
    }
}

/// Checks the shape of what a codec made.
fn checked(samples: Vec<Vec<f32>>, channels: usize, length: usize) -> Result<Vec<Vec<f32>>> {
    if samples.len() != channels || samples.iter().any(|channel| channel.len() != length) {
        let found = format!("{} channels for {channels} of {length} samples", samples.len());
        return Err(CodecError::model("shape of the samples", found));
    }
    Ok(samples)
}

fn is_broken(slot: &Played) -> bool {
    slot.iter().any(Option::is_none)
}

/// Decodes all of a stream into memory; returns the sound and what was concealed.
///
/// # Errors
/// Those of [`StreamReader::new`] and [`SoundDecoder`], and `Limit` for a sound of more than 2^30 samples, which a
/// program should take packet by packet.
pub fn decode_sound(
    codec: &Arc<dyn SoundCodec>,
    reader: impl Read,
    limits: &Limits,
    mode: Mode,
) -> Result<(Sound, DamageReport)> {
    let reader = StreamReader::new(reader, limits, mode)?;
    let media = media_of(reader.header())?;
    let samples = media.samples.saturating_mul(u64::from(media.channels));
    crate::error::check_limit("the number of samples", samples, 1 << 30)?;
    let mut decoder = SoundDecoder::new(Arc::clone(codec), reader)?;
    let mut samples = Vec::new();
    while let Some(packet) = decoder.next_packet()? {
        samples.extend(packet);
    }
    let sound = Sound::new(decoder.spec(), samples)?.with_tags(decoder.tags().clone());
    Ok((sound, decoder.damage().clone()))
}
