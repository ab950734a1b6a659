//! Compressed files: packets out of their container, samples out of packets, silence in the place of what is lost.

pub(super) mod aac_config;
pub(super) mod adts;
pub(super) mod decoders;
mod frame_scan;
pub(super) mod mpeg;
mod mpeg_header;
mod mpeg_info;
pub(super) mod opus;

#[cfg(test)]
mod tests;

use decoders::PacketDecoder;

use super::guard::guarded;
use super::{ReadOptions, SoundFormat};
use crate::error::{CodecError, Result};
use crate::sound::{SampleFormat, SoundNotes, SoundSource, SoundSpec, Tags};

/// Samples of silence that are made at a time.
const SILENCE_PIECE: u64 = 1 << 14;
/// Lost samples that are believed before anything was decoded.
const LOST_AT_ONCE: u64 = 48_000 * 60;

/// A stream begins: all before it is over.
pub(super) struct Stream {
    pub(super) decoder: Box<dyn PacketDecoder>,
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) format: SampleFormat,
    /// Decoded samples of each channel that are not part of the sound.
    pub(super) skip: u64,
    /// Samples of each channel behind those, where that is certain.
    pub(super) length: Option<u64>,
}

/// Coded samples.
pub(super) struct Packet {
    pub(super) data: Vec<u8>,
    /// Samples of each channel that it becomes; 0 where only the decoder knows.
    pub(super) samples: u64,
}

/// Where packets lie in their stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Decoded samples of each channel since the stream began, behind these packets.
    pub(super) end: u64,
    /// Whether no packets are before these. Streams may begin at any position.
    pub(super) is_first: bool,
    /// Whether the stream ends there: what is decoded beyond is no part of it.
    pub(super) is_last: bool,
    /// Whether packets before these are lost.
    pub(super) after_gap: bool,
}

/// What comes next in a file.
pub(super) enum Step {
    Begin(Stream),
    Packets(Vec<Packet>, Option<Position>),
    /// The last packets, and the number of samples at their end, of each channel, to drop.
    Last(Vec<Packet>, u64),
    /// Samples of each channel that are lost.
    Gap(u64),
    /// Samples that are decoded already, of all channels in turn.
    Samples(Vec<f32>),
}

/// A container, taken apart from its beginning to its end.
pub(super) trait Steps: Send {
    /// # Errors
    /// `Media` for files that are cut, or damaged beyond use; `Unsupported`, `Io`.
    fn next(&mut self) -> Result<Option<Step>>;

    /// What there is to say of the file, as far as it was read.
    fn notes(&self) -> &SoundNotes;
}

/// What a container says before its samples.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    pub(super) tags: Tags,
    pub(super) mask: Option<u32>,
    /// Samples of each channel, where that is known.
    pub(super) length: Option<u64>,
}

/// A compressed file that is decoded packet by packet.
pub(super) struct CodedSource {
    file: SoundFormat,
    steps: Box<dyn Steps>,
    about: About,
    options: ReadOptions,
    decoder: Option<Box<dyn PacketDecoder>>,
    spec: Option<SoundSpec>,
    /// Decoded samples of this stream, those to skip among them.
    position: u64,
    /// What the positions of this stream are too large by.
    base: i128,
    skip: u64,
    left: Option<u64>,
    /// Samples that were decoded and not given out, those of all channels in turn.
    waiting: Vec<f32>,
    /// How many of them were given out.
    taken: usize,
    /// Samples of silence that are due.
    silence: u64,
    lost: u64,
    places: u64,
    given: u64,
    is_over: bool,
    /// Samples that the file states and does not have.
    missing: u64,
    /// Packets that cannot be decoded and do not tell how long they are.
    unplaced: u64,
}

impl CodedSource {
    /// # Errors
    /// As [`Steps::next`], and `Media` where nothing can be decoded.
    pub(super) fn new(
        file: SoundFormat,
        steps: impl Steps + 'static,
        about: About,
        options: &ReadOptions,
    ) -> Result<Self> {
        let mut source = Self {
            file,
            steps: Box::new(steps),
            about,
            options: options.clone(),
            decoder: None,
            spec: None,
            position: 0,
            base: 0,
            skip: 0,
            left: None,
            waiting: Vec::new(),
            taken: 0,
            silence: 0,
            lost: 0,
            places: 0,
            given: 0,
            is_over: false,
            missing: 0,
            unplaced: 0,
        };
        // Only decoded samples tell their rate and channels for certain.
        while source.waiting.is_empty() && source.silence == 0 && source.step()? {}
        match source.spec {
            Some(_) => Ok(source),
            None => Err(file.error("there is no sound in it")),
        }
    }

