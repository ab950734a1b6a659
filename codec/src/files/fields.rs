//! Reads small fields of files.

use std::io::Read;

use crate::error::Result;

/// Reads `N` bytes; `None` where the file ends before.
pub(super) fn take<const N: usize>(file: &mut impl Read) -> Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The bytes that zlib deflated to `bytes`; `None` if they are damaged or more than `limit`.
pub(super) fn inflate(bytes: &[u8], limit: u64) -> Option<Vec<u8>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(bytes, limit).ok()
}
