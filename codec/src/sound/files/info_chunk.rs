//! Tags in the LIST/INFO chunk of WAV files.

use crate::sound::{Tag, Tags};

/// What a tag is called in the chunk.
fn key(tag: Tag) -> [u8; 4] {
    *match tag {
        Tag::Title => b"INAM",
        Tag::Artist => b"IART",
        Tag::Album => b"IPRD",
        Tag::Date => b"ICRD",
        Tag::Track => b"ITRK",
        Tag::Comment => b"ICMT",
    }
}

/// The tag that a key stands for.
fn tag(key: [u8; 4]) -> Option<Tag> {
    if key == *b"IPRT" {
        return Some(Tag::Track);
    }
    Tag::ALL.into_iter().find(|&tag| self::key(tag) == key)
}

/// The whole chunk, of an even number of bytes; nothing without tags.
pub(super) fn to_bytes(tags: &Tags) -> Vec<u8> {
    if tags.is_empty() {
        return Vec::new();
    }
    let mut list = b"INFO".to_vec();
    for (tag, text) in tags.iter() {
        // Readers expect a zero at the end, and chunks start at even places.
        let text = [text.as_bytes(), &[0]].concat();
        list.extend_from_slice(&key(tag));
        list.extend_from_slice(&(text.len() as u32).to_le_bytes());
        list.extend_from_slice(&text);
        list.resize(list.len().next_multiple_of(2), 0);
    }
    [&b"LIST"[..], &(list.len() as u32).to_le_bytes(), &list].concat()
}

/// Reads the content of a LIST chunk; what is cut or unknown is left out.
pub(super) fn read(list: &[u8], tags: &mut Tags) {
    let Some(mut rest) = list.strip_prefix(b"INFO") else {
        return;
    };
    while let Some((head, text)) = rest.split_first_chunk::<8>() {
        let [k0, k1, k2, k3, l0, l1, l2, l3] = *head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let Some(bytes) = text.get(..length) else { return };
        if let Some(tag) = tag([k0, k1, k2, k3]) {
            tags.add(tag, &decoded(bytes));
        }
        rest = text.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
}

/// UTF-8, or else Latin-1.
fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}