    /// Does what comes next; whether there was anything.
    fn step(&mut self) -> Result<bool> {
        if self.silence > 0 {
            let count = self.silence.min(SILENCE_PIECE);
            self.silence -= count;
            let channels = self.spec.map_or(1, |spec| spec.channels);
            self.emit(&vec![0.0; count as usize * usize::from(channels)]);
            return Ok(true);
        }
        let file = self.file;
        match guarded(file, || self.steps.next())? {
            None => {
                self.is_over = true;
                self.missing = self.missing_at_end();
                self.check_losses()?;
                return Ok(false);
            }
            Some(Step::Begin(stream)) => self.begin(stream)?,
            Some(Step::Gap(samples)) => self.lose(samples)?,
            Some(Step::Samples(samples)) => self.emit(&samples),
            Some(Step::Packets(packets, position)) => self.packets(&packets, position, 0)?,
            Some(Step::Last(packets, padding)) => self.packets(&packets, None, padding)?,
        }
        Ok(true)
    }

    fn begin(&mut self, stream: Stream) -> Result<()> {
        let spec = SoundSpec {
            rate: stream.rate,
            channels: stream.channels,
            format: stream.format,
        };
        match self.spec {
            Some(first) if (first.rate, first.channels) != (spec.rate, spec.channels) => return Err(self.changes(spec)),
            Some(_) => {}
            None => self.spec = Some(spec),
        }
        self.decoder = Some(stream.decoder);
        (self.position, self.base, self.skip, self.left) = (0, 0, stream.skip, stream.length);
        Ok(())
    }

    fn changes(&self, to: SoundSpec) -> CodecError {
        let (from_rate, from) = self.spec.map_or((0, 0), |spec| (spec.rate, spec.channels));
        let (rate, channels) = (to.rate, to.channels);
        self.file.unsupported(format!(
            "a part of {from} channels at {from_rate} Hz and another of {channels} at {rate} Hz"
        ))
    }

    /// Decodes packets; `padding` samples of each channel at their end are dropped.
    fn packets(&mut self, packets: &[Packet], position: Option<Position>, padding: u64) -> Result<()> {
        let mut fresh = Vec::new();
        // Where in `fresh` samples are missing, and packets whose length nothing tells so far.
        let mut failed = 0;
        let mut hole = position.is_some_and(|position| position.after_gap).then_some(0);
        for packet in packets {
            let before = fresh.len();
            let expected = packet.samples;
            let decoded = self.decode(&packet.data, &mut fresh)?;
            // Damaged packets may decode to nothing.
            let decoded = decoded.filter(|&samples| samples > 0 || expected == 0);
            if decoded.is_none() && expected > 0 {
                fresh.truncate(before);
                fresh.resize(before + expected as usize * self.channels(), 0.0);
                self.note_loss(expected)?;
            } else if decoded.is_none() {
                fresh.truncate(before);
                hole = hole.or(Some(before));
                failed += 1;
            }
        }
        let channels = self.channels();
        let count = (fresh.len() / channels) as u64;
        if let Some(position) = position {
            let end = self.position + count;
            if position.is_first && !position.is_last {
                self.base = i128::from(position.end) - i128::from(end);
                // What comes before position 0 is no part of it.
                self.skip += u64::try_from(-self.base).unwrap_or(0);
            }
            let stated = u64::try_from(i128::from(position.end) - self.base).unwrap_or(0);
            if let (Some(at), Some(missing @ 1..)) = (hole, stated.checked_sub(end)) {
                self.emit(&fresh[..at]);
                fresh.drain(..at);
                self.note_loss(missing)?;
                self.emit_silence(missing);
                failed = 0;
            } else if position.is_last && end > stated {
                let keep = count.saturating_sub(end - stated) as usize;
                fresh.truncate(keep * channels);
            }
        }
        self.unplaced += failed;
        let kept = count.saturating_sub(padding) as usize * channels;
        fresh.truncate(if padding > 0 { kept } else { fresh.len() });
        self.emit(&fresh);
        Ok(())
    }

    fn channels(&self) -> usize {
        self.spec.map_or(1, |spec| usize::from(spec.channels)).max(1)
    }

