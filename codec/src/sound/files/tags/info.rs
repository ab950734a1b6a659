//! Tags in the LIST/INFO chunk of WAV files.

use super::{add, decoded, key_of};
use crate::container::TagKey;
use crate::sound::{SoundNotes, Tags};

/// Ids of the chunk and the names of their tags; the first id of a name is written.
const IDS: [(&[u8; 4], &str); 12] = [
    (b"INAM", "TITLE"),
    (b"IART", "ARTIST"),
    (b"IPRD", "ALBUM"),
    (b"ICRD", "DATE"),
    (b"ITRK", "TRACKNUMBER"),
    (b"IPRT", "TRACKNUMBER"),
    (b"ICMT", "COMMENT"),
    (b"IGNR", "GENRE"),
    (b"ICOP", "COPYRIGHT"),
    (b"IENG", "ENGINEER"),
    (b"ISFT", "ENCODER"),
    (b"ILNG", "LANGUAGE"),
];

/// The id of a key; those of other ids that were read are their names.
fn id_of(key: &TagKey) -> Option<[u8; 4]> {
    let known = IDS.iter().find(|(_, name)| key_of(name) == *key);
    known.map(|(id, _)| **id).or_else(|| match key {
        TagKey::Named(name) => <[u8; 4]>::try_from(name.as_bytes()).ok().filter(is_info_id),
        TagKey::Known(_) => None,
    })
}

fn is_info_id(id: &[u8; 4]) -> bool {
    id[0] == b'I' && id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether the chunk holds all of the tags: one text for each key that has an id.
pub(in crate::sound::files) fn holds(tags: &Tags) -> bool {
    tags.entries()
        .all(|(key, _)| id_of(key).is_some() && tags.values(key).count() == 1)
}

/// The whole chunk, of an even number of bytes; nothing without tags. Of several texts of a key the first is written.
pub(in crate::sound::files) fn to_bytes(tags: &Tags) -> Vec<u8> {
    let mut list = b"INFO".to_vec();
    for (key, text) in tags.entries() {
        let Some(id) = id_of(key).filter(|_| tags.values(key).next() == Some(text)) else {
            continue;
        };
        // Readers expect a zero at the end, and chunks start at even places.
        let text = [text.as_bytes(), &[0]].concat();
        list.extend_from_slice(&id);
        list.extend_from_slice(&(text.len() as u32).to_le_bytes());
        list.extend_from_slice(&text);
        list.resize(list.len().next_multiple_of(2), 0);
    }
    match list.len() {
        4 => Vec::new(),
        _ => [&b"LIST"[..], &(list.len() as u32).to_le_bytes(), &list].concat(),
    }
}

/// Reads the content of a LIST chunk of this kind; what is cut is left out.
pub(in crate::sound::files) fn read(list: &[u8], big: bool, tags: &mut Tags, notes: &mut SoundNotes) {
    let Some(mut rest) = list.strip_prefix(b"INFO") else {
        return;
    };
    while let Some((head, text)) = rest.split_first_chunk::<8>() {
        let [k0, k1, k2, k3, size @ ..] = *head;
        let size = if big {
            u32::from_be_bytes(size)
        } else {
            u32::from_le_bytes(size)
        } as usize;
        let Some(bytes) = text.get(..size) else {
            notes.warn("its chunk of tags is cut: some tags are lost");
            return;
        };
        let id = [k0, k1, k2, k3];
        let name = IDS
            .iter()
            .find(|(other, _)| **other == id)
            .map_or_else(|| decoded(&id), |(_, name)| (*name).to_owned());
        add(tags, &name, &decoded(bytes), notes);
        // Some writers leave the padding out.
        let padded = text.get(size.next_multiple_of(2)..).unwrap_or_default();
        let unpadded = text.get(size..).unwrap_or_default();
        rest = if padded.first() == Some(&b'I') || unpadded.first() != Some(&b'I') {
            padded
        } else {
            unpadded
        };
    }
}
