//! Reads the packets of a stream of sound, strictly or past damage.

use std::io::Read;

use super::PacketGrid;
use super::header::{MAX_HEADER_BYTES, SoundHeader};
use super::stream::{Segment, SegmentStream, Step};
use crate::container::limits::Limits;
use crate::container::reader::{Mode, tile_index};
use crate::container::segment::SegmentId;
use crate::damage::{Cause, Damage};
use crate::error::{CodecError, Result, check_limit};
use crate::sound::Tags;

/// The most entries of a report of damage; each is of at least seven bytes of the stream.
const MAX_DAMAGE: usize = 4096;

/// One packet as the stream has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacketPart {
    /// Its index.
    pub index: u32,
    /// Offset of its segment in the stream, in bytes.
    pub offset: u64,
    /// Checksum of its symbols.
    pub checksum: u32,
    /// The coded symbols.
    pub bytes: Vec<u8>,
}

/// A stream of sound that is read packet by packet, in memory of about a megabyte.
#[derive(Debug)]
pub struct SoundReader<R> {
    segments: SegmentStream<R>,
    header: SoundHeader,
    header_bytes: usize,
    grid: PacketGrid,
    tags: Tags,
    mode: Mode,
    limits: Limits,
    ancillary: u32,
    /// The next packet to give out.
    next: u64,
    /// A packet that was read already.
    waiting: Option<PacketPart>,
    /// Whether the end of the stream was reached, marked or not.
    ended: bool,
    damage: Vec<Damage>,
}

impl<R: Read> SoundReader<R> {
    /// Reads up to the first packet.
    ///
    /// # Errors
    /// A damaged header is always an error, as are an unknown version, codec or mandatory segment (`Unsupported`) and
    /// a size over `limits` (`Limit`). Other damage is `Malformed` in [`Mode::Strict`] and collected in
    /// [`damage`](Self::damage) in [`Mode::Tolerant`]. `Io`.
    pub fn new(reader: R, limits: &Limits, mode: Mode) -> Result<Self> {
        let mut segments = SegmentStream::new(reader, limits);
        let (header, header_bytes) = SoundHeader::parse(segments.peek(MAX_HEADER_BYTES)?, limits)?;
        segments.skip(header_bytes);
        let mut reader = Self {
            segments,
            grid: PacketGrid::new(&header)?,
            header,
            header_bytes,
            tags: Tags::default(),
            mode,
            limits: limits.clone(),
            ancillary: 0,
            next: 0,
            waiting: None,
            ended: false,
            damage: Vec::new(),
        };
        reader.advance()?;
        Ok(reader)
    }

    /// The header.
    pub fn header(&self) -> &SoundHeader {
        &self.header
    }

    /// Bytes that the header takes.
    pub fn header_bytes(&self) -> usize {
        self.header_bytes
    }

    /// How the sound is cut into packets.
    pub(crate) fn grid(&self) -> PacketGrid {
        self.grid
    }

    /// What the reader does about damage.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Title, artist and the like.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// What was found wrong so far; always empty in [`Mode::Strict`].
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Offset in the stream up to which it was read, in bytes.
    pub fn position(&self) -> u64 {
        self.segments.position()
    }

