//! MPEG audio files: MP3 and the older layers.
//!
//! The file is gone through twice: first to count frames, for what files state of themselves is often wrong, then to
//! decode them.

use std::collections::VecDeque;

use super::decoders::{Library, Shape};
use super::frame_scan::{Found, FrameHeader, FrameScan, TAGS_WITHIN};
use super::mpeg_header::MpegHeader;
use super::mpeg_info::{self, MpegInfo};
use super::{About, CodedSource, Packet, Step, Steps, Stream};
use crate::error::Result;
use crate::sound::files::input::{Input, bytes_at};
use crate::sound::files::tails::bounds;
use crate::sound::files::{ReadOptions, SoundFormat};
use crate::sound::{SampleFormat, SoundNotes};

const FILE: SoundFormat = SoundFormat::Mp3;
/// Bytes in which the first frame is searched, and frames in a row that are believed.
const SEARCHED_BYTES: u64 = 1 << 18;
const BELIEVED_FRAMES: usize = 5;
/// The most places of damage that are looked at one by one.
const MAX_HOLES: usize = 1 << 16;

/// One of the sounds that a file consists of; files that were joined have several.
#[derive(Debug, Default)]
struct Part {
    header: Option<MpegHeader>,
    info: MpegInfo,
    frames: u64,
    bytes: u64,
    /// Bytes that are no frames, in front of the first frame and between frames.
    junk_in_front: u64,
    holes: Vec<u64>,
    /// Bytes at the end that are no frame.
    tail: u64,
    cut: bool,
    /// Whether its first frame, which has no sound, may have been one that told of the others.
    is_unsure: bool,
}

impl Part {
    /// Samples that the bytes of each hole stood for.
    fn lost(&self) -> Vec<u64> {
        let samples = self.header.map_or(0, |header| header.samples());
        let all: u64 = self.holes.iter().sum();
        let frames = match self.info.frames {
            Some(frames) => frames.saturating_sub(self.frames),
            None => (all * self.frames + self.bytes / 2) / self.bytes.max(1),
        };
        let mut done = (0, 0);
        let mut lost = Vec::with_capacity(self.holes.len());
        for hole in &self.holes {
            // Spread, so that all of them together are right.
            let bytes = done.0 + hole;
            let until = (u128::from(frames) * u128::from(bytes) / u128::from(all.max(1))) as u64;
            lost.push((until - done.1) * samples);
            done = (bytes, until);
        }
        lost
    }

    /// Decoded samples, lost ones among them, before the first that counts; and how many count.
    fn bounds(&self) -> (u64, u64) {
        let samples = self.header.map_or(0, |header| header.samples());
        let all = self.frames * samples + self.lost().iter().sum::<u64>();
        let (skip, padding) = self.info.gaps.unwrap_or((0, 0));
        (skip, all.saturating_sub(skip + padding))
    }

    fn judge(&mut self, options: &ReadOptions, notes: &mut SoundNotes) -> Result<()> {
        if self.junk_in_front > 0 {
            notes.lose(format!("{} bytes before the first frame", self.junk_in_front));
        }
        let lacks = |there: u64, stated: Option<u64>| stated.is_some_and(|stated| there < stated);
        let frames = self.frames + self.lost().iter().sum::<u64>() / self.header.map_or(1, |header| header.samples());
        let few = lacks(frames, self.info.frames);
        // A count of frames that is wrong is told from a file that is cut by its bytes.
        let short =
            few && (self.info.bytes.is_none() || lacks(self.bytes + self.holes.iter().sum::<u64>(), self.info.bytes));
        if self.cut || short {
            let what = match self.info.frames {
                Some(stated) if few => format!("{} of {stated} frames are missing", stated - frames),
                _ => "its last frame is not whole".to_owned(),
            };
            if !options.salvage {
                return Err(FILE.cut(what));
            }
            notes.warn(format!("it is cut: {what}"));
        } else if self.info.frames.is_some_and(|stated| stated != frames) {
            let stated = self.info.frames.unwrap_or(0);
            notes.warn(format!(
                "it states {stated} frames, and {frames} are there: all were read"
            ));
        }
        if self.is_unsure && self.info == MpegInfo::default() {
            notes.warn(
                "its first frame has no sound and says nothing that can be read: it may be damaged, and too long",
            );
        }
        if self.info.is_wrong {
            notes.warn("the checksum of its first frame is wrong, and its length may be");
        }
        if self.tail > 0 {
            notes.lose(format!("{} bytes behind the last frame", self.tail));
        }
        Ok(())
    }
}

