//! The media block of a sound, and how a sound is cut into packets.

use super::super::fields::{Fields, MAX_FIXED, write_fixed};
use super::super::leb::write_leb;
use super::{MediaKind, check_flags, newer};
use crate::error::Result;
use crate::media::sound::SampleFormat;

/// The most samples of a packet and channel.
const MAX_PACKET_SAMPLES: u32 = 1 << 20;
/// The longest delay that a header can state, in samples.
const MAX_DELAY: u32 = 1 << 24;
/// Rates of sounds, in Hz.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// The sample format.
const FLAGS_FORMAT: u8 = 15;
const FLAG_MASK: u8 = 16;

/// What any reader can tell of a sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundMedia {
    /// Samples a second and channel of the sound, 8000..=192000.
    pub rate: u32,
    /// Channels of the sound, 1..=255.
    pub channels: u16,
    /// What the samples of the sound were, and are to be.
    pub format: SampleFormat,
    /// Which loudspeakers the channels are for, as `dwChannelMask` of WAV files says it.
    pub channel_mask: Option<u32>,
    /// Samples a second at which the codec works.
    pub coding_rate: u32,
    /// The most channels of one packet, 1..=255.
    pub group: u16,
    /// Samples of a packet and channel at [`coding_rate`](Self::coding_rate), 1..=2^20.
    pub packet_samples: u32,
    /// Samples at the same rate from the encoder's input to the decoder's output, as the codec states them.
    pub delay: u32,
    /// Samples of each channel of the sound, up to 2^40 - 1.
    pub samples: u64,
}

impl SoundMedia {
    /// How the sound is cut into packets.
    pub fn grid(&self) -> PacketGrid {
        let coded = coded_samples(self.samples, self.rate, self.coding_rate);
        PacketGrid {
            coded,
            slots: coded.div_ceil(u64::from(self.packet_samples.max(1))),
            groups: u32::from(self.channels.max(1)).div_ceil(u32::from(self.group.max(1))),
            packet_samples: self.packet_samples.max(1),
            coding_rate: self.coding_rate.max(1),
        }
    }

    /// Length of the sound in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.rate.max(1))
    }

    /// The algorithmic delay in milliseconds: from a sound entering the encoder to its leaving the decoder, without
    /// the time of computing.
    pub fn delay_ms(&self) -> f64 {
        f64::from(self.delay) * 1000.0 / f64::from(self.coding_rate.max(1))
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let in_range = [
            ("the rate", u64::from(self.rate), RATES.contains(&self.rate)),
            (
                "the coding rate",
                u64::from(self.coding_rate),
                RATES.contains(&self.coding_rate),
            ),
            (
                "the number of channels",
                u64::from(self.channels),
                (1..=255).contains(&self.channels),
            ),
            (
                "the number of channels in a packet",
                u64::from(self.group),
                (1..=255).contains(&self.group),
            ),
            (
                "the number of samples in a packet",
                u64::from(self.packet_samples),
                (1..=MAX_PACKET_SAMPLES).contains(&self.packet_samples),
            ),
            ("the delay in samples", u64::from(self.delay), self.delay <= MAX_DELAY),
            ("the number of samples", self.samples, self.samples <= MAX_FIXED),
        ];
        match in_range.into_iter().find(|(_, _, fits)| !fits) {
            Some((what, value, _)) => Err(format!("{what} {value} is out of its range")),
            None => Ok(()),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mask_flag = if self.channel_mask.is_some() { FLAG_MASK } else { 0 };
        out.push(self.format.to_byte() | mask_flag);
        write_leb(out, self.rate);
        out.push(self.channels as u8);
        if let Some(mask) = self.channel_mask {
            write_leb(out, mask);
        }
        write_leb(out, self.coding_rate);
        out.push(self.group as u8);
        write_leb(out, self.packet_samples);
        write_leb(out, self.delay);
        write_fixed(out, self.samples);
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let flags = fields.byte()?;
        check_flags(MediaKind::Sound, flags, FLAGS_FORMAT | FLAG_MASK)?;
        let format = flags & FLAGS_FORMAT;
        let format = SampleFormat::from_byte(format).ok_or_else(|| newer(format!("sample format {format}")))?;
        Ok(Self {
            format,
            rate: fields.number()?,
            channels: u16::from(fields.byte()?),
            channel_mask: if flags & FLAG_MASK != 0 {
                Some(fields.number()?)
            } else {
                None
            },
            coding_rate: fields.number()?,
            group: u16::from(fields.byte()?),
            packet_samples: fields.number()?,
            delay: fields.number()?,
            samples: fields.fixed()?,
        })
    }
}

/// The packets of a sound. All groups of a slot of time come before those of the next slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketGrid {
    /// Samples of each channel at the rate of the codec.
    pub coded: u64,
    /// Slots of time.
    pub slots: u64,
    /// Groups of channels, at least 1.
    pub groups: u32,
    packet_samples: u32,
    coding_rate: u32,
}

impl PacketGrid {
    /// Number of packets.
    pub fn count(&self) -> u64 {
        self.slots.saturating_mul(u64::from(self.groups))
    }

    /// The milliseconds where the slots of `count` packets from `first` on begin and end.
    pub fn span_ms(&self, first: u32, count: u32) -> (u64, u64) {
        let ms = |slot: u64| {
            let sample = (slot * u64::from(self.packet_samples)).min(self.coded);
            (u128::from(sample) * 1000 / u128::from(self.coding_rate)) as u64
        };
        let end = (u64::from(first) + u64::from(count)).div_ceil(u64::from(self.groups));
        (ms(u64::from(first / self.groups)), ms(end))
    }
}

/// Samples at the rate of the codec that stand for `samples` at `rate`, rounded up.
pub(crate) fn coded_samples(samples: u64, rate: u32, coding_rate: u32) -> u64 {
    let coded = (u128::from(samples) * u128::from(coding_rate)).div_ceil(u128::from(rate.max(1)));
    u64::try_from(coded).unwrap_or(u64::MAX)
}
