//! Fragments: tables that stand between the packets.

use super::boxes::{Found, all_children, children, find, versioned};
use super::table::Sample;
use super::track::Track;
use super::{FILE, MAX_TABLE_BYTES};
use crate::error::Result;
use crate::sound::SoundNotes;
use crate::sound::files::ReadOptions;
use crate::sound::files::input::{Fields, Input, bytes_at};

/// The most packets of a track.
const MAX_SAMPLES: usize = 1 << 25;

/// What holds for packets of which nothing else is said.
#[derive(Debug, Clone, Copy, Default)]
struct Defaults {
    ticks: u32,
    bytes: u32,
}

/// The packets of a track, to which fragments add theirs.
pub(super) struct Fragments<'a> {
    track: &'a Track<'a>,
    defaults: Defaults,
    samples: Vec<Sample>,
    /// Where the packets so far end, in ticks. It is not known before the first of them.
    clock: Option<u64>,
}

impl<'a> Fragments<'a> {
    /// Begins with the packets of the tables of a movie, whose box for fragments is `mvex`.
    pub(super) fn new(track: &'a Track<'a>, mvex: &[u8], samples: Vec<Sample>) -> Self {
        let trex = children(mvex)
            .filter(|(id, _)| id == b"trex")
            .find_map(|(_, body)| defaults(body, track.id));
        let ticks = samples.iter().map(|sample| u64::from(sample.ticks)).sum();
        Self {
            track,
            defaults: trex.unwrap_or_default(),
            clock: (!samples.is_empty()).then_some(ticks),
            samples,
        }
    }

    /// Adds the packets of all fragments; returns those of the whole file. Where packets are missing between fragments,
    /// a gap stands for them.
    ///
    /// # Errors
    /// `Media` for damaged fragments without [`ReadOptions::salvage`], `Io`.
    pub(super) fn read(
        mut self,
        input: &mut Input,
        top: &[Found],
        options: &ReadOptions,
        notes: &mut SoundNotes,
    ) -> Result<Vec<Sample>> {
        let (mut damaged, mut spare) = (0, 0);
        for (at, moof) in top.iter().enumerate().filter(|(_, found)| found.id == *b"moof") {
            let bytes = bytes_at(input, moof.content, moof.bytes.min(MAX_TABLE_BYTES))?;
            let (known, clock) = (self.samples.len(), self.clock);
            match self.fragment(&bytes, moof.at) {
                Some(end) => spare += data_end(&top[at + 1..]).unwrap_or(end).abs_diff(end),
                None => {
                    self.samples.truncate(known);
                    self.clock = clock;
                    damaged += 1;
                }
            }
            if self.samples.len() > MAX_SAMPLES {
                return Err(FILE.error("it has too many packets"));
            }
        }
        if self.samples.is_empty() && top.iter().any(|found| found.id == *b"moof") {
            return Err(FILE.error("its fragments have no packets of its track of sound"));
        }
        if damaged > 0 && !options.salvage {
            let what = format!("{damaged} of its fragments are damaged (--salvage takes the others)");
            return Err(FILE.error(what));
        }
        if damaged > 0 {
            notes.warn(format!("{damaged} of its fragments are damaged and were left out"));
        }
        if spare > 0 {
            notes.warn(format!(
                "its fragments and their data differ by {spare} bytes: it may be damaged"
            ));
        }
        Ok(self.samples)
    }

    /// Adds the packets of a fragment whose head begins at `moof`; where its data end, `None` where it is damaged.
    fn fragment(&mut self, bytes: &[u8], moof: u64) -> Option<u64> {
        let (mut base, mut end) = (moof, 0);
        for (_, traf) in all_children(bytes)?.into_iter().filter(|(id, _)| id == b"traf") {
            base = self.run(traf, moof, base)?;
            end = end.max(base);
        }
        // A fragment without any track says nothing of its data.
        (end > 0).then_some(end)
    }

