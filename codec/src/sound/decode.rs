//! Streams to sounds: the decoder that programs use.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use crate::Quality;
use crate::codecs::sound::{Packet, SoundCodec};
use rayon::prelude::*;

use super::units::{SLOTS_AT_A_TIME, check_codec, group_sizes, read_packet};
use super::{Sound, SoundSpec, Tags, conceal, interleave};
use crate::container::{Limits, Mode, PacketGrid, PacketPart, SoundHeader, SoundReader};
use crate::damage::{Cause, Damage};
use crate::error::{CodecError, Result};
use lmc_kernels::resample::{Design, Resampler};

/// The symbols of one slot of time: of each group of channels, unless they are lost.
type Slot = Vec<Option<Packet>>;
/// The samples of one slot: one vector for each channel of each group, unless they are lost.
type Played = Vec<Option<Vec<Vec<f32>>>>;

/// Turns a stream into a sound, packet by packet, as far as it was read.
pub struct AudioDecoder<R> {
    codec: Arc<dyn SoundCodec>,
    reader: SoundReader<R>,
    quality: Quality,
    /// Channels of each group.
    groups: Vec<usize>,
    resampler: Option<Resampler<f32>>,
    /// The slot before the first of `slots`.
    previous: Option<Slot>,
    slots: VecDeque<Slot>,
    read_all: bool,
    /// The slot before the first of `played`.
    last: Option<Played>,
    played: VecDeque<Played>,
    /// Samples of each channel that were given out.
    given: u64,
    damage: Vec<Damage>,
    at_a_time: usize,
}

