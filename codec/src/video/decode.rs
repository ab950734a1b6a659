//! Streams to videos: the decoder that programs use.

use std::collections::VecDeque;
use std::io::{Read, Seek};

use super::frames::{Found, Frames};
use crate::codecs::frames::VideoCodec;
use crate::container::{DamageReport, Header, Mode, Part, PartKind, StreamReader};
use crate::error::{CodecError, Result};
use crate::media::video::{FrameKind, VideoFormat, VideoFrame};

/// Lost frames that are filled in whatever else there is, and further ones for each frame that decodes: a few bytes that
/// promise hours give an error, not hours of one frame.
const LOST_FRAMES: u64 = 3600;
const LOST_SHARE: u64 = 64;

/// Which frames of a video are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Range {
    /// The first frame is the first at or after this time, in ticks of the video.
    pub start: u64,
    /// The last one is before this time.
    pub end: Option<u64>,
    /// The most frames.
    pub frames: Option<u64>,
}

impl Range {
    /// Frames from one time on.
    pub fn from_ticks(start: u64) -> Self {
        Self {
            start,
            ..Self::default()
        }
    }

    /// Up to, and without, another time.
    pub fn until(self, end: Option<u64>) -> Self {
        Self { end, ..self }
    }

    /// At most this many frames.
    pub fn at_most(self, frames: Option<u64>) -> Self {
        Self { frames, ..self }
    }
}

/// A frame as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The samples and the time.
    pub frame: VideoFrame,
    /// Its index in the stream.
    pub index: u64,
    /// What it was coded as; `None` for one that is lost, in whose place the last good one stands.
    pub kind: Option<FrameKind>,
}

/// Turns a stream into frames, one by one, as far as it was read. Where frames are lost, the last good one goes on until
/// the next key frame, unless the reader is strict: then the first fault is an error.
pub struct VideoDecoder<R> {
    frames: Frames<R>,
    range: Range,
    /// Parts that were read in search of the first frame.
    held: VecDeque<Part>,
    /// The part whose turn it is when those before it are filled in.
    waiting: Option<(Part, Option<u64>)>,
    started: bool,
    ended: bool,
    next: u64,
    last: Option<VideoFrame>,
    filled: u64,
    given: u64,
}

impl<R: Read> VideoDecoder<R> {
    /// A decoder of the frames of the stream that `reader` reads.
    ///
    /// # Errors
    /// `ModelMismatch` when the stream needs another model, `Malformed` when it does not fit this one, `Unsupported` for
    /// other media.
    pub fn new(codec: &dyn VideoCodec, reader: StreamReader<R>) -> Result<Self> {
        Ok(Self {
            frames: Frames::new(codec, reader)?,
            range: Range::default(),
            held: VecDeque::new(),
            waiting: None,
            started: false,
            ended: false,
            next: 0,
            last: None,
            filled: 0,
            given: 0,
        })
    }

    /// The same of some frames. It reads from the beginning, and decodes from the last key frame before them on.
    pub fn with_range(self, range: Range) -> Self {
        Self { range, ..self }
    }

    /// The format of all frames.
    pub fn format(&self) -> &VideoFormat {
        &self.frames.format
    }

    /// The header of the stream.
    pub fn header(&self) -> &Header {
        self.frames.reader.header()
    }

    /// Whether there is a sound beside the frames.
    pub fn has_sound(&self) -> bool {
        self.frames.reader.track().is_some()
    }

    /// The damage found and concealed so far.
    pub fn damage(&self) -> &DamageReport {
        self.frames.reader.damage()
    }

    /// Bytes of the stream that were read.
    pub fn bytes_read(&self) -> u64 {
        self.frames.reader.position()
    }

    /// The number of frames given out.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// Whether more frames are lost than decoded, as far as the stream was read.
    pub fn is_mostly_lost(&self) -> bool {
        self.damage().lost(PartKind::Symbols) > self.frames.good
    }

