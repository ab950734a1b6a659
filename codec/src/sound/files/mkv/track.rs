//! What a track says of its packets.

use super::FILE;
use super::ebml::{children, find, float, unsigned};
use crate::error::Result;
use crate::sound::SampleFormat;
use crate::sound::files::coded::aac_config::AacConfig;
use crate::sound::files::coded::decoders::Codec;
use crate::sound::files::coded::opus::{self, OpusHead, vorbis_mask};
use crate::sound::files::flac::FlacInfo;
use crate::sound::files::mp4::{Coding, Entry};
use crate::sound::files::pcm::{Encoding, Layout};

/// A track of sound.
pub(super) struct Track {
    pub(super) number: u64,
    pub(super) entry: Entry,
    /// Bytes that were taken off the front of every packet.
    pub(super) stripped: Vec<u8>,
    /// Numbers of the other tracks of the file.
    pub(super) others: Vec<u64>,
}

impl Track {
    /// # Errors
    /// `Media` for a damaged one, `Unsupported` for packets that are packed in a way that is not known.
    pub(super) fn read(entry: &[u8]) -> Result<Self> {
        let damaged = || FILE.error("its track of sound is damaged");
        let number = find(entry, 0xd7).map(unsigned).ok_or_else(damaged)?;
        let name = find(entry, 0x86)
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .ok_or_else(damaged)?;
        let private = find(entry, 0x63a2).unwrap_or_default();
        let audio = find(entry, 0xe1).unwrap_or_default();
        let rate = find(audio, 0xb5).map_or(8000.0, float).round() as u32;
        let channels = find(audio, 0x9f).map_or(1, unsigned) as u16;
        let bits = find(audio, 0x6264).map_or(0, unsigned) as u32;
        let delay_ns = find(entry, 0x56aa).map_or(0, unsigned);
        let mut made = Entry {
            coding: Coding::Other(name.clone()),
            rate,
            channels,
            mask: None,
            skip: (u128::from(delay_ns) * u128::from(rate) + 500_000_000).div_euclid(1_000_000_000) as u64,
            format: SampleFormat::Int16,
        };
        made.coding = coding(&name, private, bits, &mut made).unwrap_or(Coding::Other(name));
        Ok(Self {
            number,
            entry: made,
            stripped: stripped(entry)?,
            others: Vec::new(),
        })
    }

    /// # Errors
    /// `Unsupported` by name for what cannot be decoded.
    pub(super) fn check(&self) -> Result<()> {
        match &self.entry.coding {
            Coding::Other(name) => Err(FILE.unsupported(name)),
            Coding::Aac(extra) => {
                let config = AacConfig::read(extra).ok_or_else(|| FILE.error("its AAC configuration is damaged"))?;
                config.check(FILE, &[])
            }
            _ => Ok(()),
        }
    }
}

/// The only way of packing packets that is in use: the same bytes off the front of each.
fn stripped(entry: &[u8]) -> Result<Vec<u8>> {
    let Some(encodings) = find(entry, 0x6d80) else {
        return Ok(Vec::new());
    };
    let mut all = children(encodings).filter(|(id, _)| *id == 0x6240);
    let compression = all.next().and_then(|(_, encoding)| find(encoding, 0x5034));
    match compression {
        Some(body) if all.next().is_none() && find(body, 0x4254).map_or(0, unsigned) == 3 => {
            Ok(find(body, 0x4255).unwrap_or_default().to_vec())
        }
        _ => Err(FILE.unsupported("packets that are packed or encrypted")),
    }
}

fn coding(name: &str, private: &[u8], bits: u32, entry: &mut Entry) -> Option<Coding> {
    let plain = |encoding, big| {
        let layout = Layout {
            encoding,
            bytes: bits.div_ceil(8) as usize,
            big,
            rate: entry.rate,
            channels: entry.channels,
        };
        layout.format().map(|format| (Coding::Plain(layout), format))
    };
    Some(match name {
        "A_MPEG/L3" => Coding::Mpeg(Codec::Mp3),
        "A_MPEG/L2" => Coding::Mpeg(Codec::Mp2),
        "A_MPEG/L1" => Coding::Mpeg(Codec::Mp1),
        "A_VORBIS" => {
            // What writers state as a delay is the first packet, which gives no samples.
            entry.skip = 0;
            entry.mask = vorbis_mask(u8::try_from(entry.channels).ok()?).filter(|_| entry.channels > 2);
            Coding::Vorbis(private.to_vec())
        }
        "A_OPUS" => {
            let head = OpusHead::read(private.get(8..)?, false)?;
            (entry.rate, entry.channels, entry.mask) = (opus::RATE, u16::from(head.channels), head.mask());
            entry.skip = u64::from(head.skip);
            Coding::Opus(head)
        }
        "A_FLAC" => {
            let info = FlacInfo::read(private.get(8..)?)?;
            (entry.format, entry.mask) = (info.format(), info.mask().filter(|_| info.channels > 2));
            Coding::Flac(info)
        }
        "A_ALAC" => entry.alac(private)?,
        _ if name.starts_with("A_AAC") && !private.is_empty() => Coding::Aac(private.to_vec()),
        "A_PCM/INT/LIT" | "A_PCM/INT/BIG" | "A_PCM/FLOAT/IEEE" => {
            let encoding = match (name, bits) {
                ("A_PCM/FLOAT/IEEE", _) => Encoding::Float,
                (_, 8) => Encoding::Unsigned,
                _ => Encoding::Signed,
            };
            let (coding, format) = plain(encoding, name == "A_PCM/INT/BIG")?;
            entry.format = format;
            coding
        }
        _ => return None,
    })
}
