//! Tags of MP4 files: the list of items that players read.

use super::{add, decoded, genres, latin1, lose_cover};
use crate::sound::files::input::Fields;
use crate::sound::{SoundNotes, Tags};

const NAMES: [(&[u8; 4], &str); 21] = [
    (b"\xa9nam", "TITLE"),
    (b"\xa9ART", "ARTIST"),
    (b"\xa9alb", "ALBUM"),
    (b"\xa9day", "DATE"),
    (b"\xa9cmt", "COMMENT"),
    (b"aART", "ALBUMARTIST"),
    (b"\xa9gen", "GENRE"),
    (b"\xa9wrt", "COMPOSER"),
    (b"\xa9lyr", "LYRICS"),
    (b"\xa9too", "ENCODER"),
    (b"\xa9swr", "ENCODER"),
    (b"\xa9grp", "GROUPING"),
    (b"\xa9enc", "ENCODEDBY"),
    (b"\xa9trk", "TRACKNUMBER"),
    (b"cprt", "COPYRIGHT"),
    (b"\xa9cpy", "COPYRIGHT"),
    (b"desc", "DESCRIPTION"),
    (b"ldes", "SYNOPSIS"),
    (b"soar", "ARTISTSORT"),
    (b"soal", "ALBUMSORT"),
    (b"sonm", "TITLESORT"),
];

/// Boxes within a piece of a file: ids and contents; what is cut ends the list.
pub(in crate::sound::files) fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut fields = Fields(bytes);
    std::iter::from_fn(move || {
        let (size, id) = (fields.be32()? as usize, fields.array::<4>()?);
        Some((id, fields.take(size.checked_sub(8)?)?))
    })
}

/// Reads the content of an `ilst` box; returns `iTunSMPB`, which says where the sound begins and ends.
pub(in crate::sound::files) fn read(list: &[u8], tags: &mut Tags, notes: &mut SoundNotes) -> Option<String> {
    let mut gapless = None;
    for (id, item) in boxes(list) {
        let mut name = name_of(id);
        if id == *b"----" {
            let inner = boxes(item).find(|(id, _)| id == b"name");
            name = inner.map_or_else(String::new, |(_, name)| decoded(name.get(4..).unwrap_or_default()));
        }
        for (_, data) in boxes(item).filter(|(id, _)| id == b"data") {
            let Some((head, value)) = data.split_first_chunk::<8>() else {
                continue;
            };
            if name == "iTunSMPB" {
                gapless = Some(decoded(value));
            } else {
                value_of(&id, &name, head[3], value, tags, notes);
            }
        }
    }
    gapless
}

fn name_of(id: [u8; 4]) -> String {
    let known = NAMES.iter().find(|(other, _)| **other == id);
    known.map_or_else(|| latin1(&id), |(_, name)| (*name).to_owned())
}

fn value_of(id: &[u8; 4], name: &str, kind: u8, value: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
    match (id, kind, value) {
        (b"covr", _, _) => lose_cover(if kind == 14 { "image/png" } else { "image/jpeg" }, value.len(), notes),
        (b"trkn", _, [_, _, a, b, c, d, ..]) => pair("TRACKNUMBER", "TRACKTOTAL", [*a, *b, *c, *d], tags, notes),
        (b"disk", _, [_, _, a, b, c, d, ..]) => pair("DISCNUMBER", "DISCTOTAL", [*a, *b, *c, *d], tags, notes),
        (b"gnre", _, [_, number]) => add(tags, "GENRE", &genres::name(number.wrapping_sub(1)), notes),
        // A flag that says nothing.
        (b"cpil" | b"pgap" | b"pcst", _, [0]) => {}
        (b"cpil", _, [1]) => add(tags, "COMPILATION", "1", notes),
        (b"tmpo", _, [a, b]) => add(tags, "BPM", &u16::from_be_bytes([*a, *b]).to_string(), notes),
        (_, 1, _) => add(tags, name, &decoded(value), notes),
        (_, 21, _) if (1..=8).contains(&value.len()) => {
            let number = value.iter().fold(0, |number: u64, &byte| number << 8 | u64::from(byte));
            add(tags, name, &number.to_string(), notes);
        }
        _ => notes.lose(format!("the item {name} ({} bytes)", value.len())),
    }
}

fn pair(name: &str, total: &str, bytes: [u8; 4], tags: &mut Tags, notes: &mut SoundNotes) {
    let [a, b, c, d] = bytes;
    for (name, number) in [(name, u16::from_be_bytes([a, b])), (total, u16::from_be_bytes([c, d]))] {
        if number > 0 {
            add(tags, name, &number.to_string(), notes);
        }
    }
}

/// Reads the texts of a QuickTime `udta` box, which lie there without a list.
pub(in crate::sound::files) fn read_udta(udta: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
    for (id, item) in boxes(udta).filter(|(id, _)| id[0] == 0xa9) {
        let mut fields = Fields(item);
        let mut text = || {
            let (length, _language) = (fields.be16()?, fields.be16()?);
            fields.take(usize::from(length))
        };
        if let Some(text) = text() {
            add(tags, &name_of(id), &decoded(text), notes);
        }
    }
}
