//! Boxes, of which MP4 files consist.

use crate::error::Result;
use crate::sound::SoundNotes;
use crate::sound::files::input::{Fields, Input, bytes_at};

const MAX_BOXES: usize = 1 << 20;

/// Boxes that a file may consist of, and that say nothing else of its sound.
const KNOWN: [&[u8; 4]; 18] = [
    b"ftyp", b"styp", b"sidx", b"ssix", b"moov", b"moof", b"mdat", b"mfra", b"free", b"skip", b"wide", b"uuid",
    b"meta", b"pdin", b"emsg", b"prft", b"pnot", b"udta",
];

/// A box of the file itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: [u8; 4],
    /// Where its head begins.
    pub(super) at: u64,
    pub(super) content: u64,
    pub(super) bytes: u64,
    pub(super) next: u64,
}

/// The boxes of a file of `end` bytes, and whether it ends as a whole file does: behind its last box.
///
/// # Errors
/// `Io`.
pub(super) fn top(input: &mut Input, end: u64, notes: &mut SoundNotes) -> Result<(Vec<Found>, bool)> {
    let (mut all, mut at) = (Vec::new(), 0);
    while at < end && all.len() < MAX_BOXES {
        let head = bytes_at(input, at, 16)?;
        let mut fields = Fields(&head);
        let (Some(size), Some(id)) = (fields.be32(), fields.array::<4>()) else {
            notes.lose(format!("{} bytes behind its last box", end - at));
            break;
        };
        let (head_bytes, whole) = match size {
            // Boxes of tables know how long they are.
            0 if [b"mdat", b"free", b"skip"].contains(&&id) => (8, end - at),
            1 => (16, fields.be64().unwrap_or(0)),
            size => (8, u64::from(size)),
        };
        let plain = id.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte == 0xa9);
        let next = at.checked_add(whole).filter(|_| whole >= head_bytes && plain);
        let Some(next) = next else {
            notes.lose(format!("{} bytes behind its last box", end - at));
            break;
        };
        if !KNOWN.contains(&&id) {
            notes.lose(format!("the box {} ({whole} bytes)", String::from_utf8_lossy(&id)));
        }
        all.push(Found {
            id,
            at,
            content: at + head_bytes,
            bytes: whole - head_bytes,
            next,
        });
        at = next;
    }
    Ok((all, at == end))
}

/// The boxes in a piece of a file: ids and contents; what is cut ends the list.
pub(super) fn children(bytes: &[u8]) -> impl Iterator<Item = Child<'_>> {
    let mut fields = Fields(bytes);
    std::iter::from_fn(move || child(&mut fields))
}

/// All boxes in a piece of a file; `None` where it does not consist of boxes alone.
pub(super) fn all_children(bytes: &[u8]) -> Option<Vec<Child<'_>>> {
    let (mut fields, mut all) = (Fields(bytes), Vec::new());
    while !fields.0.is_empty() {
        all.push(child(&mut fields)?);
    }
    Some(all)
}

/// The id and the content of a box within another.
type Child<'a> = ([u8; 4], &'a [u8]);

fn child<'a>(fields: &mut Fields<'a>) -> Option<Child<'a>> {
    let (size, id) = (fields.be32()? as usize, fields.array::<4>()?);
    let body = match size {
        0 => fields.0.len(),
        1 => usize::try_from(fields.be64()?).ok()?.checked_sub(16)?,
        size => size.checked_sub(8)?,
    };
    Some((id, fields.take(body)?))
}

/// The content of the first box of a kind.
pub(super) fn find<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    children(bytes).find(|(id, _)| id == wanted).map(|(_, body)| body)
}

/// The content of a box within boxes.
pub(super) fn find_path<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |bytes, id| find(bytes, id))
}

/// Version, flags and the rest of a box that has them.
pub(super) fn versioned(body: &[u8]) -> Option<(u8, u32, Fields<'_>)> {
    let mut fields = Fields(body);
    let word = fields.be32()?;
    Some(((word >> 24) as u8, word & 0xff_ffff, fields))
}
