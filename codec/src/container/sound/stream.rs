//! Walks over the segments of a stream that is read bit by bit, holding one segment at a time.

use std::io::{ErrorKind, Read};

use super::MAX_SOUND_PAYLOAD;
use crate::container::limits::Limits;
use crate::container::scan::{HEADER_COST, SEARCH_BUDGET};
use crate::container::segment::{Fault, Head, SegmentId};
use crate::error::{Result, check_limit};

/// Bytes asked of the reader at a time.
const READ_BYTES: usize = 1 << 16;

/// What lies at a place of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A whole segment.
    Segment(Segment),
    /// No whole segment from `start` to `end`, where the next one or the end of the stream is.
    Damage { start: u64, end: u64, fault: Fault },
}

/// A whole segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) id: SegmentId,
    /// Offset of the id.
    pub(super) offset: u64,
    /// Bytes of all of it.
    pub(super) bytes: u64,
    pub(super) payload: Vec<u8>,
}

/// A cursor over segments. What is behind it is forgotten.
#[derive(Debug)]
pub(super) struct SegmentStream<R> {
    reader: R,
    limit: u64,
    /// Bytes of the stream from `base` on.
    buffer: Vec<u8>,
    base: u64,
    /// Where the next step starts in the buffer.
    at: usize,
    /// Whether the reader has no more.
    exhausted: bool,
    budget: usize,
}

impl<R: Read> SegmentStream<R> {
    pub(super) fn new(reader: R, limits: &Limits) -> Self {
        Self {
            reader,
            limit: limits.max_file_bytes,
            buffer: Vec::new(),
            base: 0,
            at: 0,
            exhausted: false,
            budget: SEARCH_BUDGET,
        }
    }

    /// Offset of the next step.
    pub(super) fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// The next bytes, up to `wanted` of them where there are so many. They stay where they are.
    pub(super) fn peek(&mut self, wanted: usize) -> Result<&[u8]> {
        self.fill(wanted)?;
        let end = self.buffer.len().min(self.at + wanted);
        Ok(self.buffer.get(self.at..end).unwrap_or_default())
    }

    /// Steps over bytes that were peeked.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.buffer.len());
    }

    /// Reads all that is left and forgets it; returns how many bytes that is.
    pub(super) fn drain(&mut self) -> Result<u64> {
        let start = self.position();
        while !self.peek(READ_BYTES)?.is_empty() {
            self.skip(READ_BYTES);
        }
        Ok(self.position() - start)
    }

    /// The next segment, or what is in place of it; `None` at the end of the stream.
    pub(super) fn step(&mut self) -> Result<Option<Step>> {
        if self.peek(1)?.is_empty() {
            return Ok(None);
        }
        match self.segment_at(0)? {
            Ok((id, head, bytes)) => Ok(Some(Step::Segment(self.take(id, head, bytes)))),
            Err(fault) => self.damage(fault).map(Some),
        }
    }

    fn take(&mut self, id: SegmentId, head: usize, bytes: usize) -> Segment {
        let offset = self.position();
        let payload = self.buffer.get(self.at + head..self.at + bytes).unwrap_or_default();
        let payload = payload.to_vec();
        self.skip(bytes);
        Segment {
            id,
            offset,
            bytes: bytes as u64,
            payload,
        }
    }

    /// Looks for a whole segment `ahead` bytes from here: its kind, the bytes before its payload, and all of its bytes.
    fn segment_at(&mut self, ahead: usize) -> Result<Result<(SegmentId, usize, usize), Fault>> {
        let head = match self.head_at(ahead)? {
            Ok(head) => head,
            Err(fault) => return Ok(Err(fault)),
        };
        let bytes = head.bytes() + head.payload;
        let all = self.peek(ahead + bytes)?.get(ahead..).unwrap_or_default();
        Ok(match all.len() {
            length if length < bytes => Err(Fault::Cut),
            _ if head.agrees(all) => Ok((head.id, head.bytes(), bytes)),
            _ => Err(Fault::Crc { end: ahead + bytes }),
        })
    }

    fn head_at(&mut self, ahead: usize) -> Result<Result<Head, Fault>> {
        let bytes = self.peek(ahead + Head::MAX_BYTES)?;
        Ok(match Head::parse(bytes.get(ahead..).unwrap_or_default()) {
            Ok(head) if head.payload > MAX_SOUND_PAYLOAD => Err(Fault::Header),
            other => other,
        })
    }

    /// Steps over damage, to the next whole segment or the end of the stream.
    fn damage(&mut self, fault: Fault) -> Result<Step> {
        let start = self.position();
        if let Fault::Crc { end } = fault {
            self.budget = self.budget.saturating_sub(end);
            // The payload alone is damaged if a header, or nothing at all, follows it.
            if self.peek(end + 1)?.len() == end || self.head_at(end)?.is_ok() {
                self.skip(end);
                let end = self.position();
                return Ok(Step::Damage { start, end, fault });
            }
        }
        self.skip(1);
        while self.budget > 0 && !self.peek(1)?.is_empty() && !self.whole_here()? {
            self.skip(1);
        }
        if self.budget == 0 {
            self.drain()?;
        }
        let end = self.position();
        Ok(Step::Damage { start, end, fault })
    }

    /// Whether a whole segment of a known kind starts here.
    fn whole_here(&mut self) -> Result<bool> {
        use SegmentId::{End, Packet};
        let known = |&id: &u8| matches!(SegmentId::from_byte(id), End | Packet);
        // Ancillary ids would make every second byte a candidate.
        if !self.peek(1)?.first().is_some_and(known) {
            return Ok(false);
        }
        self.budget = self.budget.saturating_sub(HEADER_COST);
        match self.segment_at(0)? {
            Ok(_) => Ok(true),
            Err(Fault::Crc { end }) => {
                self.budget = self.budget.saturating_sub(end);
                Ok(false)
            }
            Err(_) => Ok(false),
        }
    }

    /// Makes the buffer hold `wanted` bytes from the cursor on, if there are so many.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        if self.buffer.len() >= self.at + wanted || self.exhausted {
            return Ok(());
        }
        self.base += self.at as u64;
        self.buffer.drain(..self.at);
        self.at = 0;
        while self.buffer.len() < wanted && !self.exhausted {
            let start = self.buffer.len();
            self.buffer.resize(start + READ_BYTES, 0);
            let read = loop {
                match self.reader.read(&mut self.buffer[start..]) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.buffer.truncate(start + *read.as_ref().unwrap_or(&0));
            self.exhausted = read? == 0;
            let all = self.base + self.buffer.len() as u64;
            check_limit("the number of bytes", all, self.limit)?;
        }
        Ok(())
    }
}
