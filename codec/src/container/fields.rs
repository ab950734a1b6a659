//! Cursor over the fields of a header.

use super::leb::read_leb;
use crate::error::{CodecError, Result};

/// Reads fields one by one. Offsets in errors are those of the stream.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset in the stream of the first of the bytes.
    offset: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, at: 0, offset }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let field = rest
            .first_chunk()
            .copied()
            .ok_or_else(|| self.wrong("its fields are cut"))?;
        self.at += N;
        Ok(field)
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        self.array().map(|[byte]| byte)
    }

    /// A number in LEB128.
    pub(super) fn number(&mut self) -> Result<u32> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let (value, length) = read_leb(rest).map_err(|error| self.wrong(error.reason()))?;
        self.at += length;
        Ok(value)
    }

    /// A number of five bytes, which is written last and therefore has a fixed size.
    pub(super) fn fixed(&mut self) -> Result<u64> {
        let [a, b, c, d, e] = self.array()?;
        Ok(u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]))
    }

    /// The error of a field that breaks a rule.
    pub(super) fn wrong(&self, reason: &str) -> CodecError {
        CodecError::malformed(self.offset + self.at, format!("the header is wrong: {reason}"))
    }
}

/// The largest number that [`Fields::fixed`] reads.
pub(super) const MAX_FIXED: u64 = (1 << 40) - 1;

/// Appends a number of five bytes.
pub(super) fn write_fixed(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes()[..5]);
}
