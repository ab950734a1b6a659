//! What can be read only once, kept so that it can be read again: in memory while it is small, else in a temporary file.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::sync::Arc;

use anyhow::{Context, Result};
use lmc_codec::files::{Content, HEAD_BYTES};
use lmc_codec::{CodecError, Limits};

/// The most bytes that are kept in memory.
const MEMORY_BYTES: u64 = 32 << 20;

/// All that a pipe gave.
pub(crate) enum Passing {
    Memory(Arc<[u8]>),
    /// A temporary file, and its length.
    Disk(File, u64),
}

/// A reader of it from its beginning.
pub(crate) enum Again {
    Bytes(Cursor<Arc<[u8]>>),
    File(File),
}

/// What readers of pictures ask for.
pub(crate) trait Readable: BufRead + Seek {}

impl<T: BufRead + Seek> Readable for T {}

impl Passing {
    /// Reads all of a pipe.
    ///
    /// # Errors
    /// When it cannot be read or kept, or gives more than the limits allow.
    pub(crate) fn of(reader: impl Read, limits: &Limits) -> Result<Self> {
        let limit = limits.max_file_bytes;
        let mut reader = reader.take(limit.saturating_add(1));
        let mut bytes = Vec::new();
        let first = reader.by_ref().take(MEMORY_BYTES).read_to_end(&mut bytes);
        if (first.context("cannot read it")? as u64) < MEMORY_BYTES {
            return Ok(Self::Memory(bytes.into()));
        }
        let mut file = tempfile::tempfile().context("cannot make a temporary file")?;
        let mut all = Cursor::new(bytes).chain(reader);
        let value = std::io::copy(&mut all, &mut file).context("cannot keep it in a temporary file")?;
        if value > limit {
            let what = "the number of bytes";
            return Err(CodecError::Limit { what, value, limit }.into());
        }
        Ok(Self::Disk(file, value))
    }

    /// Its length in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Disk(_, bytes) => *bytes,
        }
    }

    /// What it holds.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub(crate) fn content(&mut self) -> Result<Content> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        self.reader()?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        Ok(Content::of(&head))
    }

    /// A reader from its beginning.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub(crate) fn reader(&self) -> std::io::Result<Box<dyn Readable>> {
        Ok(match self.again()? {
            Again::Bytes(bytes) => Box::new(bytes),
            Again::File(file) => Box::new(BufReader::new(file)),
        })
    }

    /// The same as what it is kept in. Only one such reader may be in use at a time.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub(crate) fn again(&self) -> std::io::Result<Again> {
        match self {
            Self::Memory(bytes) => Ok(Again::Bytes(Cursor::new(Arc::clone(bytes)))),
            Self::Disk(file, _) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(Again::File(file))
            }
        }
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn small_and_large_inputs_are_read_again() {
        for length in [0, 5, MEMORY_BYTES, MEMORY_BYTES + 3] {
            let mut passing = Passing::of(std::io::repeat(7).take(length), &Limits::default()).unwrap();
            assert_eq!(passing.bytes(), length);
            assert_eq!(passing.content().unwrap() == Content::Empty, length == 0);
            for _ in 0..2 {
                let mut all = Vec::new();
                passing.reader().unwrap().read_to_end(&mut all).unwrap();
                assert!(all.len() as u64 == length && all.iter().all(|&byte| byte == 7));
            }
        }
    }

    #[test]
    fn what_never_ends_is_refused() {
        let limits = Limits {
            max_file_bytes: MEMORY_BYTES + 10,
            ..Limits::default()
        };
        assert!(Passing::of(std::io::repeat(0), &limits).is_err());
    }
}
