//! The tables that say where packets lie and how long they last.

use super::boxes::{find, versioned};
use super::track::Track;

/// The most packets of a track.
const MAX_SAMPLES: usize = 1 << 25;

/// A packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) at: u64,
    pub(super) bytes: u32,
    /// How long it lasts, in ticks of the track.
    pub(super) ticks: u32,
    /// Whether it stands for packets that are missing, and has no bytes.
    pub(super) is_gap: bool,
}

impl Sample {
    pub(super) fn new(at: u64, bytes: u32, ticks: u32) -> Self {
        let is_gap = false;
        Self {
            at,
            bytes,
            ticks,
            is_gap,
        }
    }

    /// What stands for missing packets that last `ticks`.
    pub(super) fn gap(ticks: u32) -> Self {
        Self {
            is_gap: true,
            ..Self::new(0, 0, ticks)
        }
    }
}

/// The packets of the tables of a track; `None` where these are damaged. Plain samples, of which each has
/// `frame_bytes`, come as one packet for each chunk.
pub(super) fn samples(track: &Track<'_>, frame_bytes: Option<u32>) -> Option<Vec<Sample>> {
    let sizes = Sizes::read(track.stbl)?;
    let chunks = chunks(track.stbl)?;
    let mut durations = Durations::read(track.stbl)?;
    let mut counts = Counts::read(track.stbl)?;
    let (mut all, mut done) = (Vec::new(), 0u32);
    for (number, &start) in chunks.iter().enumerate() {
        let count = counts.of(number as u32 + 1)?.min(sizes.count - done);
        if let Some(frame) = frame_bytes {
            all.push(Sample::new(start, count.checked_mul(frame)?, count));
        } else {
            let mut at = start;
            for sample in done..done + count {
                let bytes = sizes.of(sample)?;
                all.push(Sample::new(at, bytes, durations.next()));
                at = at.checked_add(u64::from(bytes))?;
            }
        }
        if all.len() > MAX_SAMPLES {
            return None;
        }
        done += count;
    }
    Some(all)
}

/// Where chunks begin.
fn chunks(stbl: &[u8]) -> Option<Vec<u64>> {
    let narrow = find(stbl, b"stco");
    let (_, _, mut fields) = versioned(narrow.or_else(|| find(stbl, b"co64"))?)?;
    let count = fields.be32()? as usize;
    let width = if narrow.is_some() { 4 } else { 8 };
    if fields.0.len() / width < count {
        return None;
    }
    (0..count)
        .map(|_| {
            if width == 4 {
                fields.be32().map(u64::from)
            } else {
                fields.be64()
            }
        })
        .collect()
}

/// Bytes of packets.
struct Sizes<'a> {
    /// The same of all, where it is not 0.
    all: u32,
    count: u32,
    /// Bits of an entry of the table.
    bits: u32,
    table: &'a [u8],
}

impl<'a> Sizes<'a> {
    fn read(stbl: &'a [u8]) -> Option<Self> {
        if let Some(stsz) = find(stbl, b"stsz") {
            let (_, _, mut fields) = versioned(stsz)?;
            let (all, count) = (fields.be32()?, fields.be32()?);
            return Some(Self {
                all,
                count,
                bits: 32,
                table: fields.0,
            });
        }
        let (_, _, mut fields) = versioned(find(stbl, b"stz2")?)?;
        let (bits, count) = (fields.be32()? & 0xff, fields.be32()?);
        matches!(bits, 4 | 8 | 16).then_some(Self {
            all: 0,
            count,
            bits,
            table: fields.0,
        })
    }

    fn of(&self, sample: u32) -> Option<u32> {
        if self.all > 0 {
            return Some(self.all);
        }
        let at = sample as usize;
        Some(match self.bits {
            4 => u32::from(self.table.get(at / 2)? >> (4 * (1 - at % 2)) & 15),
            8 => u32::from(*self.table.get(at)?),
            16 => u32::from(u16::from_be_bytes(*self.table.get(2 * at..)?.first_chunk()?)),
            _ => u32::from_be_bytes(*self.table.get(4 * at..)?.first_chunk()?),
        })
    }
}

/// Durations of packets, run by run.
struct Durations {
    runs: Vec<(u32, u32)>,
    run: usize,
    used: u32,
}

impl Durations {
    fn read(stbl: &[u8]) -> Option<Self> {
        let (_, _, mut fields) = versioned(find(stbl, b"stts")?)?;
        let count = (fields.be32()? as usize).min(fields.0.len() / 8);
        let runs = (0..count)
            .map(|_| Some((fields.be32()?, fields.be32()?)))
            .collect::<Option<_>>()?;
        Some(Self { runs, run: 0, used: 0 })
    }

    /// The duration of the next packet; 0 behind the last run.
    fn next(&mut self) -> u32 {
        while let Some(&(count, ticks)) = self.runs.get(self.run) {
            if self.used < count {
                self.used += 1;
                return ticks;
            }
            (self.run, self.used) = (self.run + 1, 0);
        }
        0
    }
}

/// Packets of chunks, run by run.
struct Counts {
    runs: Vec<(u32, u32)>,
    run: usize,
}

impl Counts {
    fn read(stbl: &[u8]) -> Option<Self> {
        let (_, _, mut fields) = versioned(find(stbl, b"stsc")?)?;
        let count = (fields.be32()? as usize).min(fields.0.len() / 12);
        let mut runs = Vec::with_capacity(count);
        for _ in 0..count {
            let (first, samples, _) = (fields.be32()?, fields.be32()?, fields.be32()?);
            runs.push((first, samples));
        }
        Some(Self { runs, run: 0 })
    }

    /// The packets of a chunk; numbers count from 1 and ascend.
    fn of(&mut self, chunk: u32) -> Option<u32> {
        while self.runs.get(self.run + 1).is_some_and(|(first, _)| *first <= chunk) {
            self.run += 1;
        }
        self.runs.get(self.run).map(|(_, count)| *count)
    }
}
