//! Files that are nothing but frames, one behind the other: finding them, and what is between them.

use crate::error::Result;
use crate::sound::files::input::{Input, bytes_at};
use crate::sound::files::tags::{ape, id3v2};

/// Frames of another kind that must follow each other to be believed.
const NEW_KIND: usize = 6;
/// Frames of the same kind that must follow each other to be believed.
const SAME_KIND: usize = 2;
/// Bytes that are searched at a time.
const WINDOW: u64 = 1 << 16;

/// What is said of a file whose frames have tags between them.
pub(super) const TAGS_WITHIN: &str = "tags within the file";

/// The header of a frame.
pub(super) trait FrameHeader: Copy + Send {
    /// Bytes that are needed to read one.
    const BYTES: usize;

    fn parse(bytes: &[u8]) -> Option<Self>;

    /// Bytes of the frame, this header among them.
    fn frame_bytes(&self) -> u64;

    /// Whether both can be of one sound.
    fn is_like(&self, other: &Self) -> bool;
}

/// What is found next.
pub(super) enum Found<H> {
    Frame(H, Vec<u8>),
    /// Bytes that are no frames.
    Hole(u64),
    /// A tag, which is where one file ends and another begins.
    Tag,
    /// The file ends within a frame of which these bytes are there.
    Cut(u64),
}

/// A search through a file.
pub(super) struct FrameScan<H> {
    pub(super) input: Input,
    pub(super) at: u64,
    end: u64,
    kind: Option<H>,
    /// Whether a frame ended here.
    is_synced: bool,
}

impl<H: FrameHeader> FrameScan<H> {
    pub(super) fn new(input: Input, start: u64, end: u64) -> Self {
        Self {
            input,
            at: start,
            end,
            kind: None,
            is_synced: false,
        }
    }

    /// # Errors
    /// `Io`.
    pub(super) fn next(&mut self) -> Result<Option<Found<H>>> {
        if self.at >= self.end {
            return Ok(None);
        }
        if self.is_synced {
            let head = bytes_at(&mut self.input, self.at, H::BYTES as u64)?;
            let like = |header: &H| self.kind.is_none_or(|kind| kind.is_like(header));
            if let Some(header) = H::parse(&head).filter(like) {
                return self.frame(header).map(Some);
            }
            self.is_synced = false;
        }
        if let Some(bytes) = self.tag()? {
            self.at = self.at.saturating_add(bytes).min(self.end);
            return Ok(Some(Found::Tag));
        }
        self.search().map(Some)
    }

    fn frame(&mut self, header: H) -> Result<Found<H>> {
        let bytes = header.frame_bytes();
        let left = self.end - self.at;
        if bytes > left {
            self.at = self.end;
            return Ok(Found::Cut(left));
        }
        let data = bytes_at(&mut self.input, self.at, bytes)?;
        self.at += bytes;
        (self.is_synced, self.kind) = (true, Some(header));
        Ok(Found::Frame(header, data))
    }

    /// Bytes of the tag that begins here.
    fn tag(&mut self) -> Result<Option<u64>> {
        let head = bytes_at(&mut self.input, self.at, 32)?;
        Ok(match &head[..] {
            [b'I', b'D', b'3', ..] => id3v2::length(&head),
            [b'T', b'A', b'G', ..] => Some(128),
            [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', ..] => {
                ape::Ape::read(&head).map(|tag| 32 + if tag.is_header { tag.bytes } else { 0 })
            }
            _ => None,
        })
    }

    /// Finds the next frame, or a tag; all before it is a hole.
    fn search(&mut self) -> Result<Found<H>> {
        let start = self.at;
        loop {
            let window = bytes_at(&mut self.input, self.at, WINDOW.min(self.end - self.at))?;
            let last = window.len().saturating_sub(H::BYTES - 1);
            for offset in 0..last {
                let at = self.at + offset as u64;
                let here = &window[offset..];
                let is_tag = at > start && (here.starts_with(b"ID3") || here.starts_with(b"APETAGEX"));
                if is_tag || self.begins(at, here)? {
                    return self.found(start, at);
                }
            }
            if self.at + window.len() as u64 >= self.end || last == 0 {
                self.at = self.end;
                return Ok(Found::Hole(self.end - start));
            }
            self.at += last as u64;
        }
    }

    fn found(&mut self, start: u64, at: u64) -> Result<Found<H>> {
        self.at = at;
        if at > start {
            return Ok(Found::Hole(at - start));
        }
        let head = bytes_at(&mut self.input, at, H::BYTES as u64)?;
        match H::parse(&head) {
            Some(header) => self.frame(header),
            None => Ok(Found::Tag),
        }
    }

    /// Whether a frame begins at a place, and others follow it.
    fn begins(&mut self, at: u64, here: &[u8]) -> Result<bool> {
        let Some(header) = H::parse(here) else {
            return Ok(false);
        };
        let wanted = match &self.kind {
            Some(kind) if !kind.is_like(&header) => NEW_KIND,
            _ => SAME_KIND,
        };
        let mut next = at;
        let mut current = header;
        for _ in 0..wanted {
            next += current.frame_bytes();
            if next == self.end {
                return Ok(true);
            }
            let head = bytes_at(&mut self.input, next, H::BYTES as u64)?;
            match H::parse(&head) {
                Some(follows) if follows.is_like(&header) => current = follows,
                // A tag may end the sound.
                None if head.starts_with(b"TAG") || head.starts_with(b"ID3") || head.starts_with(b"APE") => {
                    return Ok(true);
                }
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}
