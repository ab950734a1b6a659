//! Indexes of fragments, which tell how long a file is.

use super::boxes::{Found, versioned};
use crate::error::Result;
use crate::sound::files::input::{Input, bytes_at};

/// The longest index that is read.
const MAX_INDEX_BYTES: u64 = 16 << 20;

/// How many bytes of those that indexes tell of the file lacks.
///
/// # Errors
/// `Io`.
pub(super) fn missing_bytes(input: &mut Input, top: &[Found], end: u64) -> Result<u64> {
    let mut stated = 0;
    for sidx in top.iter().filter(|found| found.id == *b"sidx" && found.next <= end) {
        let bytes = bytes_at(input, sidx.content, sidx.bytes.min(MAX_INDEX_BYTES))?;
        stated = stated.max(
            referenced(&bytes)
                .and_then(|bytes| sidx.next.checked_add(bytes))
                .unwrap_or(0),
        );
    }
    Ok(stated.saturating_sub(end))
}

/// Bytes from the end of an index to the end of what it tells of.
fn referenced(sidx: &[u8]) -> Option<u64> {
    let (version, _, mut fields) = versioned(sidx)?;
    fields.take(8)?;
    let first = match version {
        0 => {
            fields.be32()?;
            u64::from(fields.be32()?)
        }
        _ => {
            fields.be64()?;
            fields.be64()?
        }
    };
    fields.be16()?;
    let count = fields.be16()?;
    (0..count).try_fold(first, |bytes, _| {
        let word = fields.be32()?;
        fields.take(8)?;
        bytes.checked_add(u64::from(word & 0x7fff_ffff))
    })
}
