//! What the frames of ID3v2 hold.

use super::{add, genres, latin1, lose_cover};
use crate::sound::{SoundNotes, Tags};

/// Frames of version 2, of version 3 and 4, and the name of the tag.
pub(super) const TEXTS: [(&str, &str, &str); 27] = [
    ("TT2", "TIT2", "TITLE"),
    ("TP1", "TPE1", "ARTIST"),
    ("TAL", "TALB", "ALBUM"),
    ("", "TDRC", "DATE"),
    ("TYE", "TYER", "DATE"),
    ("TRK", "TRCK", "TRACKNUMBER"),
    ("TP2", "TPE2", "ALBUMARTIST"),
    ("TCO", "TCON", "GENRE"),
    ("TCM", "TCOM", "COMPOSER"),
    ("TPA", "TPOS", "DISCNUMBER"),
    ("TRC", "TSRC", "ISRC"),
    ("TCR", "TCOP", "COPYRIGHT"),
    ("TBP", "TBPM", "BPM"),
    ("TPB", "TPUB", "PUBLISHER"),
    ("TEN", "TENC", "ENCODEDBY"),
    ("TSS", "TSSE", "ENCODER"),
    ("TP3", "TPE3", "CONDUCTOR"),
    ("TP4", "TPE4", "REMIXER"),
    ("TXT", "TEXT", "LYRICIST"),
    ("TT1", "TIT1", "GROUPING"),
    ("TT3", "TIT3", "SUBTITLE"),
    ("TLA", "TLAN", "LANGUAGE"),
    ("TKE", "TKEY", "INITIALKEY"),
    ("TCP", "TCMP", "COMPILATION"),
    ("", "TMOO", "MOOD"),
    ("TOR", "TDOR", "ORIGINALDATE"),
    ("TMT", "TMED", "MEDIA"),
];

/// Reads the body of a frame.
pub(super) fn frame(id: &str, body: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
    match id {
        "TXXX" | "TXX" => described(body, tags, notes),
        "COMM" | "COM" => spoken("COMMENT", body, tags, notes),
        "USLT" | "ULT" => spoken("LYRICS", body, tags, notes),
        "APIC" | "PIC" => lose_cover(&cover_kind(body), body.len(), notes),
        "WXXX" | "WXX" => link(body, tags, notes),
        _ if id.starts_with('T') => {
            let known = TEXTS.iter().find(|(old, new, _)| id == *old || id == *new);
            let name = known.map_or(id, |(_, _, name)| name);
            for text in texts(body) {
                let text = if name == "GENRE" { genres::of_text(&text) } else { text };
                add(tags, name, &text, notes);
            }
        }
        _ if id.starts_with('W') => add(tags, id, &latin1(body), notes),
        _ => notes.lose(format!("the ID3 frame {id} ({} bytes)", body.len())),
    }
}

/// The texts of a frame, whose first byte says how they are written.
fn texts(body: &[u8]) -> Vec<String> {
    let Some((&encoding, rest)) = body.split_first() else {
        return Vec::new();
    };
    text(encoding, rest)
        .split('\0')
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

fn text(encoding: u8, bytes: &[u8]) -> String {
    let wide = |big: bool, bytes: &[u8]| {
        let units = bytes.chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if big {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        });
        let text: String = char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        // Every text of a list may begin with the mark again.
        text.replace('\u{feff}', "")
    };
    match (encoding, bytes) {
        (1, [0xfe, 0xff, rest @ ..]) => wide(true, rest),
        (1, [0xff, 0xfe, rest @ ..]) | (1, rest) => wide(false, rest),
        (2, rest) => wide(true, rest),
        (3, rest) => String::from_utf8_lossy(rest).into_owned(),
        (_, rest) => latin1(rest),
    }
}

/// Splits a description off the front of a body behind its encoding.
fn description(encoding: u8, bytes: &[u8]) -> (String, &[u8]) {
    let (step, zero): (usize, &[u8]) = if matches!(encoding, 1 | 2) {
        (2, &[0, 0])
    } else {
        (1, &[0])
    };
    let end = bytes
        .chunks_exact(step)
        .position(|unit| unit == zero)
        .map_or(bytes.len(), |at| at * step);
    (
        text(encoding, &bytes[..end]),
        bytes.get(end + step..).unwrap_or_default(),
    )
}

fn described(body: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
    let Some((&encoding, rest)) = body.split_first() else {
        return;
    };
    let (name, rest) = description(encoding, rest);
    let name = if name.is_empty() { "TXXX" } else { &name };
    text(encoding, rest)
        .split('\0')
        .for_each(|text| add(tags, name, text, notes));
}

/// Comments and lyrics, which have a language.
fn spoken(name: &str, body: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
    let Some(([encoding, _, _, _], rest)) = body.split_first_chunk::<4>() else {
        return;
    };
    let (description, rest) = description(*encoding, rest);
    let text = text(*encoding, rest);
    if description.is_empty() || name == "LYRICS" {
        add(tags, name, &text, notes);
    } else {
        add(tags, &format!("{name}:{description}"), &text, notes);
    }
}

fn link(body: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
    if let Some((&encoding, rest)) = body.split_first() {
        let (name, url) = description(encoding, rest);
        let name = if name.is_empty() {
            "WWW".to_owned()
        } else {
            format!("WWW:{name}")
        };
        add(tags, &name, &latin1(url), notes);
    }
}

fn cover_kind(body: &[u8]) -> String {
    let rest = body.get(1..).unwrap_or_default();
    let end = rest.iter().position(|&byte| byte == 0).unwrap_or(0).min(64);
    latin1(&rest[..end])
}