impl<R: Read> AudioDecoder<R> {
    /// A decoder of the stream that `reader` gives, whose header tells which codec it needs.
    ///
    /// # Errors
    /// `ModelMismatch` when it needs another model, `Malformed` when it does not fit this one.
    pub fn new(codec: Arc<dyn SoundCodec>, reader: SoundReader<R>) -> Result<Self> {
        let header = reader.header();
        let quality = check_codec(&*codec, header)?;
        let resampler = Resampler::new(
            header.coding_rate,
            header.rate,
            usize::from(header.channels),
            Design::TRANSPARENT,
        );
        Ok(Self {
            codec,
            quality,
            groups: group_sizes(header),
            resampler,
            reader,
            previous: None,
            slots: VecDeque::new(),
            read_all: false,
            last: None,
            played: VecDeque::new(),
            given: 0,
            damage: Vec::new(),
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
    pub fn header(&self) -> &SoundHeader {
        self.reader.header()
    }

    /// Rate, channels and format of the sound.
    pub fn spec(&self) -> SoundSpec {
        let SoundHeader {
            rate, channels, format, ..
        } = *self.header();
        SoundSpec { rate, channels, format }
    }

    /// Title, artist and the like.
    pub fn tags(&self) -> &Tags {
        self.reader.tags()
    }

    /// Samples of each channel that were given out.
    pub fn position(&self) -> u64 {
        self.given
    }

    /// Bytes of the stream that were read: all of them behind the last packet.
    pub fn bytes_read(&self) -> u64 {
        self.reader.position()
    }

    /// What is wrong with the stream and was concealed, as far as it was read; empty in [`Mode::Strict`].
    pub fn damage(&self) -> Vec<Damage> {
        let mut all = self.reader.damage().to_vec();
        all.extend_from_slice(&self.damage);
        all
    }

    /// The next samples of all channels in turn: those of about one packet. `None` behind the last, when the stream was
    /// checked to its end; exactly the samples that the header states were given out then.
    ///
    /// # Errors
    /// `Malformed` for damage and `PacketDesync` for symbols other than those encoded, unless they are to be concealed;
    /// `Unsupported`, `Limit`, `Io`; `Model` when the codec fails.
    pub fn next_packet(&mut self) -> Result<Option<Vec<f32>>> {
        while self.given < self.header().samples {
            let planar = match self.next_slot()? {
                Some(slot) => self.resampled(slot),
                None => self.rest(),
            };
            let left = self.header().samples - self.given;
            let samples = interleave(&planar, usize::try_from(left).unwrap_or(usize::MAX));
            self.given += (samples.len() / planar.len().max(1)) as u64;
            if !samples.is_empty() {
                return Ok(Some(samples));
            }
        }
        // Reads the end of the stream, so that nothing passes for whole that is cut.
        while !self.read_all {
            self.slots.clear();
            self.read(self.at_a_time)?;
        }
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
        let header = self.reader.header();
        let left = (header.samples - self.given) as usize;
        let mut out = vec![Vec::new(); usize::from(header.channels)];
        if let Some(resampler) = &mut self.resampler {
            resampler.finish(header.samples, &mut out);
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
        if self.reader.mode() == Mode::Strict {
            // Nothing is lost, so nothing will be concealed.
            slot.clear();
        }
        self.last = Some(slot);
        Ok(Some(whole))
    }

    fn concealed(&self, slot: &Played) -> Vec<Vec<f32>> {
        let length = self.codec.packet_samples();
        let rate = self.codec.rate();
        let mut out = Vec::new();
        for (group, (played, &channels)) in slot.iter().zip(&self.groups).enumerate() {
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
        self.read(self.at_a_time + 1)?;
        let ready = match self.read_all {
            true => self.slots.len(),
            false => self.slots.len().saturating_sub(1),
        };
        let slots = &*self.slots.make_contiguous();
        let (codec, groups, before, quality) = (&*self.codec, &self.groups, self.previous.as_ref(), self.quality);
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
        let mut played = played.into_iter();
        for _ in 0..ready {
            self.played.push_back(played.by_ref().take(self.groups.len()).collect());
        }
        self.previous = self.slots.drain(..ready).next_back().or(self.previous.take());
        Ok(ready > 0)
    }

    /// Reads until `wanted` slots are there, or none is left.
    fn read(&mut self, wanted: usize) -> Result<()> {
        let groups = self.groups.len();
        let mut parts: Vec<(u32, Option<PacketPart>)> = Vec::new();
        while self.slots.len() + parts.len() / groups < wanted && !self.read_all {
            match self.reader.next_packet()? {
                Some(part) => parts.push(part),
                None => self.read_all = true,
            }
        }
        let (codec, sizes, quality) = (&*self.codec, &self.groups, self.quality);
        let read = |(index, part): &(u32, Option<PacketPart>)| {
            let channels = sizes[*index as usize % groups];
            Some(read_packet(codec, part.as_ref()?, channels, quality))
        };
        let packets: Vec<_> = parts.par_iter().map(read).collect();
        let mut slot = Vec::with_capacity(groups);
        for ((index, _), packet) in parts.iter().zip(packets) {
            let packet = packet.and_then(|packet| self.accept(*index, packet).transpose());
            slot.push(packet.transpose()?);
            if slot.len() == groups {
                self.slots.push_back(std::mem::take(&mut slot));
            }
        }
        Ok(())
    }

    /// A packet, or nothing in place of one that is broken; in strict mode an error.
    fn accept(&mut self, index: u32, packet: Result<Packet>) -> Result<Option<Packet>> {
        match packet {
            Ok(packet) => Ok(Some(packet)),
            Err(error) => {
                let damage = broken(&self.reader.grid(), index, error, self.reader.mode())?;
                if self.damage.len() < MAX_DAMAGE {
                    self.damage.push(damage);
                }
                Ok(None)
            }
        }
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

/// The most entries of a report of packets that do not decode.
pub(super) const MAX_DAMAGE: usize = 4096;

fn is_broken(slot: &Played) -> bool {
    slot.iter().any(Option::is_none)
}

/// In strict mode the error itself; else what it means for the packet.
pub(super) fn broken(grid: &PacketGrid, index: u32, error: CodecError, mode: Mode) -> Result<Damage> {
    let cause = match (mode, error) {
        (Mode::Strict, error) => return Err(error),
        (_, CodecError::PacketDesync { expected, found, .. }) => Cause::Desync { expected, found },
        (_, error) => Cause::Undecodable(error.to_string()),
    };
    let (from_ms, to_ms) = grid.span_ms(index, 1);
    Ok(Damage::Packets {
        first: index,
        count: 1,
        from_ms,
        to_ms,
        cause,
    })
}

/// Decodes all of a stream into memory; returns the sound and what was concealed.
///
/// # Errors
/// Those of [`SoundReader::new`] and [`AudioDecoder`], and `Limit` for a sound of more than 2^30 samples, which a
/// program should take packet by packet.
pub fn decode_sound(
    codec: &Arc<dyn SoundCodec>,
    reader: impl Read,
    limits: &Limits,
    mode: Mode,
) -> Result<(Sound, Vec<Damage>)> {
    let reader = SoundReader::new(reader, limits, mode)?;
    let header = reader.header();
    let samples = header.samples.saturating_mul(u64::from(header.channels));
    crate::error::check_limit("the number of samples", samples, 1 << 30)?;
    let mut decoder = AudioDecoder::new(Arc::clone(codec), reader)?;
    let mut samples = Vec::new();
    while let Some(packet) = decoder.next_packet()? {
        samples.extend(packet);
    }
    let sound = Sound::new(decoder.spec(), samples)?.with_tags(decoder.tags().clone());
    Ok((sound, decoder.damage()))
}
