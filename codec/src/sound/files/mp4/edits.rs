//! Which part of the decoded samples is the sound.

use super::FILE;
use super::boxes::{find, versioned};
use super::entry::Entry;
use super::track::Track;
use crate::error::Result;
use crate::sound::SoundNotes;

/// What is left of the decoded samples, which are at the rate of the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Edit {
    pub(super) skip: u64,
    pub(super) length: Option<u64>,
}

impl Edit {
    /// Finds it in `iTunSMPB`, which is exact, or in the list of edits; else all is left.
    ///
    /// # Errors
    /// `Unsupported` for lists of several pieces.
    pub(super) fn find(
        moov: &[u8],
        track: &Track<'_>,
        entry: &Entry,
        ticks: u64,
        gapless: Option<&str>,
        notes: &mut SoundNotes,
    ) -> Result<Self> {
        if let Some(edit) = gapless.and_then(of_itunes) {
            return Ok(edit);
        }
        let scaled = |ticks: u64, scale: u32| scaled(ticks, scale, entry.rate);
        // Packets say how long they last; what is stated of the last is exact.
        let all = scaled(ticks, track.timescale);
        let known = (ticks > 0).then_some(all);
        let Some(pieces) = track.edits.and_then(pieces) else {
            return Ok(Self {
                skip: entry.skip,
                length: known.map(|all| all.saturating_sub(entry.skip)),
            });
        };
        let mut pieces = pieces.into_iter().filter(|piece| piece.start.is_some());
        let Some(piece) = pieces.next() else {
            return Ok(Self { skip: 0, length: known });
        };
        if pieces.next().is_some() {
            return Err(FILE.unsupported("a list of edits of several pieces"));
        }
        if piece.speed != 1 << 16 {
            notes.warn("it is to be played at another speed, which was ignored");
        }
        let skip = scaled(piece.start.unwrap_or(0), track.timescale);
        let rest = known.map(|all| all.saturating_sub(skip));
        let scale = movie_timescale(moov).unwrap_or(0);
        let tick = scaled(1, scale).max(1);
        let length = match (piece.duration, rest) {
            (0, rest) => rest,
            _ if scale == 0 => rest,
            // Durations are in coarse ticks: what they cut off by rounding is no edit.
            (duration, Some(rest)) if scaled(duration, scale).saturating_add(tick) >= rest => Some(rest),
            (duration, _) => Some(scaled(duration, scale)),
        };
        Ok(Self { skip, length })
    }
}

/// Samples that encoders put before and behind a sound, at most.
const GAP: u64 = 8192;

impl Edit {
    /// Names what is left out of `all` samples, where that is more than what encoders add.
    pub(super) fn tell(&self, all: u64, notes: &mut SoundNotes) {
        let rest = all.saturating_sub(self.skip);
        let kept = self.length.map_or(rest, |length| length.min(rest));
        if all > 0 && (kept == 0 || all - kept > GAP) {
            notes.lose(format!("{} samples that its list of edits leaves out", all - kept));
        }
    }
}

/// Ticks, of which `timescale` make a second, in samples at a rate.
pub(super) fn scaled(ticks: u64, timescale: u32, rate: u32) -> u64 {
    let samples = (u128::from(ticks) * u128::from(rate) + u128::from(timescale / 2)) / u128::from(timescale.max(1));
    u64::try_from(samples).unwrap_or(u64::MAX)
}

/// A piece of the time of a track; without a start it is empty.
struct Piece {
    duration: u64,
    start: Option<u64>,
    speed: u32,
}

fn pieces(elst: &[u8]) -> Option<Vec<Piece>> {
    let (version, _, mut fields) = versioned(elst)?;
    let count = fields.be32()?;
    let mut pieces = Vec::new();
    for _ in 0..count.min(1024) {
        let (duration, start) = match version {
            1 => (fields.be64()?, fields.be64()? as i64),
            _ => (u64::from(fields.be32()?), i64::from(fields.be32()? as i32)),
        };
        pieces.push(Piece {
            duration,
            start: u64::try_from(start).ok(),
            speed: fields.be32()?,
        });
    }
    Some(pieces)
}

fn movie_timescale(moov: &[u8]) -> Option<u32> {
    let (version, _, mut fields) = versioned(find(moov, b"mvhd")?)?;
    fields.take(if version == 1 { 16 } else { 8 })?;
    fields.be32()
}

/// Hexadecimal numbers: nothing, the samples before the sound, those behind it, and those of the sound.
fn of_itunes(text: &str) -> Option<Edit> {
    let mut numbers = text.split_whitespace().map(|word| u64::from_str_radix(word, 16));
    let (_, skip, _, length) = (
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    );
    (length > 0).then_some(Edit {
        skip,
        length: Some(length),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_of_itunes_is_read() {
        let edit = of_itunes(" 00000000 00000840 000001CA 00000000003F31F6 00000000").unwrap();
        assert_eq!((edit.skip, edit.length), (0x840, Some(0x3f_31f6)));
        assert_eq!(
            [of_itunes(""), of_itunes(" 0 1 2 x"), of_itunes("0 0 0 0")],
            [None, None, None]
        );
    }
    #[test]
    fn what_edits_leave_out_is_named_beyond_what_encoders_add() {
        let told = |skip, length, all| {
            let mut notes = SoundNotes::default();
            Edit { skip, length }.tell(all, &mut notes);
            notes.lost.len()
        };
        assert_eq!(
            [told(0, None, 5000), told(2112, Some(9000), 12_000), told(0, None, 0)],
            [0; 3]
        );
        assert_eq!(
            [
                told(2112, Some(9000), 50_000),
                told(9000, None, 50_000),
                told(90, Some(0), 4000)
            ],
            [1; 3]
        );
    }
}
