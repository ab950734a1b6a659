//! Chunks of WAV files besides the samples: tags, and what streams keep so that it comes back.

use super::input::{Input, bytes_at};
use super::tags::{base64, id3v2, info, merge};
use crate::container::TagKey;
use crate::error::Result;
use crate::sound::{SoundNotes, Tags};

/// Keys of tags that hold a chunk begin so; its id and its bytes as base64 follow.
pub(super) const PREFIX: &str = "riff:";
/// The most bytes of chunks that are kept.
const MAX_KEPT_BYTES: u64 = 1 << 16;
/// Chunks that say nothing of the sound.
const EMPTY: [&[u8; 4]; 12] = [
    b"JUNK", b"junk", b"PAD ", b"FLLR", b"fact", b"PEAK", b"ds64", b"levl", b"LGWV", b"ovwf", b"SyLp", b"afsp",
];

/// Whether four bytes can be the id of a chunk.
pub(super) fn is_chunk_id(id: &[u8; 4]) -> bool {
    id.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte == 0xa9) && id[0] != b' '
}

/// What is kept of the chunks of a file.
#[derive(Default)]
pub(super) struct Keeper {
    id3: Tags,
    info: Tags,
    chunks: Vec<([u8; 4], Vec<u8>)>,
    bytes: u64,
}

impl Keeper {
    /// Takes a chunk whose content lies at a place and has some bytes.
    pub(super) fn visit(
        &mut self,
        input: &mut Input,
        id: [u8; 4],
        (at, bytes): (u64, u64),
        big: bool,
        notes: &mut SoundNotes,
    ) -> Result<()> {
        let mut content = |most: u64| bytes_at(input, at, bytes.min(most));
        match &id {
            b"id3 " | b"ID3 " => id3v2::read(&content(id3v2::MAX_BYTES)?, &mut self.id3, notes),
            b"LIST" | b"list" if content(4)? == b"INFO" => {
                info::read(&content(1 << 20)?, big, &mut self.info, notes);
            }
            _ if EMPTY.contains(&&id) || bytes == 0 => {}
            // Numbers in them would have the wrong order.
            _ if big || self.bytes + bytes > MAX_KEPT_BYTES => {
                notes.lose(format!(
                    "the chunk {} ({bytes} bytes)",
                    String::from_utf8_lossy(&id).trim_end()
                ));
            }
            _ => {
                self.bytes += bytes;
                self.chunks.push((id, content(MAX_KEPT_BYTES)?));
            }
        }
        Ok(())
    }

    /// Turns what was taken into tags.
    pub(super) fn finish(self, tags: &mut Tags, notes: &mut SoundNotes) {
        merge(tags, &self.id3);
        merge(tags, &self.info);
        for (id, bytes) in self.chunks {
            let id = String::from_utf8_lossy(&id).into_owned();
            if !tags.push(TagKey::Named(format!("{PREFIX}{id}")), base64::encode(&bytes)) {
                notes.lose(format!("the chunk {id} ({} bytes)", bytes.len()));
            }
        }
    }
}

/// Takes apart what is a tag and what stands for a chunk; chunks with their heads, each of an even number of bytes.
pub(super) fn split(tags: &Tags) -> (Tags, Vec<u8>) {
    let (mut texts, mut chunks) = (Tags::default(), Vec::new());
    for (key, text) in tags.entries() {
        match chunk(key, text) {
            Some((id, bytes)) => {
                chunks.extend_from_slice(&id);
                chunks.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
                chunks.extend_from_slice(&bytes);
                chunks.resize(chunks.len().next_multiple_of(2), 0);
            }
            None => {
                texts.push(key.clone(), text);
            }
        }
    }
    (texts, chunks)
}

fn chunk(key: &TagKey, text: &str) -> Option<([u8; 4], Vec<u8>)> {
    let id = key.name().strip_prefix(PREFIX)?.as_bytes();
    let id = <[u8; 4]>::try_from(id).ok().filter(is_chunk_id)?;
    // Those would contradict the file that is written.
    let own = [b"fmt ", b"data", b"RIFF", b"ds64", b"fact", b"id3 "];
    if own.contains(&&id) {
        return None;
    }
    Some((id, base64::decode(text)?))
}
