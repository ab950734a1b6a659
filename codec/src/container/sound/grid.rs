//! How a sound is cut into packets, in time and into groups of channels.

use super::header::SoundHeader;
use crate::error::{CodecError, Result};

/// The packets of a sound. All groups of a slot of time come before those of the next slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PacketGrid {
    /// Samples of each channel at the rate of the codec.
    pub(crate) coded: u64,
    /// Slots of time.
    pub(crate) slots: u64,
    /// Groups of channels, at least 1.
    pub(crate) groups: u32,
    packet_samples: u32,
    coding_rate: u32,
}

impl PacketGrid {
    /// # Errors
    /// `Parameter` for more than 2^32 - 1 packets.
    pub(crate) fn new(header: &SoundHeader) -> Result<Self> {
        let coded = coded_samples(header.samples, header.rate, header.coding_rate);
        let grid = Self {
            coded,
            slots: coded.div_ceil(u64::from(header.packet_samples.max(1))),
            groups: u32::from(header.channels.max(1)).div_ceil(u32::from(header.group.max(1))),
            packet_samples: header.packet_samples.max(1),
            coding_rate: header.coding_rate.max(1),
        };
        if grid.slots * u64::from(grid.groups) > u64::from(u32::MAX) {
            let reason = format!("a sound of {} slots of {} packets is too long", grid.slots, grid.groups);
            return Err(CodecError::Parameter(reason));
        }
        Ok(grid)
    }

    /// Number of packets.
    pub(crate) fn count(&self) -> u32 {
        (self.slots * u64::from(self.groups)) as u32
    }

    /// The milliseconds where the slots of `count` packets from `first` on begin and end.
    pub(crate) fn span_ms(&self, first: u32, count: u32) -> (u64, u64) {
        let ms = |slot: u64| {
            let sample = (slot * u64::from(self.packet_samples)).min(self.coded);
            sample * 1000 / u64::from(self.coding_rate)
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
