//! APE tags, version 1 and 2, behind the sound or before it.

use super::{add, lose_cover};
use crate::sound::files::input::Fields;
use crate::sound::{SoundNotes, Tags};

/// Bytes of the header and of the footer.
pub(in crate::sound::files) const HEADER_BYTES: usize = 32;
const HAS_HEADER: u32 = 1 << 31;
const IS_HEADER: u32 = 1 << 29;

/// What a header or a footer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sound::files) struct Ape {
    /// Bytes of the items and of the footer.
    pub(in crate::sound::files) bytes: u64,
    items: u32,
    pub(in crate::sound::files) is_header: bool,
    /// Whether there are a header and a footer.
    pub(in crate::sound::files) has_both: bool,
}

impl Ape {
    /// Reads 32 bytes, if they are a header or a footer.
    pub(in crate::sound::files) fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes.strip_prefix(b"APETAGEX")?);
        let (_version, size, items, flags) = (fields.le32()?, fields.le32()?, fields.le32()?, fields.le32()?);
        Some(Self {
            bytes: u64::from(size),
            items,
            is_header: flags & IS_HEADER != 0,
            has_both: flags & HAS_HEADER != 0,
        })
    }

    /// Reads the items.
    pub(in crate::sound::files) fn items(&self, bytes: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
        let mut fields = Fields(bytes);
        for _ in 0..self.items {
            if item(&mut fields, tags, notes).is_none() {
                break;
            }
        }
    }
}

fn item(fields: &mut Fields<'_>, tags: &mut Tags, notes: &mut SoundNotes) -> Option<()> {
    let (size, flags) = (fields.le32()? as usize, fields.le32()?);
    let end = fields.0.iter().position(|&byte| byte == 0)?;
    let name = std::str::from_utf8(fields.take(end)?).ok()?;
    fields.take(1)?;
    let value = fields.take(size)?;
    match (flags >> 1 & 3, std::str::from_utf8(value)) {
        (0 | 2, Ok(text)) => text
            .split('\0')
            .for_each(|text| add(tags, &vorbis_name(name), text, notes)),
        _ if name.to_ascii_lowercase().starts_with("cover art") => lose_cover("APE tag", size, notes),
        _ => notes.lose(format!(
            "the item {} of the APE tag ({size} bytes)",
            name.get(..32).unwrap_or(name)
        )),
    }
    Some(())
}

fn vorbis_name(name: &str) -> String {
    match name.to_ascii_uppercase().as_str() {
        "ALBUM ARTIST" => "ALBUMARTIST".to_owned(),
        "DISC" | "MEDIA" => "DISCNUMBER".to_owned(),
        upper => upper.to_owned(),
    }
}
