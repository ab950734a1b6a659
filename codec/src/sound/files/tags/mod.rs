//! Tags of sound files: every key and every value, under the names that they have in Vorbis comments.

pub(super) mod ape;
pub(super) mod base64;
pub(super) mod genres;
pub(super) mod id3v1;
pub(super) mod id3v2;
mod id3v2_frames;
pub(super) mod id3v2_write;
pub(super) mod ilst;
pub(super) mod info;
pub(super) mod vorbis;

#[cfg(test)]
mod tests;

use crate::container::TagKey;
use crate::sound::{SoundNotes, Tag, Tags};

/// The longest text that is kept, in bytes.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// Names that mean one of the usual tags.
const ALIASES: [(&str, Tag); 3] = [("TRACKNUMBER", Tag::Track), ("YEAR", Tag::Date), ("TRACK", Tag::Track)];

/// The key of a name in a file.
pub(super) fn key_of(name: &str) -> TagKey {
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
    match alias {
        Some((_, tag)) => TagKey::Known(*tag),
        None => TagKey::of_name(&name.replace("ALBUM ARTIST", "ALBUMARTIST")),
    }
}

/// The name of a key in Vorbis comments.
pub(super) fn name_of(key: &TagKey) -> String {
    match key {
        TagKey::Known(Tag::Track) => "TRACKNUMBER".to_owned(),
        TagKey::Known(tag) => tag.name().to_ascii_uppercase(),
        TagKey::Named(name) => name.clone(),
    }
}

/// Adds a text unless it says nothing or the same is there; what is too long is noted as lost.
pub(super) fn add(tags: &mut Tags, name: &str, text: &str, notes: &mut SoundNotes) {
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    let key = key_of(name.trim());
    if text.is_empty() || tags.values(&key).any(|other| other == text) {
        return;
    }
    if text.len() > MAX_TEXT_BYTES || !tags.push(key, text) {
        let short: String = name.chars().take(40).collect();
        notes.lose(format!("the tag {short} ({} bytes)", text.len()));
    }
}

/// Adds all of `other` whose keys are not in `tags`.
pub(super) fn merge(tags: &mut Tags, other: &Tags) {
    let mut added = Tags::default();
    for (key, text) in other.entries() {
        if tags.values(key).next().is_none() {
            added.push(key.clone(), text);
        }
    }
    for (key, text) in added.entries() {
        tags.push(key.clone(), text);
    }
}

/// Notes a picture that is not kept.
pub(super) fn lose_cover(kind: &str, bytes: usize, notes: &mut SoundNotes) {
    let kind: String = kind.chars().filter(|c| c.is_ascii_graphic()).take(32).collect();
    let kind = if kind.is_empty() {
        "of an unknown kind".to_owned()
    } else {
        kind
    };
    notes.lose(format!("cover art ({kind}, {bytes} bytes)"));
}

/// UTF-8, or else Latin-1.
pub(super) fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => latin1(bytes),
    }
}

/// Latin-1: every byte is a letter.
pub(super) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}
