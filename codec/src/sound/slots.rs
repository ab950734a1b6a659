//! The symbols of a stream, slot by slot.

use std::io::Read;
use std::sync::Arc;

use rayon::prelude::*;

use super::units::{check_codec, group_sizes, read_packet};
use crate::Quality;
use crate::codecs::sound::{Packet, SoundCodec};
use crate::container::{Cause, Header, Mode, PacketGrid, Part, PartKind, SoundMedia, StreamReader};
use crate::error::{CodecError, Result};

/// The symbols of one slot of time: of each group of channels, unless they are lost.
pub(super) type Slot = Vec<Option<Packet>>;

/// Seconds of lost sound that are filled in whatever else there is, and further ones for each second that decodes: a few
/// bytes that promise hours give an error, not hours of silence.
const SILENCE_SECONDS: f64 = 3600.0;
const SILENCE_SHARE: f64 = 64.0;

/// Reads the packets of a stream and decodes their symbols.
pub(super) struct Slots<R> {
    codec: Arc<dyn SoundCodec>,
    reader: StreamReader<R>,
    media: SoundMedia,
    quality: Quality,
    grid: PacketGrid,
    /// Channels of each group.
    groups: Vec<usize>,
    /// Index of the next packet.
    next: u64,
    /// A packet that was read before its turn came.
    waiting: Option<Part>,
    ended: bool,
    /// Packets that decoded.
    whole: u64,
}

impl<R: Read> Slots<R> {
    /// # Errors
    /// `ModelMismatch` when the stream needs another model, `Malformed` when it does not fit this one, `Unsupported` for
    /// other media.
    pub(super) fn new(codec: Arc<dyn SoundCodec>, reader: StreamReader<R>) -> Result<Self> {
        let (media, quality) = check_codec(&*codec, reader.header())?;
        Ok(Self {
            groups: group_sizes(&media),
            grid: media.grid(),
            codec,
            reader,
            media,
            quality,
            next: 0,
            waiting: None,
            ended: false,
            whole: 0,
        })
    }

    pub(super) fn codec(&self) -> &dyn SoundCodec {
        &*self.codec
    }

    pub(super) fn reader(&self) -> &StreamReader<R> {
        &self.reader
    }

    pub(super) fn header(&self) -> &Header {
        self.reader.header()
    }

    pub(super) fn media(&self) -> &SoundMedia {
        &self.media
    }

    pub(super) fn quality(&self) -> Quality {
        self.quality
    }

    pub(super) fn groups(&self) -> &[usize] {
        &self.groups
    }

    /// Packets that decoded so far.
    pub(super) fn whole(&self) -> u64 {
        self.whole
    }

    /// Whether all slots were read.
    pub(super) fn is_over(&self) -> bool {
        self.next >= self.grid.count()
    }

    /// Up to `most` further slots.
    ///
    /// # Errors
    /// `Malformed` for damage and `PacketDesync` for symbols other than those encoded, unless they are to be concealed;
    /// `Malformed` where next to nothing is left to conceal them with.
    pub(super) fn read(&mut self, most: usize) -> Result<Vec<Slot>> {
        let left = self.grid.slots - self.next / self.groups.len() as u64;
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(most) * self.groups.len();
        let parts = (0..count).map(|_| self.part()).collect::<Result<Vec<_>>>()?;
        let (codec, groups, quality) = (&*self.codec, &self.groups, self.quality);
        let read = |part: &Option<Part>| {
            let part = part.as_ref()?;
            let channels = groups[part.index as usize % groups.len()];
            Some((part.index, read_packet(codec, part, channels, quality)))
        };
        let packets: Vec<_> = parts.par_iter().map(read).collect();
        let packets = packets.into_iter().map(|packet| self.accept(packet));
        let packets = packets.collect::<Result<Vec<_>>>()?;
        self.check_rest()?;
        let mut packets = packets.into_iter();
        let slots = count / self.groups.len();
        Ok((0..slots)
            .map(|_| packets.by_ref().take(self.groups.len()).collect())
            .collect())
    }

    /// Reads on behind the last packet, so that nothing passes for whole that is cut.
    ///
    /// # Errors
    /// `Malformed` in strict mode for damage in the slot.
    pub(super) fn finish(&mut self) -> Result<()> {
        while !self.ended {
            self.ended = self.reader.next_part()?.is_none();
        }
        self.check_rest()
    }

    /// The next packet, if it is there.
    fn part(&mut self) -> Result<Option<Part>> {
        if self.waiting.is_none() && !self.ended {
            self.waiting = self.reader.next_part()?;
            self.ended = self.waiting.is_none();
        }
        let index = self.next;
        self.next += 1;
        Ok(self.waiting.take_if(|part| u64::from(part.index) == index))
    }

    /// A packet, or nothing in place of one that is broken; in strict mode an error.
    fn accept(&mut self, packet: Option<(u32, Result<Packet>)>) -> Result<Option<Packet>> {
        match packet {
            None => Ok(None),
            Some((_, Ok(packet))) => {
                self.whole += 1;
                Ok(Some(packet))
            }
            Some((index, Err(error))) => {
                let cause = cause_of(error, self.reader.mode())?;
                self.reader.damage_mut().lose(PartKind::Symbols, index, 1, cause);
                Ok(None)
            }
        }
    }

    /// Refuses to make much silence of little sound.
    fn check_rest(&self) -> Result<()> {
        let lost = self.reader.damage().lost(PartKind::Symbols);
        let seconds = |packets: u64| {
            let slots = packets as f64 / self.groups.len() as f64;
            slots * f64::from(self.media.packet_samples) / f64::from(self.media.coding_rate)
        };
        let is_nothing = self.ended && self.waiting.is_none() && self.whole == 0 && lost > 0;
        if !is_nothing && seconds(lost) <= SILENCE_SECONDS + SILENCE_SHARE * seconds(self.whole) {
            return Ok(());
        }
        let reason = format!(
            "{lost} of {} packets are lost, and {} decode: too little is left of the sound",
            self.grid.count(),
            self.whole
        );
        Err(CodecError::malformed_at(self.reader.position(), reason))
    }
}

/// In strict mode the error itself; else what it means for the packet.
pub(crate) fn cause_of(error: CodecError, mode: Mode) -> Result<Cause> {
    match (mode, error) {
        (Mode::Strict, error) => Err(error),
        (_, CodecError::PacketDesync { expected, found, .. } | CodecError::FrameDesync { expected, found, .. }) => {
            Ok(Cause::Desync { expected, found })
        }
        (_, error) => Ok(Cause::Undecodable(error.to_string())),
    }
}
