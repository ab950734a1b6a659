//! Directories of TIFF files: tags and their values.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use crate::error::{CodecError, Result, check_limit};
use crate::files::Format;

/// The most entries of a directory.
const MAX_ENTRIES: u64 = 4096;
/// The most values of a tag that are read as numbers.
const MAX_VALUES: u64 = 1 << 24;

/// Where the values of a tag lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) kind: u16,
    pub(super) count: u64,
    offset: u64,
}

impl Entry {
    /// Bytes of all values.
    pub(super) fn bytes(&self) -> u64 {
        self.count.saturating_mul(kind_bytes(self.kind))
    }
}

/// Bytes of a value of a kind.
pub(super) fn kind_bytes(kind: u16) -> u64 {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 0,
    }
}

/// One directory.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    pub(super) entries: BTreeMap<u16, Entry>,
    pub(super) next: u64,
}

/// A TIFF file and how it writes its numbers.
pub(super) struct File<R> {
    pub(super) file: R,
    pub(super) little: bool,
    pub(super) big: bool,
    pub(super) length: u64,
}

pub(super) fn error(reason: impl Into<String>) -> CodecError {
    Format::Tiff.error(reason)
}

impl<R: Read + Seek> File<R> {
    /// Reads the header; returns the offset of the first directory too.
    pub(super) fn open(mut file: R) -> Result<(Self, u64)> {
        let length = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let mut tiff = Self {
            file,
            little: true,
            big: false,
            length,
        };
        let head = tiff.bytes_at(0, 8)?;
        tiff.little = head.first() == Some(&b'I');
        tiff.big = tiff.number(head.get(2..4)) == 43;
        let first = if tiff.big {
            let offset = tiff.bytes_at(8, 8)?;
            tiff.number(Some(&offset))
        } else {
            tiff.number(head.get(4..8))
        };
        Ok((tiff, first))
    }

    /// The number in some bytes, at most 8; 0 where there are none.
    pub(super) fn number(&self, bytes: Option<&[u8]>) -> u64 {
        let bytes = bytes.unwrap_or_default();
        let add = |sum: u64, &byte: &u8| sum << 8 | u64::from(byte);
        match self.little {
            true => bytes.iter().rev().fold(0, add),
            false => bytes.iter().fold(0, add),
        }
    }

    /// Bytes of the file.
    pub(super) fn bytes_at(&mut self, offset: u64, count: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_into(offset, count, &mut bytes)?;
        match bytes.len() as u64 == count {
            true => Ok(bytes),
            false => Err(error("the file ends early")),
        }
    }

    /// Replaces `bytes` by up to `count` bytes of the file; fewer where it ends.
    pub(super) fn read_into(&mut self, offset: u64, count: u64, bytes: &mut Vec<u8>) -> Result<()> {
        bytes.clear();
        if offset < self.length {
            self.file.seek(SeekFrom::Start(offset))?;
            self.file
                .by_ref()
                .take(count.min(self.length - offset))
                .read_to_end(bytes)?;
        }
        Ok(())
    }

    /// The directory at `offset`.
    pub(super) fn directory(&mut self, offset: u64) -> Result<Directory> {
        let (count_bytes, entry_bytes, field) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.bytes_at(offset, count_bytes)?;
        let count = self.number(Some(&count));
        check_limit("the number of entries of a TIFF directory", count, MAX_ENTRIES)?;
        let at = offset + count_bytes;
        let bytes = self.bytes_at(at, count * entry_bytes)?;
        let mut directory = Directory::default();
        for (index, entry) in (0u64..).zip(bytes.chunks_exact(entry_bytes as usize)) {
            let tag = self.number(entry.get(..2)) as u16;
            let (kind, count) = (
                self.number(entry.get(2..4)) as u16,
                self.number(entry.get(4..4 + field)),
            );
            let value = entry.get(4 + field..).unwrap_or_default();
            let fits = count.saturating_mul(kind_bytes(kind)) <= field as u64;
            let inline = at + index * entry_bytes + 4 + field as u64;
            let offset = if fits { inline } else { self.number(Some(value)) };
            directory.entries.entry(tag).or_insert(Entry { kind, count, offset });
        }
        let mut next = Vec::new();
        self.read_into(at + count * entry_bytes, field as u64, &mut next)?;
        directory.next = if next.len() == field {
            self.number(Some(&next))
        } else {
            0
        };
        Ok(directory)
    }

    /// The bytes of a tag; `None` where it is not there.
    pub(super) fn raw(&mut self, directory: &Directory, tag: u16, limit: u64) -> Result<Option<Vec<u8>>> {
        let Some(entry) = directory.entries.get(&tag).copied() else {
            return Ok(None);
        };
        check_limit("the bytes of metadata", entry.bytes(), limit)?;
        self.bytes_at(entry.offset, entry.bytes()).map(Some)
    }

    /// The values of a tag as whole numbers; empty where it is not there.
    pub(super) fn numbers(&mut self, directory: &Directory, tag: u16) -> Result<Vec<u64>> {
        let Some(entry) = directory.entries.get(&tag).copied() else {
            return Ok(Vec::new());
        };
        check_limit("the number of values of a TIFF tag", entry.count, MAX_VALUES)?;
        let bytes = self.bytes_at(entry.offset, entry.bytes())?;
        let each = (kind_bytes(entry.kind) as usize).max(1);
        Ok(bytes.chunks_exact(each).map(|value| self.number(Some(value))).collect())
    }

    /// The first value of a tag, or `default`.
    pub(super) fn value(&mut self, directory: &Directory, tag: u16, default: u64) -> Result<u64> {
        Ok(self.numbers(directory, tag)?.first().copied().unwrap_or(default))
    }
}
