//! The sound of MP4 and QuickTime files: the first track of sound, whole or in fragments.

mod boxes;
mod edits;
mod entry;
mod fragments;
mod index;
mod steps;
mod table;
mod track;

#[cfg(test)]
mod tests;

pub(super) use entry::{Coding, Entry};

use boxes::{Found, children, find};
use edits::Edit;
use fragments::Fragments;
use steps::Mp4Steps;
use table::Sample;
use track::Track;

use super::coded::{About, CodedSource};
use super::input::{Input, bytes_at, length_of};
use super::tags::ilst;
use super::{ReadOptions, SoundFormat};
use crate::error::Result;
use crate::sound::{SoundNotes, Tags};

const FILE: SoundFormat = SoundFormat::M4a;
/// The longest box of tables.
const MAX_TABLE_BYTES: u64 = 256 << 20;

/// Opens a file.
///
/// # Errors
/// `Media` for files that are damaged or, without [`ReadOptions::salvage`], cut; `Unsupported` for other codecs, by name;
/// `Io`.
pub(super) fn open(mut input: Input, options: &ReadOptions) -> Result<CodedSource> {
    let end = length_of(&mut input)?;
    let mut notes = SoundNotes::default();
    let (top, is_whole) = boxes::top(&mut input, end, &mut notes)?;
    let moov = movie(&mut input, &top, end)?;
    let tracks: Vec<Track<'_>> = children(&moov)
        .filter(|(id, _)| id == b"trak")
        .filter_map(|(_, body)| Track::read(body))
        .collect();
    let track = tracks
        .iter()
        .find(|track| track.is_sound)
        .ok_or_else(|| FILE.error("there is no track of sound in it"))?;
    for other in tracks.iter().filter(|other| other.id != track.id) {
        let kind = if other.is_sound { "sound" } else { other.kind() };
        notes.lose(format!("another track ({kind})"));
    }
    let entry = track.entry()?;
    let samples = table::samples(track, entry.pcm_frame_bytes()).ok_or_else(|| FILE.error("its tables are damaged"))?;
    let mvex = find(&moov, b"mvex");
    let fragments = Fragments::new(track, mvex.unwrap_or_default(), samples);
    let mut samples = fragments.read(&mut input, &top, options, &mut notes)?;
    let missing = index::missing_bytes(&mut input, &top, end)?;
    if mvex.is_some() && (!is_whole || missing > 0) {
        check_fragments(&top, (end, missing), options, &mut notes)?;
    }
    let (mut tags, mut gapless) = (Tags::default(), None);
    if let Some(udta) = find(&moov, b"udta") {
        ilst::read_udta(udta, &mut tags, &mut notes);
        // Its children stand behind a version.
        let list = find(udta, b"meta").and_then(|meta| find(meta.get(4..)?, b"ilst"));
        gapless = list.and_then(|list| ilst::read(list, &mut tags, &mut notes));
    }
    let ticks: u64 = samples.iter().map(|sample| u64::from(sample.ticks)).sum();
    let edit = Edit::find(&moov, track, &entry, ticks, gapless.as_deref(), &mut notes)?;
    edit.tell(edits::scaled(ticks, track.timescale, entry.rate), &mut notes);
    let whole = whole(&samples, end, options, &mut notes)?;
    let about = About {
        tags,
        mask: entry.mask,
        length: (whole == samples.len()).then_some(edit.length).flatten(),
    };
    samples.truncate(whole);
    let packets = first_packets(&mut input, &samples)?;
    entry.check(&packets)?;
    CodedSource::new(
        FILE,
        Mp4Steps::new(input, (entry, track.timescale), edit, samples, notes)?,
        about,
        options,
    )
}

/// The box that describes the tracks.
fn movie(input: &mut Input, top: &[Found], end: u64) -> Result<Vec<u8>> {
    let Some(found) = top.iter().find(|found| found.id == *b"moov") else {
        let is_cut = top.iter().any(|found| found.next > end);
        return Err(match is_cut {
            true => FILE.error("the file ends early, and the tables that describe it are lost: nothing can be saved"),
            false => FILE.error("there are no tables in it"),
        });
    };
    if found.bytes > MAX_TABLE_BYTES {
        return Err(FILE.error("its tables are too long"));
    }
    let bytes = bytes_at(input, found.content, found.bytes)?;
    if bytes.len() as u64 != found.bytes {
        return Err(FILE.error("the file ends early, within the tables that describe it: nothing can be saved"));
    }
    Ok(bytes)
}

/// Whether a file that does not end as it should, or lacks bytes that its index tells of, has all of its fragments.
fn check_fragments(
    top: &[Found],
    (end, missing): (u64, u64),
    options: &ReadOptions,
    notes: &mut SoundNotes,
) -> Result<()> {
    let last = top.last().map(|found| (found.id, found.next));
    // The index of all fragments stands behind them.
    if missing == 0 && matches!(last, Some((id, next)) if id == *b"mfra" && next > end) {
        notes.warn("the end of the file is missing, behind its sound");
        return Ok(());
    }
    let what = match (missing, last) {
        (0, Some((_, next))) if next > end => {
            format!("{} bytes are missing, and maybe fragments behind them", next - end)
        }
        (0, _) => "its last fragments may be missing".to_owned(),
        (missing, _) => format!("{missing} bytes of its fragments are missing"),
    };
    if !options.salvage {
        return Err(FILE.cut(what));
    }
    notes.warn(format!("it is cut: {what}"));
    Ok(())
}

/// How many samples are there before the file ends.
fn whole(samples: &[Sample], end: u64, options: &ReadOptions, notes: &mut SoundNotes) -> Result<usize> {
    let there = |sample: &Sample| {
        sample
            .at
            .checked_add(u64::from(sample.bytes))
            .is_some_and(|until| until <= end)
    };
    let missing = samples.iter().filter(|sample| !there(sample)).count();
    if missing == 0 {
        return Ok(samples.len());
    }
    let what = format!("{missing} of {} packets are missing", samples.len());
    if !options.salvage {
        return Err(FILE.cut(what));
    }
    notes.warn(format!("it is cut: {what}"));
    Ok(samples
        .iter()
        .position(|sample| !there(sample))
        .unwrap_or(samples.len()))
}

/// Some packets, to tell what they are.
fn first_packets(input: &mut Input, samples: &[Sample]) -> Result<Vec<Vec<u8>>> {
    const LOOKED_AT: usize = 24;
    let first = samples.iter().filter(|sample| !sample.is_gap).take(LOOKED_AT);
    first
        .map(|sample| Ok(bytes_at(input, sample.at, u64::from(sample.bytes))?))
        .collect()
}