    /// The next packet, each index once and in order: with nothing in place of a lost one. `None` behind the last, when
    /// the end of the stream was checked too.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn next_packet(&mut self) -> Result<Option<(u32, Option<PacketPart>)>> {
        if self.next >= u64::from(self.grid.count()) {
            self.finish()?;
            return Ok(None);
        }
        let index = self.next as u32;
        self.advance()?;
        self.next += 1;
        // The next one is fetched only when it is asked for, so that what is whole comes out of a pipe at once.
        Ok(Some((index, self.waiting.take_if(|part| part.index == index))))
    }

    /// Reads until a packet waits or the stream ends, and reports what is missing before it.
    fn advance(&mut self) -> Result<()> {
        while self.waiting.is_none() && !self.ended {
            match self.segments.step()? {
                None => self.cut()?,
                Some(Step::Segment(segment)) => self.segment(segment)?,
                Some(Step::Damage { start, end, fault }) => {
                    if self.mode == Mode::Strict {
                        return Err(CodecError::malformed_at(start, fault.reason()));
                    }
                    let (offset, bytes) = (start, end - start);
                    self.report(Damage::Unreadable { offset, bytes });
                }
            }
        }
        Ok(())
    }

    fn segment(&mut self, segment: Segment) -> Result<()> {
        let outcome = match segment.id {
            SegmentId::End => self.end(),
            SegmentId::Packet => self.packet(&segment),
            SegmentId::Tags => self.take_tags(&segment)?,
            id if id.is_ancillary() => self.count_ancillary().map(Ok)?,
            SegmentId::Other(id) => {
                let what = format!(
                    "segment {id} at byte {}: a newer version wrote this stream",
                    segment.offset
                );
                return Err(CodecError::Unsupported(what));
            }
            _ => Err("it belongs into a picture".to_owned()),
        };
        let Err(reason) = outcome else { return Ok(()) };
        let reason = format!("{} segment: {reason}", segment.id.name());
        if self.mode == Mode::Strict {
            return Err(CodecError::malformed_at(segment.offset, reason));
        }
        let offset = segment.offset;
        self.report(Damage::Ignored { offset, reason });
        Ok(())
    }

    fn count_ancillary(&mut self) -> Result<()> {
        self.ancillary = self.ancillary.saturating_add(1);
        let limit = u64::from(self.limits.max_ancillary_segments);
        check_limit("the number of ancillary segments", u64::from(self.ancillary), limit)
    }

    fn take_tags(&mut self, segment: &Segment) -> Result<Result<(), String>> {
        self.count_ancillary()?;
        let bytes = segment.payload.len() as u64;
        check_limit("the bytes of metadata", bytes, self.limits.max_metadata_bytes)?;
        if self.next > 0 || !self.tags.is_empty() {
            return Ok(Err("there may be one, before the packets".to_owned()));
        }
        Ok(Tags::from_bytes(&segment.payload).map(|tags| self.tags = tags))
    }

    fn packet(&mut self, segment: &Segment) -> Result<(), String> {
        let (index, rest) = tile_index(&segment.payload)?;
        let (checksum, bytes) = rest.split_first_chunk::<4>().ok_or("its payload is too short")?;
        if index >= self.grid.count() {
            return Err("the sound has no such packet".to_owned());
        }
        if u64::from(index) < self.next {
            return Err("the packet, or a later one, came before".to_owned());
        }
        if u64::from(index) > self.next {
            if self.mode == Mode::Strict {
                return Err(format!("packet {} is missing before packet {index}", self.next));
            }
            self.missing(index);
        }
        self.waiting = Some(PacketPart {
            index,
            offset: segment.offset,
            checksum: u32::from_le_bytes(*checksum),
            bytes: bytes.to_vec(),
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        self.ended = true;
        if self.next < u64::from(self.grid.count()) {
            if self.mode == Mode::Strict {
                return Err(format!("packet {} is missing", self.next));
            }
            self.missing(self.grid.count());
        }
        Ok(())
    }

    /// The stream is over without saying so.
    fn cut(&mut self) -> Result<()> {
        self.ended = true;
        let offset = self.segments.position();
        if self.mode == Mode::Strict {
            return Err(CodecError::malformed_at(
                offset,
                "the stream is cut: its end is missing",
            ));
        }
        self.report(Damage::Truncated { offset });
        if self.next < u64::from(self.grid.count()) {
            self.missing(self.grid.count());
        }
        Ok(())
    }

    /// Reports that the packets from the next to `end` are not there.
    fn missing(&mut self, end: u32) {
        let first = self.next as u32;
        let count = end - first;
        let (from_ms, to_ms) = self.grid.span_ms(first, count);
        let cause = Cause::Missing;
        self.report(Damage::Packets {
            first,
            count,
            from_ms,
            to_ms,
            cause,
        });
    }

    fn report(&mut self, damage: Damage) {
        if self.damage.len() < MAX_DAMAGE {
            self.damage.push(damage);
        }
    }

    /// Checks that the stream ends where it should.
    fn finish(&mut self) -> Result<()> {
        while !self.ended {
            self.waiting = None;
            self.advance()?;
            if let Some(part) = self.waiting.take() {
                // `packet` lets none through behind the last.
                return Err(CodecError::malformed_at(part.offset, "a packet behind the last"));
            }
        }
        let offset = self.segments.position();
        let bytes = self.segments.drain()?;
        match (bytes, self.mode) {
            (0, _) => {}
            (_, Mode::Strict) => {
                let reason = format!("{bytes} bytes follow the end of the stream");
                return Err(CodecError::malformed_at(offset, reason));
            }
            (_, Mode::Tolerant) => self.report(Damage::Trailing { offset, bytes }),
        }
        Ok(())
    }
}
