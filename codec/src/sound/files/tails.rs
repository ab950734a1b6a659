//! Tags of other programs around a sound, and where the sound itself begins and ends.

use super::input::{Input, bytes_at, length_of};
use super::tags::{
    ape::{self, Ape},
    id3v1 as v1, id3v2, merge,
};
use crate::error::Result;
use crate::sound::{SoundNotes, Tags};

/// The most tags at either end.
const MAX_TAGS: usize = 16;
/// The longest APE tag that is read.
const MAX_APE_BYTES: u64 = 16 << 20;
/// Bytes of the extension of ID3v1.
const ENHANCED_BYTES: u64 = 227;

/// Where the sound lies within a file, and what the tags around it say.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) tags: Tags,
    pub(super) notes: SoundNotes,
}

/// Reads the tags before and behind a sound. What is said first, in this order, wins: ID3v2, APE, ID3v1.
///
/// # Errors
/// `Io`.
pub(super) fn bounds(input: &mut Input) -> Result<Bounds> {
    let mut bounds = Bounds {
        end: length_of(input)?,
        ..Bounds::default()
    };
    for _ in 0..MAX_TAGS {
        if !front(input, &mut bounds)? {
            break;
        }
    }
    let (mut ape, mut old) = (Tags::default(), Tags::default());
    for _ in 0..MAX_TAGS {
        if !back(input, &mut bounds, &mut ape, &mut old)? {
            break;
        }
    }
    merge(&mut bounds.tags, &ape);
    merge(&mut bounds.tags, &old);
    Ok(bounds)
}

fn front(input: &mut Input, bounds: &mut Bounds) -> Result<bool> {
    let head = bytes_at(input, bounds.start, ape::HEADER_BYTES as u64)?;
    let left = bounds.end - bounds.start;
    if let Some(bytes) = id3v2::length(&head) {
        let tag = bytes_at(input, bounds.start, bytes.min(id3v2::MAX_BYTES))?;
        if bytes > left {
            bounds.notes.warn("its ID3 tag is longer than the file");
        }
        let mut tags = Tags::default();
        id3v2::read(&tag, &mut tags, &mut bounds.notes);
        merge(&mut bounds.tags, &tags);
        bounds.start += bytes.min(left);
        return Ok(true);
    }
    match Ape::read(&head).filter(|tag| tag.is_header && tag.bytes + (ape::HEADER_BYTES as u64) <= left) {
        Some(tag) => {
            let start = bounds.start + ape::HEADER_BYTES as u64;
            items(input, tag, start, &mut bounds.tags, &mut bounds.notes)?;
            bounds.start = start + tag.bytes;
            Ok(true)
        }
        None => Ok(false),
    }
}

fn back(input: &mut Input, bounds: &mut Bounds, ape: &mut Tags, old: &mut Tags) -> Result<bool> {
    let (start, end) = (bounds.start, bounds.end);
    let from = |bytes: u64| end.checked_sub(bytes).filter(|&at| at >= start);
    if let Some(at) = from(v1::BYTES)
        && v1::read(&bytes_at(input, at, v1::BYTES)?, old, &mut bounds.notes)
    {
        bounds.end = at;
        let enhanced = at.checked_sub(ENHANCED_BYTES).filter(|&at| at >= start);
        if let Some(at) = enhanced
            && bytes_at(input, at, 4)? == b"TAG+"
        {
            bounds
                .notes
                .lose(format!("an extended ID3v1 tag ({ENHANCED_BYTES} bytes)"));
            bounds.end = at;
        }
        return Ok(true);
    }
    if let Some(at) = from(ape::HEADER_BYTES as u64)
        && let Some(tag) = Ape::read(&bytes_at(input, at, ape::HEADER_BYTES as u64)?)
    {
        let bytes = tag.bytes.clamp(ape::HEADER_BYTES as u64, end - start);
        let header = if tag.has_both { ape::HEADER_BYTES as u64 } else { 0 };
        items(input, tag, end - bytes, ape, &mut bounds.notes)?;
        bounds.end = (end - bytes).saturating_sub(header).max(start);
        return Ok(true);
    }
    if let Some(at) = from(15)
        && let [digits @ .., b'L', b'Y', b'R', b'I', b'C', b'S', b'2', b'0', b'0'] = &bytes_at(input, at, 15)?[..]
        && let Some(bytes) = std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse::<u64>().ok())
        && let Some(begin) = at.checked_sub(bytes).filter(|&begin| begin >= start)
    {
        bounds.notes.lose(format!("a Lyrics3 tag ({bytes} bytes)"));
        bounds.end = begin;
        return Ok(true);
    }
    Ok(false)
}

fn items(input: &mut Input, tag: Ape, at: u64, tags: &mut Tags, notes: &mut SoundNotes) -> Result<()> {
    let bytes = bytes_at(input, at, tag.bytes.min(MAX_APE_BYTES))?;
    let mut read = Tags::default();
    tag.items(&bytes, &mut read, notes);
    merge(tags, &read);
    Ok(())
}

/// Whether bytes are an ID3v1 tag, which is read then.
pub(super) fn id3v1(bytes: &[u8], tags: &mut Tags, notes: &mut SoundNotes) -> bool {
    let mut old = Tags::default();
    let is_tag = v1::read(bytes, &mut old, notes);
    merge(tags, &old);
    is_tag
}
