//! Walks over the segments of a stream, holding one at a time, and finds the next whole one behind damage.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use super::head::{Fault, Head};
use super::table::SegmentId;
use crate::error::{Result, check_limit};
use crate::limits::Limits;

/// Bytes asked of the reader at a time.
const READ_BYTES: usize = 1 << 16;
/// Bytes of checksums that the search for whole segments may compute, over the whole stream: a hostile stream of false
/// heads costs a fraction of a second and no more. Honest damage needs a thousandth.
const SEARCH_BUDGET: usize = 512 << 20;
/// What looking at one false head costs of the budget.
const HEAD_COST: usize = 8;

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
    /// Offset of the id in the stream.
    pub(super) offset: u64,
    /// Bytes of the whole segment.
    pub(super) bytes: u64,
    pub(super) payload: Vec<u8>,
}

/// A cursor over segments. It drops bytes that it has passed, so it holds about one segment. The buffer
/// grows with the bytes that come, never by the length that a segment claims.
#[derive(Debug)]
pub(super) struct SegmentReader<R> {
    reader: R,
    max_bytes: u64,
    max_payload: usize,
    /// Bytes of the stream from `base` on.
    buffer: Vec<u8>,
    base: u64,
    /// Where the next step starts in the buffer.
    at: usize,
    /// Whether the reader has no more.
    exhausted: bool,
    /// Whether damage is to be stepped over; else it is the last step.
    resynchronises: bool,
    budget: usize,
}

impl<R: Read> SegmentReader<R> {
    pub(super) fn new(reader: R, limits: &Limits, resynchronises: bool) -> Self {
        Self {
            reader,
            max_bytes: limits.max_file_bytes,
            max_payload: usize::try_from(limits.max_segment_bytes).unwrap_or(usize::MAX),
            buffer: Vec::new(),
            base: 0,
            at: 0,
            exhausted: false,
            resynchronises,
            budget: SEARCH_BUDGET,
        }
    }

    /// Takes longer streams from here on.
    pub(super) fn set_max_bytes(&mut self, bytes: u64) {
        self.max_bytes = bytes;
    }

    /// Offset of the next step.
    pub(super) fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// The next bytes: `wanted` of them, or fewer at the end of the stream. They stay where they are.
    pub(super) fn peek(&mut self, wanted: usize) -> Result<&[u8]> {
        self.fill(wanted)?;
        let end = self.buffer.len().min(self.at + wanted);
        Ok(self.buffer.get(self.at..end).unwrap_or_default())
    }

