//! Fragments: tables that stand between the packets.

use super::boxes::{Found, children, find, versioned};
use super::table::Sample;
use super::track::Track;
use super::{FILE, MAX_TABLE_BYTES};
use crate::error::Result;
use crate::sound::files::input::{Fields, Input, bytes_at};

/// The most packets of a track.
const MAX_SAMPLES: usize = 1 << 25;

/// What holds for packets of which nothing else is said.
#[derive(Debug, Clone, Copy, Default)]
struct Defaults {
    ticks: u32,
    bytes: u32,
}

/// Adds the packets of all fragments.
///
/// # Errors
/// `Media` for damaged fragments, `Io`.
pub(super) fn add(
    input: &mut Input,
    top: &[Found],
    track: &Track<'_>,
    mvex: &[u8],
    samples: &mut Vec<Sample>,
) -> Result<()> {
    let trex = children(mvex)
        .filter(|(id, _)| id == b"trex")
        .find_map(|(_, body)| defaults(body, track.id));
    for moof in top.iter().filter(|found| found.id == *b"moof") {
        let bytes = bytes_at(input, moof.content, moof.bytes.min(MAX_TABLE_BYTES))?;
        let mut end_of_data = moof.at;
        for (_, traf) in children(&bytes).filter(|(id, _)| id == b"traf") {
            let added = fragment(
                traf,
                moof.at,
                track.id,
                trex.unwrap_or_default(),
                &mut end_of_data,
                samples,
            );
            added.ok_or_else(|| FILE.error("a fragment of it is damaged"))?;
            if samples.len() > MAX_SAMPLES {
                return Err(FILE.error("it has too many packets"));
            }
        }
    }
    Ok(())
}

fn defaults(trex: &[u8], id: u32) -> Option<Defaults> {
    let (_, _, mut fields) = versioned(trex)?;
    if fields.be32()? != id {
        return None;
    }
    let (_, ticks, bytes) = (fields.be32()?, fields.be32()?, fields.be32()?);
    Some(Defaults { ticks, bytes })
}

/// Adds the packets of a fragment of the track with an id.
fn fragment(
    traf: &[u8],
    moof: u64,
    id: u32,
    mut defaults: Defaults,
    end_of_data: &mut u64,
    samples: &mut Vec<Sample>,
) -> Option<()> {
    let (_, flags, mut head) = versioned(find(traf, b"tfhd")?)?;
    let is_ours = head.be32()? == id;
    let mut base = if flags & 0x02_0000 != 0 { moof } else { *end_of_data };
    if flags & 1 != 0 {
        base = head.be64()?;
    }
    if flags & 2 != 0 {
        head.be32()?;
    }
    if flags & 8 != 0 {
        defaults.ticks = head.be32()?;
    }
    if flags & 0x10 != 0 {
        defaults.bytes = head.be32()?;
    }
    let mut at = base;
    for (_, trun) in children(traf).filter(|(id, _)| id == b"trun") {
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
                samples.push(Sample { at, bytes, ticks });
            }
            at = at.checked_add(u64::from(bytes))?;
        }
    }
    *end_of_data = at;
    Some(())
}
