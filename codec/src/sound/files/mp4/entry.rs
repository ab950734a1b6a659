//! What the packets of a track are.

use super::FILE;
use super::boxes::{children, find, versioned};
use crate::error::Result;
use crate::sound::SampleFormat;
use crate::sound::files::coded::Stream;
use crate::sound::files::coded::aac_config::AacConfig;
use crate::sound::files::coded::decoders::{Codec, Library, PacketDecoder, Shape};
use crate::sound::files::coded::mpeg;
use crate::sound::files::coded::opus::{self, OpusHead};
use crate::sound::files::flac::{FlacInfo, FlacPackets};
use crate::sound::files::input::Fields;
use crate::sound::files::pcm::{Encoding, Layout, PcmPackets};

/// A kind of coding, with what its decoder needs.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sound::files) enum Coding {
    Aac(Vec<u8>),
    Mpeg(Codec),
    Alac(Vec<u8>),
    Opus(OpusHead),
    Vorbis(Vec<u8>),
    Flac(FlacInfo),
    Plain(Layout),
    /// One that cannot be decoded, by its name.
    Other(String),
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sound::files) struct Entry {
    pub(in crate::sound::files) coding: Coding,
    pub(in crate::sound::files) rate: u32,
    pub(in crate::sound::files) channels: u16,
    pub(in crate::sound::files) mask: Option<u32>,
    /// Decoded samples that are not part of the sound, unless edits say other.
    pub(in crate::sound::files) skip: u64,
    pub(in crate::sound::files) format: SampleFormat,
}