    /// The next frame; `None` behind the last.
    ///
    /// # Errors
    /// In strict mode `Malformed` for damage, and `FrameDesync`; else `Malformed` where nothing decodes, or so little that
    /// lost frames would be hours. `Unsupported`, `Limit`, `Io`; `Model` when the codec fails.
    pub fn next_frame(&mut self) -> Result<Option<Shown>> {
        if !std::mem::replace(&mut self.started, true) && self.range.start > 0 {
            self.find_start()?;
        }
        while self.range.frames.is_none_or(|most| self.given < most) {
            let Some(shown) = self.step()? else { return Ok(None) };
            let ticks = shown.frame.ticks;
            if self.range.end.is_some_and(|end| ticks >= end) {
                break;
            }
            if ticks >= self.range.start {
                self.given += 1;
                return Ok(Some(shown));
            }
        }
        Ok(None)
    }

    /// The time of a part, and whether it is a key frame. Those of what makes no sense are not known.
    fn time_of(&self, part: &Part) -> Option<(u64, FrameKind)> {
        let (head, _) = self.frames.split(part).ok()?;
        Some((head.ticks.unwrap_or(u64::from(part.index)), head.kind))
    }

    /// Holds the parts from the last key frame before the start up to it.
    fn find_start(&mut self) -> Result<()> {
        let mut bytes = 0;
        while let Some(part) = self.frames.reader.next_part()? {
            if part.kind != PartKind::Symbols {
                continue;
            }
            let time = self.time_of(&part);
            if time.is_some_and(|(ticks, kind)| kind == FrameKind::Key && ticks <= self.range.start) {
                self.held.clear();
                bytes = 0;
            }
            bytes += part.bytes.len() as u64;
            self.frames.reader.limits().check_memory(bytes)?;
            self.held.push_back(part);
            if time.is_some_and(|(ticks, _)| ticks >= self.range.start) {
                break;
            }
        }
        self.next = self.held.front().map_or(self.total(), |part| u64::from(part.index));
        Ok(())
    }

    /// The number of frames, when the stream was read to its end.
    fn total(&self) -> u64 {
        self.frames.reader.parts_passed()
    }

    /// The next frame of the stream, in the range or not.
    fn step(&mut self) -> Result<Option<Shown>> {
        if self.waiting.is_none() && !self.ended {
            self.waiting = self.next_part()?;
            self.ended = self.waiting.is_none();
        }
        let until = match &self.waiting {
            Some((part, _)) => u64::from(part.index),
            None => self.total(),
        };
        if self.next < until {
            return self.fill(until).map(Some);
        }
        let Some((part, _)) = self.waiting.take() else {
            return Ok(None);
        };
        self.next += 1;
        match self.frames.take(part)? {
            Found::Frame { index, head, mut frame } => {
                frame.ticks = self.checked_ticks(index, head.ticks)?;
                self.last = Some(frame.clone());
                let kind = Some(head.kind);
                Ok(Some(Shown { frame, index, kind }))
            }
            Found::Broken { index, head } => {
                let ticks = head
                    .ticks
                    .filter(|&ticks| self.last_ticks().is_none_or(|last| ticks > last));
                self.repeat(index, ticks.unwrap_or_else(|| self.ticks_behind(index)))
                    .map(Some)
            }
            Found::Sound(_) => self.step(),
        }
    }

    fn next_part(&mut self) -> Result<Option<(Part, Option<u64>)>> {
        loop {
            let part = match self.held.pop_front() {
                Some(part) => Some(part),
                None => self.frames.reader.next_part()?,
            };
            match part {
                Some(part) if part.kind != PartKind::Symbols => {}
                Some(part) => {
                    let ticks = self.time_of(&part).map(|(ticks, _)| ticks);
                    return Ok(Some((part, ticks)));
                }
                None => return Ok(None),
            }
        }
    }