    /// Decodes a packet; `None` where that fails.
    fn decode(&mut self, data: &[u8], out: &mut Vec<f32>) -> Result<Option<u64>> {
        let (file, before) = (self.file, out.len());
        let Some(decoder) = &mut self.decoder else {
            return Err(file.error("samples come before what they are"));
        };
        let decoded = guarded(file, || Ok(decoder.decode(data, out)));
        let shape = match decoded {
            Ok(Ok(shape)) => shape,
            Ok(Err(_)) => return Ok(None),
            // It panicked, and may be in any state.
            Err(_) => {
                decoder.renew();
                return Ok(None);
            }
        };
        let samples = (out.len() - before) / usize::from(shape.channels.max(1));
        if let Some(spec) = &mut self.spec
            && samples > 0
            && (spec.rate, spec.channels) != (shape.rate, shape.channels)
        {
            let found = SoundSpec {
                rate: shape.rate,
                channels: shape.channels,
                ..*spec
            };
            if self.position > 0 || before > 0 {
                return Err(self.changes(found));
            }
            *spec = found;
        }
        Ok(Some(samples as u64))
    }

    fn lose(&mut self, samples: u64) -> Result<()> {
        self.note_loss(samples)?;
        self.silence += samples;
        Ok(())
    }

    fn emit_silence(&mut self, samples: u64) {
        let channels = self.channels();
        self.emit(&vec![0.0; samples as usize * channels]);
    }

    /// Counts samples that are lost. What is damaged may not claim hours.
    fn note_loss(&mut self, samples: u64) -> Result<()> {
        self.lost = self.lost.saturating_add(samples);
        self.places += 1;
        if self.lost > LOST_AT_ONCE.saturating_add(self.given.saturating_mul(4)) {
            return Err(self.file.error("it is damaged: more is lost than can be told"));
        }
        Ok(())
    }

    /// Passes samples on, without those that are no part of the sound.
    fn emit(&mut self, samples: &[f32]) {
        let channels = self.channels();
        let count = (samples.len() / channels) as u64;
        self.position += count;
        let skipped = self.skip.min(count);
        self.skip -= skipped;
        let mut kept = count - skipped;
        if let Some(left) = &mut self.left {
            kept = kept.min(*left);
            *left -= kept;
        }
        let first = skipped as usize * channels;
        self.waiting
            .extend_from_slice(&samples[first..first + kept as usize * channels]);
        self.given += kept;
    }

    /// At the end: how many samples fewer there were than the stream states. Where times are rounded, a few are missing.
    fn missing_at_end(&self) -> u64 {
        let missing = self.left.unwrap_or(0);
        let rounding = u64::from(self.spec.map_or(0, |spec| spec.rate)) / 1000;
        if missing > rounding { missing } else { 0 }
    }

    /// At the end: whether so much is lost that it is no sound any more.
    fn check_losses(&mut self) -> Result<()> {
        if self.lost > self.given / 2 && self.lost > 0 && !self.options.salvage {
            let rest = "--salvage takes what there is";
            return Err(self.file.error(format!("it is damaged: most of it is lost; {rest}")));
        }
        Ok(())
    }
}

impl SoundSource for CodedSource {
    fn spec(&self) -> SoundSpec {
        self.spec.unwrap_or(SoundSpec {
            rate: 0,
            channels: 0,
            format: SampleFormat::Int16,
        })
    }

    fn tags(&self) -> &Tags {
        &self.about.tags
    }

    fn channel_mask(&self) -> Option<u32> {
        let channels = u32::from(self.spec().channels);
        self.about
            .mask
            .filter(|mask| *mask == 0 || mask.count_ones() == channels)
    }

    fn notes(&self) -> SoundNotes {
        let mut notes = self.steps.notes().clone();
        if self.lost > 0 {
            let (lost, places, rate) = (self.lost, self.places, self.spec().rate.max(1));
            let seconds = lost as f64 / f64::from(rate);
            notes.warn(format!(
                "it is damaged: {lost} samples ({seconds:.3} s) in {places} places are lost; silence is in their place"
            ));
        }
        if self.unplaced > 0 {
            notes.warn(format!(
                "it is damaged: {} packets of unknown length are lost; nothing is in their place",
                self.unplaced
            ));
        }
        if self.missing > 0 {
            let (missing, stated) = (self.missing, self.given + self.missing);
            notes.warn(format!("{missing} of {stated} samples that it states are not there"));
        }
        notes
    }

    fn length(&self) -> Option<u64> {
        self.about.length
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize> {
        while self.taken == self.waiting.len() {
            self.waiting.clear();
            self.taken = 0;
            if self.is_over || !self.step()? {
                return Ok(0);
            }
        }
        let channels = self.channels();
        let count = most.min((self.waiting.len() - self.taken) / channels);
        let end = self.taken + count * channels;
        out.extend_from_slice(&self.waiting[self.taken..end]);
        self.taken = end;
        Ok(count)
    }
}
