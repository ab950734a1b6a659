//! What readers of sounds share.

use std::io::Read;

use super::leb::read_leb;
use super::limits::Limits;
use crate::error::{Result, check_limit};

/// What a reader does about damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The first damage is an error.
    Strict,
    /// Damage behind the header is collected, and all that is whole is read.
    Tolerant,
}

/// Reads all of `reader`, at most `limits.max_file_bytes`.
///
/// # Errors
/// `Io`, or `Limit` when there are more bytes.
pub fn read_limited(reader: impl Read, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader
        .take(limits.max_file_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    check_limit("the number of bytes", bytes.len() as u64, limits.max_file_bytes)?;
    Ok(bytes)
}

/// Splits the index off the payload of a tile or of its alpha.
pub(crate) fn tile_index(payload: &[u8]) -> Result<(u32, &[u8]), &'static str> {
    let (index, length) = read_leb(payload).map_err(|error| error.reason())?;
    Ok((index, payload.get(length..).unwrap_or_default()))
}
