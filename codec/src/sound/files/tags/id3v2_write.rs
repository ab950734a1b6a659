//! Writes tags as ID3v2.4, which holds any key and any number of texts.

use super::id3v2_frames::TEXTS;
use super::name_of;
use crate::container::TagKey;
use crate::sound::Tags;

/// UTF-8.
const ENCODING: u8 = 3;

/// The whole tag.
pub(in crate::sound::files) fn to_bytes(tags: &Tags) -> Vec<u8> {
    let mut frames = Vec::new();
    let mut done: Vec<&TagKey> = Vec::new();
    for (key, _) in tags.entries() {
        if !done.contains(&key) {
            done.push(key);
            frames.extend(frame(&name_of(key), &tags.values(key).collect::<Vec<_>>()));
        }
    }
    [&b"ID3\x04\0\0"[..], &seven_bits(frames.len()), &frames].concat()
}

fn frame(name: &str, texts: &[&str]) -> Vec<u8> {
    let all = texts.join("\0");
    let known = TEXTS.iter().find(|(_, _, other)| *other == name);
    match (known, name) {
        (Some((_, id, _)), _) => with_head(id, &[&[ENCODING], all.as_bytes()].concat()),
        // They have a language and only one text each.
        (None, "COMMENT") => texts.iter().flat_map(|text| spoken("COMM", "", text)).collect(),
        (None, "LYRICS") => texts.iter().flat_map(|text| spoken("USLT", "", text)).collect(),
        (None, _) => match name.strip_prefix("COMMENT:") {
            Some(description) => texts
                .iter()
                .flat_map(|text| spoken("COMM", description, text))
                .collect(),
            None => with_head("TXXX", &[&[ENCODING], name.as_bytes(), &[0], all.as_bytes()].concat()),
        },
    }
}

fn spoken(id: &str, description: &str, text: &str) -> Vec<u8> {
    let body = [&[ENCODING], &b"und"[..], description.as_bytes(), &[0], text.as_bytes()].concat();
    with_head(id, &body)
}

fn with_head(id: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), &seven_bits(body.len()), &[0, 0], body].concat()
}

fn seven_bits(number: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (number >> shift & 0x7f) as u8)
}