    /// Adds the packets of a part of a fragment, which has those of one track; where their data end.
    fn run(&mut self, traf: &[u8], moof: u64, end_of_data: u64) -> Option<u64> {
        let boxes = all_children(traf)?;
        let (_, flags, mut head) = versioned(find(traf, b"tfhd")?)?;
        let is_ours = head.be32()? == self.track.id;
        let mut base = if flags & 0x02_0000 != 0 { moof } else { end_of_data };
        if flags & 1 != 0 {
            base = head.be64()?;
        }
        if flags & 2 != 0 {
            head.be32()?;
        }
        let mut defaults = self.defaults;
        if flags & 8 != 0 {
            defaults.ticks = head.be32()?;
        }
        if flags & 0x10 != 0 {
            defaults.bytes = head.be32()?;
        }
        if let (true, Some(time)) = (is_ours, find(traf, b"tfdt")) {
            self.bridge(decode_time(time)?);
        }
        let mut at = base;
        for (_, trun) in boxes.into_iter().filter(|(id, _)| id == b"trun") {
            at = self.packets(trun, (base, at), defaults, is_ours)?;
        }
        Some(at)
    }

    /// Fills the time up to where a fragment begins. Less than a packet belongs to the one before.
    fn bridge(&mut self, begin: u64) {
        let end = *self.clock.get_or_insert(begin);
        // Longer gaps are no gaps: readers refuse them.
        let missing = u32::try_from(begin.saturating_sub(end)).unwrap_or(u32::MAX);
        match self.samples.last_mut() {
            _ if missing == 0 => return,
            Some(last) if missing < last.ticks => last.ticks = last.ticks.saturating_add(missing),
            _ => self.samples.push(Sample::gap(missing)),
        }
        self.clock = Some(begin);
    }

    /// Adds a run of packets, which begin at `at` unless it says other; where they end.
    fn packets(&mut self, trun: &[u8], (base, mut at): (u64, u64), defaults: Defaults, is_ours: bool) -> Option<u64> {
        let (_, flags, mut fields) = versioned(trun)?;
        let count = fields.be32()?;
        if flags & 1 != 0 {
            at = base.checked_add_signed(i64::from(fields.be32()? as i32))?;
        }
        if flags & 4 != 0 {
            fields.be32()?;
        }
        let column = |flag: u32, fields: &mut Fields<'_>| match flags & flag {
            0 => Some(None),
            _ => fields.be32().map(Some),
        };
        if flags & 0xf00 == 0 && count as usize > MAX_SAMPLES {
            return None;
        }
        for _ in 0..count {
            let (ticks, bytes) = (column(0x100, &mut fields)?, column(0x200, &mut fields)?);
            column(0x400, &mut fields)?;
            column(0x800, &mut fields)?;
            let (ticks, bytes) = (ticks.unwrap_or(defaults.ticks), bytes.unwrap_or(defaults.bytes));
            if is_ours {
                self.samples.push(Sample::new(at, bytes, ticks));
                self.clock = self.clock.map(|clock| clock.saturating_add(u64::from(ticks)));
            }
            at = at.checked_add(u64::from(bytes))?;
        }
        Some(at)
    }
}

fn defaults(trex: &[u8], id: u32) -> Option<Defaults> {
    let (_, _, mut fields) = versioned(trex)?;
    if fields.be32()? != id {
        return None;
    }
    let (_, ticks, bytes) = (fields.be32()?, fields.be32()?, fields.be32()?);
    Some(Defaults { ticks, bytes })
}

fn decode_time(tfdt: &[u8]) -> Option<u64> {
    let (version, _, mut fields) = versioned(tfdt)?;
    match version {
        1 => fields.be64(),
        _ => fields.be32().map(u64::from),
    }
}

/// Where the data of a fragment end, which lie behind its head and before the next.
fn data_end(behind: &[Found]) -> Option<u64> {
    let own = behind.iter().take_while(|found| found.id != *b"moof");
    own.filter(|found| found.id == *b"mdat").map(|found| found.next).last()
}
