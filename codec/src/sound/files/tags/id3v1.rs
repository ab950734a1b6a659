//! ID3v1: the last 128 bytes of a file.

use super::{add, decoded, genres};
use crate::sound::{SoundNotes, Tags};

/// Bytes of the tag.
pub(in crate::sound::files) const BYTES: u64 = 128;
/// The genre of no genre.
const NO_GENRE: u8 = 255;

/// Reads the last bytes of a file, if they are a tag.
pub(in crate::sound::files) fn read(tail: &[u8], tags: &mut Tags, notes: &mut SoundNotes) -> bool {
    let Some(rest) = tail.strip_prefix(b"TAG").filter(|rest| rest.len() == 125) else {
        return false;
    };
    let mut text = |name: &str, bytes: &[u8]| {
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        add(tags, name, &decoded(&bytes[..end]), notes);
    };
    text("TITLE", &rest[..30]);
    text("ARTIST", &rest[30..60]);
    text("ALBUM", &rest[60..90]);
    text("DATE", &rest[90..94]);
    let (comment, genre) = (&rest[94..124], rest[124]);
    match comment {
        // ID3v1.1 has the number of the track there.
        [comment @ .., 0, track] if *track != 0 => {
            text("COMMENT", comment);
            text("TRACKNUMBER", track.to_string().as_bytes());
        }
        comment => text("COMMENT", comment),
    }
    if genre != NO_GENRE && (genre != 0 || rest[..30].iter().any(|&byte| byte != 0)) {
        text("GENRE", genres::name(genre).as_bytes());
    }
    true
}
