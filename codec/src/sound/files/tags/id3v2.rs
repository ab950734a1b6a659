//! ID3v2, versions 2 to 4: the frames of a tag.

use super::id3v2_frames::frame;
use crate::sound::files::input::Fields;
use crate::sound::{SoundNotes, Tags};

/// Bytes of the header.
pub(in crate::sound::files) const HEADER_BYTES: usize = 10;
/// The longest tag that is read into memory.
pub(in crate::sound::files) const MAX_BYTES: u64 = 64 << 20;
const UNSYNCHRONISED: u8 = 0x80;
const EXTENDED: u8 = 0x40;
const FOOTER: u8 = 0x10;

/// Bytes of the whole tag that begins with `head`; `None` where there is none.
pub(in crate::sound::files) fn length(head: &[u8]) -> Option<u64> {
    let [b'I', b'D', b'3', version, revision, flags, size @ ..] = head.get(..HEADER_BYTES)? else {
        return None;
    };
    if *version == 0xff || *revision == 0xff || size.iter().any(|byte| byte & 0x80 != 0) {
        return None;
    }
    let footer = if *flags & FOOTER != 0 { 10 } else { 0 };
    Some(HEADER_BYTES as u64 + u64::from(seven_bits(size)) + footer)
}

/// A number of seven bits a byte.
fn seven_bits(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 7 | u32::from(byte & 0x7f))
}

/// Reads a whole tag; what is cut or damaged is noted.
pub(in crate::sound::files) fn read(tag: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
    let Some((head, body)) = tag.split_first_chunk::<HEADER_BYTES>() else {
        return;
    };
    let (version, flags) = (head[3], head[5]);
    if !(2..=4).contains(&version) {
        notes.lose(format!("an ID3 tag of version 2.{version} ({} bytes)", tag.len()));
        return;
    }
    let size = seven_bits(&head[6..]) as usize;
    let body = body.get(..size).unwrap_or(body);
    // Version 4 does that in each frame.
    let whole = flags & UNSYNCHRONISED != 0 && version < 4;
    let body = if whole { synchronised(body) } else { body.to_vec() };
    let mut fields = Fields(&body);
    if flags & EXTENDED != 0 && version > 2 && skip_extension(&mut fields, version).is_none() {
        return;
    }
    while next_frame(&mut fields, version, flags, tags, notes).is_some() {}
}

fn skip_extension(fields: &mut Fields<'_>, version: u8) -> Option<()> {
    let size: [u8; 4] = fields.array()?;
    let rest = match version {
        3 => u32::from_be_bytes(size),
        _ => seven_bits(&size).checked_sub(4)?,
    };
    fields.take(rest as usize).map(drop)
}

fn next_frame(fields: &mut Fields<'_>, version: u8, flags: u8, tags: &mut Tags, notes: &mut SoundNotes) -> Option<()> {
    let id = fields.take(if version == 2 { 3 } else { 4 })?;
    if !id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        // Padding.
        return None;
    }
    let (size, format) = match version {
        2 => (
            u32::from_be_bytes([0, fields.byte()?, fields.byte()?, fields.byte()?]),
            0,
        ),
        _ => {
            let size: [u8; 4] = fields.array()?;
            (frame_size(size, version, fields), fields.be16()?)
        }
    };
    let Some(body) = fields.take(size as usize) else {
        notes.warn("its ID3 tag is cut: some tags are lost");
        return None;
    };
    let name = String::from_utf8_lossy(id).into_owned();
    let packed = if version == 3 { format & 0xc0 } else { format & 0x0c };
    if version > 2 && packed != 0 {
        notes.lose(format!("the packed ID3 frame {name} ({size} bytes)"));
        return Some(());
    }
    let mut body = if version == 4 && (format & 2 != 0 || flags & UNSYNCHRONISED != 0) {
        synchronised(body)
    } else {
        body.to_vec()
    };
    if version == 4 && format & 1 != 0 {
        body.drain(..body.len().min(4));
    }
    frame(&name, &body, tags, notes);
    Some(())
}

/// Version 4 has seven bits a byte, but some programs wrote eight: the next frame tells.
fn frame_size(size: [u8; 4], version: u8, fields: &Fields<'_>) -> u32 {
    let (seven, eight) = (seven_bits(&size), u32::from_be_bytes(size));
    if version == 3 || size.iter().any(|byte| byte & 0x80 != 0) {
        return eight;
    }
    let follows = |size: u32| match fields.0.get(2 + size as usize..) {
        Some([a, b, c, d, ..]) => [a, b, c, d]
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == 0),
        Some(_) => true,
        None => false,
    };
    if seven != eight && !follows(seven) && follows(eight) {
        eight
    } else {
        seven
    }
}

/// Without the zeros that follow 0xff.
fn synchronised(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut was_ff = false;
    for &byte in bytes {
        if !(was_ff && byte == 0) {
            out.push(byte);
        }
        was_ff = byte == 0xff;
    }
    out
}