/// Opens a file.
///
/// # Errors
/// `Media` for files without frames and, without [`ReadOptions::salvage`], for cut ones; `Io`.
pub(in crate::sound::files) fn open(mut input: Input, options: &ReadOptions) -> Result<CodedSource> {
    let bounds = bounds(&mut input)?;
    let mut notes = bounds.notes;
    let mut events = Events::new(input, bounds.start, bounds.end);
    let mut parts = Vec::new();
    while let Some(event) = events.next()? {
        count(event, &mut parts)?;
    }
    if parts.is_empty() {
        return Err(FILE.error("there are no frames of sound in it"));
    }
    for part in &mut parts {
        part.judge(options, &mut notes)?;
    }
    if events.tags > 0 {
        notes.lose(TAGS_WITHIN);
    }
    if parts.len() > 1 {
        notes.warn(format!("{} files are joined in it: all were read", parts.len()));
    }
    let length = parts.iter().map(|part| part.bounds().1).sum();
    let about = About {
        tags: bounds.tags,
        mask: None,
        length: Some(length),
    };
    let steps = MpegSteps {
        events: Events::new(events.scan.input, bounds.start, bounds.end),
        parts: parts.into(),
        lost: VecDeque::new(),
        notes,
    };
    CodedSource::new(FILE, steps, about, options)
}

/// Whether a file that begins otherwise has frames of sound soon: junk is in front of them, or it was cut within one.
///
/// # Errors
/// `Io`.
pub(in crate::sound::files) fn is_inside(input: &mut Input) -> Result<bool> {
    let head = bytes_at(input, 0, SEARCHED_BYTES)?;
    Ok((0..head.len()).any(|at| {
        let (mut next, mut first) = (at, None);
        for _ in 0..BELIEVED_FRAMES {
            let header = head.get(next..).and_then(MpegHeader::parse);
            let Some(header) = header.filter(|header| first.is_none_or(|first: MpegHeader| first.is_like(header)))
            else {
                return false;
            };
            first.get_or_insert(header);
            next += header.frame_bytes() as usize;
        }
        true
    }))
}

/// Samples of each channel of a frame that has the rate of its track; else 0.
pub(in crate::sound::files) fn samples_of(frame: &[u8], rate: u32) -> u64 {
    let header = MpegHeader::parse(frame).filter(|header| header.rate == rate);
    header.map_or(0, |header| header.samples())
}

/// Adds what was found to the last part, or begins one.
fn count(event: Event, parts: &mut Vec<Part>) -> Result<()> {
    if let Event::Begin(header, info, in_front) = &event {
        parts.push(Part {
            header: Some(*header),
            info: info.unwrap_or_default(),
            junk_in_front: *in_front,
            bytes: 0,
            ..Part::default()
        });
    }
    let Some(part) = parts.last_mut() else {
        return Ok(());
    };
    match event {
        Event::Begin(..) => {}
        Event::Info(bytes) => part.bytes += bytes,
        Event::Frame(header, data) => {
            part.is_unsure |= part.frames == 0 && mpeg_info::is_damaged(&header, &data);
            part.frames += 1;
            part.bytes += data.len() as u64;
        }
        Event::Hole(bytes) if part.holes.len() < MAX_HOLES => part.holes.push(bytes),
        Event::Hole(_) => return Err(FILE.error("it is damaged in too many places")),
        Event::Tail(bytes) => part.tail += bytes,
        Event::Cut => part.cut = true,
    }
    Ok(())
}

/// What a file consists of.
enum Event {
    /// A sound begins, behind bytes that are no frames.
    Begin(MpegHeader, Option<MpegInfo>, u64),
    /// The frame that tells of the others, with its bytes.
    Info(u64),
    Frame(MpegHeader, Vec<u8>),
    /// Bytes between frames of a sound.
    Hole(u64),
    /// Bytes behind its last frame.
    Tail(u64),
    /// The last frame is not whole.
    Cut,
}

