//! The codecs in Ogg files, and their headers.

use super::super::coded::Stream;
use super::super::coded::decoders::{Codec, Library, Nothing, PacketDecoder, Shape};
use super::super::coded::opus::{self, OpusHead, vorbis_mask};
use super::super::flac::{FlacInfo, FlacPackets};
use super::super::input::Fields;
use super::super::tags::{merge, vorbis};
use super::FILE;
use crate::error::Result;
use crate::sound::{SampleFormat, SoundNotes, Tags};

/// The most bytes of headers.
const MAX_HEADER_BYTES: usize = 64 << 20;

/// A codec that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Vorbis,
    Opus,
    Flac,
}

impl Coding {
    /// What a stream is that begins with a packet; else the name of what it is.
    pub(super) fn of(packet: &[u8]) -> std::result::Result<Self, &'static str> {
        match packet {
            [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => Ok(Self::Vorbis),
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => Ok(Self::Opus),
            [0x7f, b'F', b'L', b'A', b'C', ..] => Ok(Self::Flac),
            [b'S', b'p', b'e', b'e', b'x', ..] => Err("Speex"),
            [0x80, b't', b'h', b'e', b'o', b'r', b'a', ..] => Err("Theora"),
            [b'f', b'i', b's', b'h', ..] => Err("Ogg Skeleton"),
            [b'f', b'L', b'a', b'C', ..] => Err("FLAC of an old kind"),
            _ => Err("an unknown codec"),
        }
    }
}

/// The headers of a stream.
pub(super) struct Headers {
    coding: Coding,
    packets: Vec<Vec<u8>>,
    bytes: usize,
    /// Packets of headers that there are.
    wanted: usize,
    opus: Option<OpusHead>,
    mask: Option<u32>,
    flac: Option<FlacInfo>,
}

impl Headers {
    pub(super) fn new(coding: Coding) -> Self {
        Self {
            coding,
            packets: Vec::new(),
            bytes: 0,
            wanted: if coding == Coding::Vorbis { 3 } else { 2 },
            opus: None,
            mask: None,
            flac: None,
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.packets.len() >= self.wanted
    }

    pub(super) fn mask(&self) -> Option<u32> {
        self.mask
    }

    /// Decoded samples that are not part of the sound.
    pub(super) fn skip(&self) -> u64 {
        self.opus.as_ref().map_or(0, |head| u64::from(head.skip))
    }

    /// Samples that a packet of sound becomes; 0 where only the decoder knows.
    pub(super) fn samples(&self, packet: &[u8]) -> u64 {
        match (self.coding, &self.flac) {
            (Coding::Opus, _) => opus::samples(packet),
            (Coding::Flac, Some(info)) => info.samples_of(packet),
            _ => 0,
        }
    }

    /// Takes the next header; returns the stream when it was the last.
    ///
    /// # Errors
    /// `Media` for damaged headers, `Unsupported` for kinds that the decoders do not know.
    pub(super) fn take(
        &mut self,
        packet: Vec<u8>,
        tags: &mut Tags,
        is_later: bool,
        notes: &mut SoundNotes,
    ) -> Result<Option<Stream>> {
        self.bytes += packet.len();
        if self.bytes > MAX_HEADER_BYTES {
            return Err(FILE.error("its headers are too long"));
        }
        if self.packets.is_empty() {
            self.first(&packet)?;
        } else if self.is_header(&packet) {
            self.comments(&packet, tags, is_later, notes);
        } else {
            return Err(FILE.error("its headers are damaged: nothing can be saved"));
        }
        self.packets.push(packet);
        if !self.is_complete() {
            return Ok(None);
        }
        self.stream().map(Some)
    }

    fn first(&mut self, packet: &[u8]) -> Result<()> {
        let damaged = || FILE.error("its first header is damaged");
        match self.coding {
            Coding::Vorbis => self.mask = vorbis_mask(*packet.get(11).ok_or_else(damaged)?),
            Coding::Opus => {
                let head = OpusHead::read(packet.get(8..).unwrap_or_default(), false).ok_or_else(damaged)?;
                self.mask = head.mask();
                self.opus = Some(head);
            }
            Coding::Flac => {
                let mut fields = Fields(packet.get(7..).unwrap_or_default());
                let more = fields.be16().ok_or_else(damaged)?;
                self.wanted = 1 + usize::from(more).max(1);
                // Its own mark and the head of the block.
                let block = fields.0.get(8..).ok_or_else(damaged)?;
                let info = FlacInfo::read(block).ok_or_else(damaged)?;
                self.mask = info.mask();
                self.flac = Some(info);
            }
        }
        Ok(())
    }

    /// Whether a packet can be the next header, which it is not where that is lost.
    fn is_header(&self, packet: &[u8]) -> bool {
        match (self.coding, self.packets.len()) {
            (Coding::Vorbis, 1) => packet.starts_with(b"\x03vorbis"),
            (Coding::Vorbis, _) => packet.starts_with(b"\x05vorbis"),
            (Coding::Opus, _) => packet.starts_with(b"OpusTags"),
            (Coding::Flac, _) => packet.first().is_some_and(|kind| kind & 0x7f < 0x7f),
        }
    }

    fn comments(&mut self, packet: &[u8], tags: &mut Tags, is_later: bool, notes: &mut SoundNotes) {
        let block = match self.coding {
            Coding::Vorbis => packet.strip_prefix(b"\x03vorbis"),
            Coding::Opus => packet.strip_prefix(b"OpusTags"),
            Coding::Flac => match packet {
                [kind, _, _, _, rest @ ..] if kind & 0x7f == 4 => Some(rest),
                [kind, _, _, _, rest @ ..] if kind & 0x7f == 6 => {
                    vorbis::lose_picture(rest, notes);
                    None
                }
                _ => None,
            },
        };
        let Some(block) = block else { return };
        let mut found = Tags::default();
        vorbis::read(block, &mut found, notes);
        if is_later && !found.is_empty() && found != *tags {
            notes.lose("the tags of the files that are joined behind the first");
        } else {
            merge(tags, &found);
        }
    }

    fn stream(&self) -> Result<Stream> {
        let (decoder, rate, channels, format): (Box<dyn PacketDecoder>, u32, u16, SampleFormat) = match self.coding {
            Coding::Vorbis => {
                let mut fields = Fields(self.packets[0].get(11..).unwrap_or_default());
                let (channels, rate) = (fields.byte().unwrap_or(0), fields.le32().unwrap_or(0));
                let extra = [&self.packets[0][..], &self.packets[2]].concat();
                let shape = Shape {
                    rate,
                    channels: u16::from(channels),
                };
                (
                    Library::new(FILE, Codec::Vorbis, shape, &extra)?,
                    rate,
                    u16::from(channels),
                    SampleFormat::Int16,
                )
            }
            Coding::Opus => match &self.opus {
                Some(head) => (
                    head.decoder(FILE)?,
                    opus::RATE,
                    u16::from(head.channels),
                    SampleFormat::Int16,
                ),
                None => (Box::new(Nothing), 0, 0, SampleFormat::Int16),
            },
            Coding::Flac => match &self.flac {
                Some(info) => {
                    let decoder = Box::new(FlacPackets::new(info.clone()));
                    (decoder, info.rate, info.channels, info.format())
                }
                None => (Box::new(Nothing), 0, 0, SampleFormat::Int16),
            },
        };
        Ok(Stream {
            decoder,
            rate,
            channels,
            format,
            skip: self.skip(),
            length: None,
        })
    }
}
