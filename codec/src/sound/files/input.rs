//! What sound files are read from, and the numbers in their headers.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// What a sound file is read from: a file, or a cursor over bytes.
pub trait MediaSource: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> MediaSource for T {}

/// A file that is being read.
pub(super) type Input = BufReader<Box<dyn MediaSource>>;

/// Length in bytes.
pub(super) fn length_of(input: &mut Input) -> io::Result<u64> {
    let here = input.stream_position()?;
    let end = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(here))?;
    Ok(end)
}

/// Up to `most` bytes from `at` on: fewer at the end of the file, none where no file can have any.
pub(super) fn bytes_at(input: &mut Input, at: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if i64::try_from(at).is_err() {
        return Ok(bytes);
    }
    seek(input, at)?;
    input.by_ref().take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Goes to a place, without losing what is buffered around it.
pub(super) fn seek(input: &mut Input, at: u64) -> io::Result<()> {
    let here = input.stream_position()?;
    match i64::try_from(i128::from(at) - i128::from(here)) {
        Ok(step) => input.seek_relative(step),
        Err(_) => input.seek(SeekFrom::Start(at)).map(drop),
    }
}

/// Numbers and bytes off the front of a piece of a file; `None` where it is too short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*front)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn be16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn be32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn be64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn le16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn le32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn le64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}