/// Finds sounds and their frames.
struct Events {
    scan: FrameScan<MpegHeader>,
    /// Whether the next frame begins a sound.
    is_new: bool,
    /// The header of the last frame.
    kind: Option<MpegHeader>,
    hole: u64,
    /// Tags that are not at the beginning of the file or at its end.
    tags: u64,
    ready: VecDeque<Event>,
}

impl Events {
    fn new(input: Input, start: u64, end: u64) -> Self {
        Self {
            scan: FrameScan::new(input, start, end),
            is_new: true,
            kind: None,
            hole: 0,
            tags: 0,
            ready: VecDeque::new(),
        }
    }

    fn next(&mut self) -> Result<Option<Event>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            match self.scan.next()? {
                None => {
                    let hole = std::mem::take(&mut self.hole);
                    return Ok((hole > 0).then_some(Event::Tail(hole)));
                }
                Some(Found::Hole(bytes)) => self.hole += bytes,
                Some(Found::Tag) => {
                    self.tags += 1;
                    self.tail();
                    self.is_new = true;
                }
                Some(Found::Cut(_)) => {
                    self.flush_hole();
                    self.ready.push_back(Event::Cut);
                }
                Some(Found::Frame(header, data)) => self.frame(header, data),
            }
        }
    }

    /// What lies behind the last frame; before the first frame, what was found is in front of it.
    fn tail(&mut self) {
        if !self.is_new && self.hole > 0 {
            self.ready.push_back(Event::Tail(std::mem::take(&mut self.hole)));
        }
    }

    fn flush_hole(&mut self) {
        let hole = std::mem::take(&mut self.hole);
        if hole > 0 {
            self.ready.push_back(Event::Hole(hole));
        }
    }

    fn frame(&mut self, header: MpegHeader, data: Vec<u8>) {
        let info = mpeg_info::read(&header, &data);
        self.is_new |= self.kind.is_some_and(|kind| !kind.is_like(&header));
        self.kind = Some(header);
        if info.is_some() || self.is_new {
            let in_front = if self.is_new { std::mem::take(&mut self.hole) } else { 0 };
            self.tail();
            self.ready.push_back(Event::Begin(header, info, in_front));
            self.is_new = false;
        } else {
            self.flush_hole();
        }
        self.ready.push_back(match info {
            Some(_) => Event::Info(data.len() as u64),
            None => Event::Frame(header, data),
        });
    }
}

/// The second time, with what was counted the first time.
struct MpegSteps {
    events: Events,
    parts: VecDeque<Part>,
    /// Samples of the holes that are to come.
    lost: VecDeque<u64>,
    notes: SoundNotes,
}

impl Steps for MpegSteps {
    fn next(&mut self) -> Result<Option<Step>> {
        while let Some(event) = self.events.next()? {
            return Ok(Some(match event {
                Event::Begin(header, ..) => Step::Begin(self.begin(header)?),
                Event::Frame(header, data) => {
                    let samples = header.samples();
                    Step::Packets(vec![Packet { data, samples }], None)
                }
                Event::Hole(_) => match self.lost.pop_front() {
                    Some(samples @ 1..) => Step::Gap(samples),
                    _ => continue,
                },
                Event::Info(_) | Event::Tail(_) | Event::Cut => continue,
            }));
        }
        Ok(None)
    }

    fn notes(&self) -> &SoundNotes {
        &self.notes
    }
}

impl MpegSteps {
    fn begin(&mut self, header: MpegHeader) -> Result<Stream> {
        let part = self.parts.pop_front().unwrap_or_default();
        self.lost = part.lost().into();
        let (skip, length) = part.bounds();
        let shape = Shape {
            rate: header.rate,
            channels: header.channels,
        };
        Ok(Stream {
            decoder: Library::new(FILE, header.codec(), shape, &[])?,
            rate: header.rate,
            channels: header.channels,
            format: SampleFormat::Int16,
            skip,
            length: Some(length),
        })
    }
}
