//! What headers of sounds begin with.

use super::leb::read_leb;
use crate::error::{CodecError, Result};

/// The first four bytes of every stream. The first is no ASCII and no UTF-8 start, so no text
/// begins so.
pub const MAGIC: [u8; 4] = [0x8d, b'L', b'M', b'C'];
/// The version of the container that this crate writes, and the only one it reads.
pub const VERSION: u8 = 1;
/// Sound of any kind, as [`SoundHeader`](super::SoundHeader) describes it.
pub(crate) const CODEC_AUDIO: u8 = 2;
/// Speech, with the same header.
pub(crate) const CODEC_SPEECH: u8 = 3;

/// Bytes before the first number of variable length: magic, version, codec, model hash.
pub(super) const FIXED_BYTES: usize = 22;

/// Checks the fields whose meaning is fixed for all versions; returns the codec.
pub(super) fn codec_byte(bytes: &[u8]) -> Result<u8> {
    if bytes.len() < 4 || bytes[..4] != MAGIC {
        return Err(CodecError::malformed(0, "this is no lmc stream (other first bytes)"));
    }
    match bytes.get(4..6) {
        None => Err(cut()),
        Some(&[VERSION, codec, ..]) => Ok(codec),
        Some(version) => {
            let what = format!("format version {}: this version reads version 1", version[0]);
            Err(CodecError::Unsupported(what))
        }
    }
}

pub(super) fn cut() -> CodecError {
    CodecError::malformed(0, "the stream ends inside its header")
}

/// A cursor over the header's fields.
pub(super) struct Fields<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Fields<'_> {
    pub(super) fn byte(&mut self) -> Result<u8> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(cut)?;
        self.at += 1;
        Ok(byte)
    }

    pub(super) fn number(&mut self) -> Result<u32> {
        let rest = self.bytes.get(self.at..).ok_or_else(cut)?;
        let (value, length) = read_leb(rest).map_err(|error| CodecError::malformed(self.at, error.reason()))?;
        self.at += length;
        Ok(value)
    }

    /// Compares the CRC-32 that ends the header; returns the header's length with it.
    pub(super) fn checked(mut self) -> Result<usize> {
        let end = self.at;
        let stored = [self.byte()?, self.byte()?, self.byte()?, self.byte()?];
        let found = crc32fast::hash(self.bytes.get(..end).ok_or_else(cut)?);
        if u32::from_le_bytes(stored) != found {
            return Err(CodecError::malformed(end, "the header is damaged (its CRC-32 differs)"));
        }
        Ok(self.at)
    }
}
