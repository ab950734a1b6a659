//! The sound of Matroska and WebM files: the first track of sound.

mod ebml;
mod steps;
mod track;

#[cfg(test)]
mod tests;

use ebml::{Element, children, find, unsigned};
use steps::MkvSteps;
use track::Track;

use super::coded::{About, CodedSource};
use super::input::{Input, bytes_at, length_of};
use super::tags::add;
use super::{ReadOptions, SoundFormat};
use crate::error::Result;
use crate::sound::{SoundNotes, Tags};

const FILE: SoundFormat = SoundFormat::Matroska;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const TAGS: u32 = 0x1254_c367;
const CLUSTER: u32 = 0x1f43_b675;
const CHAPTERS: u32 = 0x1043_a770;
const ATTACHMENTS: u32 = 0x1941_a469;
/// The longest element that is read whole.
const MAX_ELEMENT_BYTES: u64 = 64 << 20;

/// What is found before and between the packets.
#[derive(Default)]
struct Found {
    track: Option<Track>,
    /// Numbers of the other tracks.
    others: Vec<u64>,
    tags: Tags,
    notes: SoundNotes,
    /// Where the clusters begin.
    clusters: Option<u64>,
    /// Nanoseconds of a tick.
    tick_ns: u64,
    /// Where the segment should end.
    end: Option<u64>,
}

/// Opens a file.
///
/// # Errors
/// `Media` for files that are damaged or, without [`ReadOptions::salvage`], cut; `Unsupported` for other codecs, by name;
/// `Io`.
pub(super) fn open(mut input: Input, options: &ReadOptions) -> Result<CodedSource> {
    let end = length_of(&mut input)?;
    let mut found = look(&mut input, end)?;
    let mut track = found
        .track
        .ok_or_else(|| FILE.error("there is no track of sound in it"))?;
    track.check()?;
    track.others = found.others;
    let clusters = found.clusters.ok_or_else(|| FILE.error("there are no packets in it"))?;
    if let Some(missing @ 1..) = found.end.and_then(|stated| stated.checked_sub(end)) {
        let what = format!("{missing} bytes are missing");
        if !options.salvage {
            return Err(FILE.cut(what));
        }
        found.notes.warn(format!("it is cut: {what}"));
    }
    let about = About {
        tags: found.tags,
        mask: track.entry.mask,
        length: None,
    };
    let steps = MkvSteps::new(input, track, clusters, end, found.tick_ns, found.notes)?;
    CodedSource::new(FILE, steps, about, options)
}

/// Reads all but the packets.
fn look(input: &mut Input, end: u64) -> Result<Found> {
    let mut found = Found {
        tick_ns: 1_000_000,
        ..Found::default()
    };
    let mut at = 0;
    while at < end {
        let Some(element) = Element::at(input, at)? else { break };
        if element.id == SEGMENT {
            found.end = element.bytes.and_then(|bytes| element.content.checked_add(bytes));
            at = element.content;
            continue;
        }
        if element.id == CLUSTER {
            found.clusters.get_or_insert(at);
        }
        let Some(bytes) = element.bytes else {
            // Of a cluster without a length only what is in it tells the end.
            at = element.content;
            continue;
        };
        if matches!(element.id, INFO | TRACKS | TAGS) {
            let body = bytes_at(input, element.content, bytes.min(MAX_ELEMENT_BYTES))?;
            take(element.id, &body, &mut found)?;
        }
        match element.id {
            CHAPTERS => found.notes.lose(format!("its chapters ({bytes} bytes)")),
            ATTACHMENTS => found.notes.lose(format!("attached files ({bytes} bytes)")),
            _ => {}
        }
        at = element.content.saturating_add(bytes);
    }
    Ok(found)
}

fn take(id: u32, body: &[u8], found: &mut Found) -> Result<()> {
    match id {
        INFO => {
            found.tick_ns = find(body, 0x2a_d7b1).map_or(1_000_000, unsigned).max(1);
            if let Some(title) = find(body, 0x7ba9) {
                add(
                    &mut found.tags,
                    "TITLE",
                    &String::from_utf8_lossy(title),
                    &mut found.notes,
                );
            }
        }
        TRACKS => {
            for (_, entry) in children(body).filter(|(id, _)| *id == 0xae) {
                let is_sound = find(entry, 0x83).map_or(0, unsigned) == 2;
                match &found.track {
                    None if is_sound => found.track = Some(Track::read(entry)?),
                    _ => {
                        found.others.extend(find(entry, 0xd7).map(unsigned));
                        let kind = if is_sound { "sound" } else { "video or text" };
                        found.notes.lose(format!("another track ({kind})"));
                    }
                }
            }
        }
        _ => tags(body, found),
    }
    Ok(())
}

fn tags(body: &[u8], found: &mut Found) {
    for (_, tag) in children(body).filter(|(id, _)| *id == 0x7373) {
        for (_, simple) in children(tag).filter(|(id, _)| *id == 0x67c8) {
            let text = |id| find(simple, id).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            if let (Some(name), Some(text)) = (text(0x45a3), text(0x4487))
                && !name.starts_with('_')
                && name != "DURATION"
            {
                add(&mut found.tags, &name, &text, &mut found.notes);
            }
        }
    }
}