    fn last_ticks(&self) -> Option<u64> {
        self.last.as_ref().map(|frame| frame.ticks)
    }

    /// Times must ascend: a strict reader refuses others, and a tolerant one puts them behind the last.
    fn checked_ticks(&self, index: u64, ticks: Option<u64>) -> Result<u64> {
        let ticks = ticks.unwrap_or(index);
        match self.last_ticks() {
            Some(last) if ticks <= last && self.frames.reader.mode() == Mode::Strict => {
                let reason = format!("frame {index} at {ticks} ticks follows one at {last}");
                Err(CodecError::malformed_at(self.bytes_read(), reason))
            }
            Some(last) => Ok(ticks.max(last + 1)),
            None => Ok(ticks),
        }
    }

    /// The time of a frame that tells none.
    fn ticks_behind(&self, index: u64) -> u64 {
        match (self.frames.format.timebase, self.last_ticks()) {
            (Some(_), Some(last)) => last + self.frames.format.frame_ticks(),
            (Some(_), None) => 0,
            (None, _) => index,
        }
    }

    /// A frame in place of the next one, which is not there; the next that is has the index `until`.
    fn fill(&mut self, until: u64) -> Result<Shown> {
        let (index, gap) = (self.next, until - self.next);
        self.next += 1;
        let behind = self.waiting.as_ref().and_then(|(_, ticks)| *ticks);
        let ticks = match (self.frames.format.timebase, self.last_ticks(), behind) {
            // Lost frames lie evenly between those that are there.
            (Some(_), Some(last), Some(behind)) if behind > last => last + ((behind - last) / (gap + 1)).max(1),
            _ => self.ticks_behind(index),
        };
        self.repeat(index, ticks)
    }

    /// The last good frame once more.
    fn repeat(&mut self, index: u64, ticks: u64) -> Result<Shown> {
        self.filled += 1;
        let most = LOST_FRAMES + LOST_SHARE * self.frames.good;
        let is_nothing = self.ended && self.waiting.is_none() && self.frames.good == 0;
        if self.filled > most || is_nothing {
            let reason = format!(
                "{} frames are lost, and {} decode: too little is left of the video",
                self.damage().lost(PartKind::Symbols),
                self.frames.good
            );
            return Err(CodecError::malformed_at(self.bytes_read(), reason));
        }
        let format = &self.frames.format;
        let mut frame = match self.last.take() {
            Some(frame) => frame,
            None => VideoFrame::flat(format, format.neutral(), ticks)?,
        };
        frame.ticks = ticks;
        self.last = Some(frame.clone());
        Ok(Shown {
            frame,
            index,
            kind: None,
        })
    }
}

impl<R: Read + Seek> VideoDecoder<R> {
    /// Goes to the last key frame before the start of the range, by the index of the stream, where it has one that is
    /// right; else frames are found by reading.
    ///
    /// # Errors
    /// `Io`.
    pub fn jump(&mut self) -> Result<()> {
        self.frames.reader.read_index()?;
        let key = self
            .frames
            .reader
            .index()
            .and_then(|index| index.before_ticks(self.range.start))
            .copied();
        let Some(key) = key.filter(|key| key.frame > 0) else {
            return Ok(());
        };
        let start = self.frames.reader.first_part_offset();
        let goes_there = self.frames.reader.seek(key.frame, key.offset).and_then(|()| {
            let part = self.frames.reader.next_part()?;
            let time = part.as_ref().and_then(|part| self.time_of(part));
            Ok(part.filter(|part| part.index == key.frame && time == Some((key.ticks, FrameKind::Key))))
        });
        match goes_there {
            Ok(Some(_)) => self.frames.reader.seek(key.frame, key.offset),
            // A wrong index is damage that costs nothing but time.
            Ok(None) | Err(CodecError::Malformed { .. }) => self.frames.reader.seek(0, start),
            Err(error) => Err(error),
        }
    }
}