    /// Steps over bytes that were peeked.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.buffer.len());
    }

    /// Reads the rest of the stream and forgets it; returns the number of its bytes.
    pub(super) fn drain(&mut self) -> Result<u64> {
        let start = self.position();
        while !self.peek(READ_BYTES)?.is_empty() {
            self.skip(READ_BYTES);
        }
        Ok(self.position() - start)
    }

    /// The next segment, or the damage in place of it; `None` at the end of the stream.
    ///
    /// # Errors
    /// `Io`, and `Limit` for a stream or a segment that is too long.
    pub(super) fn step(&mut self) -> Result<Option<Step>> {
        if self.peek(1)?.is_empty() {
            return Ok(None);
        }
        match self.segment_here()? {
            Ok(head) => Ok(Some(Step::Segment(self.take(&head)))),
            Err(fault) => self.damage(fault).map(Some),
        }
    }

    fn take(&mut self, head: &Head) -> Segment {
        let (offset, bytes) = (self.position(), head.segment_bytes());
        let payload = self.buffer.get(self.at + head.bytes()..self.at + bytes);
        let payload = payload.unwrap_or_default().to_vec();
        self.skip(bytes);
        Segment {
            id: head.id,
            offset,
            bytes: bytes as u64,
            payload,
        }
    }

    /// The head of the whole segment that starts here.
    fn segment_here(&mut self) -> Result<Result<Head, Fault>> {
        let head = match self.head_at(0)? {
            Ok(head) => head,
            Err(fault) => return Ok(Err(fault)),
        };
        let bytes = head.segment_bytes();
        let segment = self.peek(bytes)?;
        Ok(match segment.len() {
            length if length < bytes => Err(Fault::Cut),
            _ if head.agrees(segment) => Ok(head),
            _ => Err(Fault::Crc { bytes }),
        })
    }

    /// The head that lies `ahead` bytes from here.
    fn head_at(&mut self, ahead: usize) -> Result<Result<Head, Fault>> {
        let max_payload = self.max_payload;
        let bytes = self.peek(ahead + Head::MAX_BYTES)?;
        Ok(match Head::parse(bytes.get(ahead..).unwrap_or_default()) {
            Ok(Head { payload, .. }) if payload > max_payload => Err(Fault::TooLong { payload }),
            found => found,
        })
    }

    /// Steps over damage, to the next whole segment or the end of the stream.
    fn damage(&mut self, fault: Fault) -> Result<Step> {
        let start = self.position();
        if !self.resynchronises {
            return Ok(Step::Damage {
                start,
                end: start,
                fault,
            });
        }
        if let Fault::Crc { bytes } = fault {
            self.budget = self.budget.saturating_sub(bytes);
            if self.boundary_at(bytes)? {
                self.skip(bytes);
                return Ok(Step::Damage {
                    start,
                    end: self.position(),
                    fault,
                });
            }
        }
        self.skip(1);
        while self.budget > 0 && !self.peek(1)?.is_empty() && !self.whole_here()? {
            self.skip(1);
        }
        if self.budget == 0 {
            self.drain()?;
        }
        Ok(Step::Damage {
            start,
            end: self.position(),
            fault,
        })
    }

    /// Whether a head, or the end of the stream, lies `ahead` bytes from here: then the payload before it is damaged
    /// and nothing else.
    fn boundary_at(&mut self, ahead: usize) -> Result<bool> {
        Ok(self.peek(ahead + 1)?.len() == ahead || self.head_at(ahead)?.is_ok())
    }

    /// Whether a whole segment of a kind that resynchronises starts here.
    fn whole_here(&mut self) -> Result<bool> {
        // Unknown ids would make every byte a candidate.
        if !self.peek(1)?.first().is_some_and(|&id| SegmentId(id).resynchronises()) {
            return Ok(false);
        }
        self.budget = self.budget.saturating_sub(HEAD_COST);
        let found = self.segment_here()?;
        if let Err(Fault::Crc { bytes }) = found {
            self.budget = self.budget.saturating_sub(bytes);
        }
        Ok(found.is_ok())
    }

    /// Makes the buffer hold `wanted` bytes from the cursor on, if the stream has them.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        if self.buffer.len() >= self.at.saturating_add(wanted) || self.exhausted {
            return Ok(());
        }
        self.base += self.at as u64;
        self.buffer.drain(..self.at);
        self.at = 0;
        while self.buffer.len() < wanted && !self.exhausted {
            self.read_more()?;
            let all = self.base + self.buffer.len() as u64;
            check_limit("the number of bytes", all, self.max_bytes)?;
        }
        Ok(())
    }

    /// Asks the reader once.
    fn read_more(&mut self) -> Result<()> {
        let start = self.buffer.len();
        self.buffer.resize(start + READ_BYTES, 0);
        let read = loop {
            match self.reader.read(&mut self.buffer[start..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(start + read.as_ref().map_or(0, |&bytes| bytes));
        self.exhausted = read? == 0;
        Ok(())
    }
}

impl<R: Read + Seek> SegmentReader<R> {
    /// Goes to an offset of the stream.
    pub(super) fn seek(&mut self, offset: u64) -> Result<()> {
        let read = self.base + self.buffer.len() as u64;
        let start = self.reader.stream_position()?.saturating_sub(read);
        self.reader.seek(SeekFrom::Start(start.saturating_add(offset)))?;
        self.buffer.clear();
        (self.base, self.at, self.exhausted) = (offset, 0, false);
        Ok(())
    }

    /// What stands before the last `end` bytes of the stream and is as long as `length` finds in them. Stays where it is.
    pub(super) fn at_end(&mut self, end: usize, length: impl Fn(&[u8]) -> u64) -> Result<Option<Step>> {
        let here = self.position();
        let read = self.base + self.buffer.len() as u64;
        let start = self.reader.stream_position()?.saturating_sub(read);
        let total = self.reader.seek(SeekFrom::End(0))?.saturating_sub(start);
        self.reader.seek(SeekFrom::Start(start))?;
        (self.base, self.at) = (0, 0);
        self.buffer.clear();
        let mut found = None;
        if let Some(at) = total.checked_sub(end as u64).filter(|_| total <= self.max_bytes) {
            self.seek(at)?;
            let bytes = length(self.peek(end)?);
            if let Some(at) = (at + 4).checked_sub(bytes).filter(|_| bytes > 0) {
                self.seek(at)?;
                found = match self.segment_here()? {
                    Ok(head) => Some(Step::Segment(self.take(&head))),
                    Err(_) => None,
                };
            }
        }
        self.seek(here)?;
        Ok(found)
    }
}
