//! Vorbis comments, as Ogg and FLAC files have them.

use super::{add, decoded, lose_cover};
use crate::sound::files::input::Fields;
use crate::sound::{SoundNotes, Tags};

/// Reads a block of comments; what is cut is noted.
pub(in crate::sound::files) fn read(block: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
    if comments(&mut Fields(block), tags, notes).is_none() {
        notes.warn("its comments are cut or damaged: some tags are lost");
    }
}

fn comments(fields: &mut Fields<'_>, tags: &mut Tags, notes: &mut SoundNotes) -> Option<()> {
    let vendor = fields.le32()? as usize;
    fields.take(vendor)?;
    for _ in 0..fields.le32()? {
        let length = fields.le32()? as usize;
        comment(&decoded(fields.take(length)?), tags, notes);
    }
    Some(())
}

fn comment(text: &str, tags: &mut Tags, notes: &mut SoundNotes) {
    match text.split_once('=') {
        Some((name, picture)) if is_picture(name) => lose_cover("in a comment", picture.len() / 4 * 3, notes),
        Some((name, text)) if !name.is_empty() => add(tags, name, text, notes),
        _ => notes.lose("a comment without a name"),
    }
}

fn is_picture(name: &str) -> bool {
    name.eq_ignore_ascii_case("METADATA_BLOCK_PICTURE") || name.eq_ignore_ascii_case("COVERART")
}

/// Notes the picture that a FLAC block holds.
pub(in crate::sound::files) fn lose_picture(block: &[u8], notes: &mut SoundNotes) {
    let kind = || {
        let mut fields = Fields(block);
        fields.be32()?;
        let length = fields.be32()? as usize;
        fields.take(length).map(decoded)
    };
    lose_cover(&kind().unwrap_or_default(), block.len(), notes);
}
