//! Reads small fields of files.

use std::io::{Read, Seek, SeekFrom};

use crate::error::Result;

/// Bytes behind an image that are looked at.
const LOOKED_AT_BYTES: u64 = 1 << 16;

/// Reads `N` bytes; `None` where the file ends before.
pub(super) fn take<const N: usize>(file: &mut impl Read) -> Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// How many bytes a file has from `at` on; 0 where they are zeros.
pub(super) fn bytes_behind(file: &mut (impl Read + Seek), at: u64) -> Result<u64> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut first = Vec::new();
    if at < end {
        file.seek(SeekFrom::Start(at))?;
        file.take(LOOKED_AT_BYTES).read_to_end(&mut first)?;
    }
    let is_empty = first.iter().all(|&byte| byte == 0);
    Ok(if is_empty { 0 } else { end - at })
}

/// Text in UTF-8, or else in Latin 1.
pub(super) fn readable(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// The bytes that zlib deflated to `bytes`; `None` if they are damaged or more than `limit`.
pub(super) fn inflate(bytes: &[u8], limit: u64) -> Option<Vec<u8>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(bytes, limit).ok()
}