impl Entry {
    /// Reads an entry; `None` where it is damaged.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (id, body) = children(bytes).next()?;
        let mut fields = Fields(body);
        fields.take(8)?;
        let version = fields.be16()?;
        fields.take(6)?;
        let (channels, bits) = (fields.be16()?, fields.be16()?);
        fields.take(4)?;
        let rate = fields.be32()? >> 16;
        let mut wide = None;
        match version {
            1 => drop(fields.take(16)?),
            2 => {
                fields.take(4)?;
                let rate = f64::from_bits(fields.be64()?);
                let channels = fields.be32()?;
                fields.take(4)?;
                let (bits, flags) = (fields.be32()?, fields.be32()?);
                fields.take(8)?;
                wide = Some((rate.round() as u32, u16::try_from(channels).ok()?, bits, flags));
            }
            _ => {}
        }
        let (rate, channels) = wide.map_or((rate, channels), |(rate, channels, ..)| (rate, channels));
        let within = fields.0;
        let mut entry = Self {
            coding: Coding::Other(String::from_utf8_lossy(&id).into_owned()),
            rate,
            channels,
            mask: None,
            skip: 0,
            format: SampleFormat::Int16,
        };
        entry.fill(id, bits, wide.map(|(_, _, bits, flags)| (bits, flags)), within)?;
        Some(entry)
    }

    fn fill(&mut self, id: [u8; 4], bits: u16, wide: Option<(u32, u32)>, within: &[u8]) -> Option<()> {
        let (rate, channels) = (self.rate, self.channels);
        let plain = |encoding, bytes, big| {
            let layout = Layout {
                encoding,
                bytes,
                big,
                rate,
                channels,
            };
            Coding::Plain(layout)
        };
        let is_little = find(find(within, b"wave").unwrap_or_default(), b"enda").is_some_and(|enda| enda == [0, 1]);
        self.coding = match &id {
            // QuickTime has the descriptor one box deeper.
            b"mp4a" => self.descriptor(find(within, b"esds").or_else(|| find(find(within, b"wave")?, b"esds")))?,
            b".mp3" | b"ms\0\x55" => Coding::Mpeg(Codec::Mp3),
            b".mp2" => Coding::Mpeg(Codec::Mp2),
            b"alac" => {
                let cookie = find(within, b"alac")
                    .or_else(|| find(find(within, b"wave")?, b"alac"))?
                    .get(4..)?;
                self.alac(cookie)?
            }
            b"Opus" => {
                let head = OpusHead::read(find(within, b"dOps")?, true)?;
                (self.rate, self.channels) = (opus::RATE, u16::from(head.channels));
                (self.mask, self.skip) = (head.mask(), u64::from(head.skip));
                Coding::Opus(head)
            }
            b"fLaC" => {
                let (_, _, blocks) = versioned(find(within, b"dfLa")?)?;
                let info = FlacInfo::read(blocks.0.get(4..)?)?;
                (self.rate, self.channels, self.format) = (info.rate, info.channels, info.format());
                self.mask = info.mask().filter(|_| info.channels > 2);
                Coding::Flac(info)
            }
            b"twos" => plain(Encoding::Signed, usize::from(bits.div_ceil(8)), true),
            b"sowt" => plain(Encoding::Signed, usize::from(bits.div_ceil(8)), false),
            b"raw " => plain(Encoding::Unsigned, usize::from(bits.div_ceil(8)), true),
            b"in24" => plain(Encoding::Signed, 3, !is_little),
            b"in32" => plain(Encoding::Signed, 4, !is_little),
            b"fl32" => plain(Encoding::Float, 4, !is_little),
            b"fl64" => plain(Encoding::Float, 8, !is_little),
            b"alaw" => plain(Encoding::Alaw, 1, true),
            b"ulaw" => plain(Encoding::Mulaw, 1, true),
            b"lpcm" => {
                let (bits, flags) = wide?;
                let encoding = if flags & 1 != 0 {
                    Encoding::Float
                } else {
                    Encoding::Signed
                };
                plain(encoding, bits.div_ceil(8) as usize, flags & 2 != 0)
            }
            b"ipcm" | b"fpcm" => {
                let (_, _, mut fields) = versioned(find(within, b"pcmC")?)?;
                let (little, bits) = (fields.byte()? & 1 == 1, fields.byte()?);
                let encoding = if id == *b"fpcm" {
                    Encoding::Float
                } else {
                    Encoding::Signed
                };
                plain(encoding, usize::from(bits.div_ceil(8)), !little)
            }
            other => Coding::Other(named(other)),
        };
        if let Coding::Plain(layout) = &self.coding {
            self.format = layout.format()?;
        }
        Some(())
    }

    /// Reads the elementary stream descriptor.
    fn descriptor(&mut self, esds: Option<&[u8]>) -> Option<Coding> {
        let (_, _, mut fields) = versioned(esds?)?;
        let mut kind = None;
        while let Some(tag) = fields.byte() {
            let mut size = 0usize;
            while let Some(byte) = fields.byte() {
                size = size << 7 | usize::from(byte & 0x7f);
                if byte & 0x80 == 0 {
                    break;
                }
            }
            match tag {
                3 => {
                    fields.take(2)?;
                    let flags = fields.byte()?;
                    fields.take(if flags & 0x80 != 0 { 2 } else { 0 })?;
                    let url = if flags & 0x40 != 0 {
                        usize::from(fields.byte()?)
                    } else {
                        0
                    };
                    fields.take(url + if flags & 0x20 != 0 { 2 } else { 0 })?;
                }
                4 => {
                    kind = fields.byte();
                    fields.take(12)?;
                }
                5 => {
                    let extra = fields.take(size)?.to_vec();
                    return Some(self.of_kind(kind?, extra));
                }
                _ => {
                    fields.take(size)?;
                }
            }
        }
        Some(self.of_kind(kind?, Vec::new()))
    }

    fn of_kind(&mut self, kind: u8, extra: Vec<u8>) -> Coding {
        match kind {
            0x40 | 0x66..=0x68 => {
                if let Some(config) = AacConfig::read(&extra) {
                    self.rate = config.rate;
                    if config.channels > 0 {
                        self.channels = config.channels as u16;
                    }
                }
                Coding::Aac(extra)
            }
            0x69 | 0x6b => Coding::Mpeg(Codec::Mp3),
            0xdd => Coding::Vorbis(extra),
            0xa5 => Coding::Other("AC-3".to_owned()),
            0xa6 => Coding::Other("E-AC-3".to_owned()),
            0xa9 | 0xac => Coding::Other("DTS".to_owned()),
            0xad => Coding::Other("Opus of an old kind".to_owned()),
            0xe1 => Coding::Other("QCELP".to_owned()),
            other => Coding::Other(format!("sound of kind {other:#x}")),
        }
    }

    /// Reads the cookie of ALAC, which knows more than the entry.
    pub(in crate::sound::files) fn alac(&mut self, cookie: &[u8]) -> Option<Coding> {
        let mut fields = Fields(cookie.get(5..)?);
        let depth = fields.byte()?;
        fields.take(3)?;
        self.channels = u16::from(fields.byte()?);
        fields.take(10)?;
        self.rate = fields.be32()?;
        self.format = match depth {
            ..=16 => SampleFormat::Int16,
            17..=24 => SampleFormat::Int24,
            _ => SampleFormat::Int32,
        };
        // The library puts the channels in the order of WAV files.
        self.mask = [0x4, 0x3, 0x7, 0x107, 0x37, 0x3f, 0x13f, 0xff]
            .get(usize::from(self.channels).checked_sub(1)?)
            .copied();
        self.mask = self.mask.filter(|_| self.channels > 2);
        Some(Coding::Alac(cookie.to_vec()))
    }

    /// Bytes of a plain sample of all channels.
    pub(super) fn pcm_frame_bytes(&self) -> Option<u32> {
        match &self.coding {
            Coding::Plain(layout) => u32::try_from(layout.frame_bytes()).ok().filter(|&bytes| bytes > 0),
            _ => None,
        }
    }

    /// # Errors
    /// `Unsupported` by name for what cannot be decoded; some packets tell more than the entry.
    pub(in crate::sound::files) fn check(&self, packets: &[Vec<u8>]) -> Result<()> {
        match &self.coding {
            Coding::Other(name) => Err(FILE.unsupported(name)),
            Coding::Aac(extra) => {
                let config = AacConfig::read(extra).ok_or_else(|| FILE.error("its AAC configuration is damaged"))?;
                let packets: Vec<&[u8]> = packets.iter().map(Vec::as_slice).collect();
                config.check(FILE, &packets)
            }
            _ => Ok(()),
        }
    }

    /// The stream of a track, of which `skip` samples and all behind `length` are not part of the sound.
    ///
    /// # Errors
    /// `Unsupported` for what the decoders do not know.
    pub(in crate::sound::files) fn stream(&self, skip: u64, length: Option<u64>) -> Result<Stream> {
        let shape = Shape {
            rate: self.rate,
            channels: self.channels,
        };
        let library = |codec, extra: &[u8]| -> Result<Box<dyn PacketDecoder>> {
            let decoder: Box<dyn PacketDecoder> = Library::new(FILE, codec, shape, extra)?;
            Ok(decoder)
        };
        Ok(Stream {
            decoder: match &self.coding {
                Coding::Aac(extra) => library(Codec::Aac, extra)?,
                Coding::Mpeg(codec) => library(*codec, &[])?,
                Coding::Alac(cookie) => library(Codec::Alac, cookie)?,
                Coding::Vorbis(extra) => library(Codec::Vorbis, extra)?,
                Coding::Opus(head) => head.decoder(FILE)?,
                Coding::Flac(info) => Box::new(FlacPackets::new(info.clone())),
                Coding::Plain(layout) => Box::new(PcmPackets(*layout)),
                Coding::Other(name) => return Err(FILE.unsupported(name)),
            },
            rate: self.rate,
            channels: self.channels,
            format: self.format,
            skip,
            length,
        })
    }

    /// Samples that a packet becomes; 0 where only the decoder knows.
    pub(in crate::sound::files) fn samples(&self, packet: &[u8]) -> u64 {
        match &self.coding {
            Coding::Aac(_) => 1024,
            Coding::Opus(_) => opus::samples(packet),
            Coding::Flac(info) => info.samples_of(packet),
            Coding::Mpeg(_) => mpeg::samples_of(packet, self.rate),
            Coding::Plain(layout) => packet.len() as u64 / layout.frame_bytes().max(1),
            _ => 0,
        }
    }
}

fn named(id: &[u8; 4]) -> String {
    let name = match id {
        b"ac-3" => "AC-3",
        b"ec-3" => "E-AC-3",
        b"ac-4" => "AC-4",
        b"dtsc" | b"dtsh" | b"dtsl" | b"dtse" => "DTS",
        b"samr" | b"sawb" => "AMR",
        b"enca" | b"drms" => "encrypted sound",
        b"ima4" => "IMA ADPCM",
        b"QDM2" | b"QDMC" => "QDesign Music",
        b"sevc" | b"sqcp" | b"Qclp" => "QCELP",
        b"mha1" | b"mhm1" => "MPEG-H",
        other => return format!("sound of kind {}", String::from_utf8_lossy(other)),
    };
    name.to_owned()
}
