//! FLAC files: their blocks, their frames one behind the other, and files that were joined.

use std::collections::VecDeque;

use symphonia::core::checksum::Md5;
use symphonia::core::io::Monitor;

use super::FlacInfo;
use super::frame::{FrameHead, decode};
use crate::error::Result;
use crate::sound::files::coded::decoders::Nothing;
use crate::sound::files::coded::{About, CodedSource, Step, Steps, Stream};
use crate::sound::files::input::{Input, bytes_at};
use crate::sound::files::tags::{id3v2, merge, vorbis};
use crate::sound::files::tails::bounds;
use crate::sound::files::{ReadOptions, SoundFormat};
use crate::sound::{SoundNotes, Tags};

const FILE: SoundFormat = SoundFormat::Flac;
/// The longest block of comments, and of a picture.
const MAX_BLOCK_BYTES: u64 = 1 << 24;
const MAX_HEAD_BYTES: u64 = 20;
/// Bytes that are searched at a time.
const WINDOW: u64 = 1 << 16;
/// What programs call the loudspeakers.
const MASK: &str = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK";

/// Opens a file.
///
/// # Errors
/// `Media` for files that are damaged or, without [`ReadOptions::salvage`], cut; `Io`.
pub(in crate::sound::files) fn open(mut input: Input, options: &ReadOptions) -> Result<CodedSource> {
    let bounds = bounds(&mut input)?;
    let mut notes = bounds.notes;
    let blocks = Blocks::read(&mut input, bounds.start, bounds.end, &mut notes)?;
    let mut tags = bounds.tags;
    merge(&mut tags, &blocks.tags);
    let about = About {
        tags,
        mask: blocks
            .mask
            .or_else(|| blocks.info.mask().filter(|_| blocks.info.channels > 2)),
        length: (blocks.info.total > 0).then_some(blocks.info.total),
    };
    let steps = FlacSteps {
        at: blocks.end,
        part: Part::new(&blocks.info),
        first: blocks.info,
        input,
        end: bounds.end,
        ready: VecDeque::new(),
        joined: 1,
        salvage: options.salvage,
        notes,
    };
    CodedSource::new(FILE, steps, about, options)
}

/// The head of a frame, its channels, and its bytes.
type PlacedFrame = (FrameHead, Vec<Vec<i64>>, u64);

/// All before the frames.
struct Blocks {
    info: FlacInfo,
    tags: Tags,
    mask: Option<u32>,
    end: u64,
}

impl Blocks {
    fn read(input: &mut Input, start: u64, end: u64, notes: &mut SoundNotes) -> Result<Self> {
        let (mut at, mut info, mut tags, mut last) = (start + 4, None, Tags::default(), false);
        while !last {
            let head = bytes_at(input, at, 4)?;
            let [kind, a, b, c] = head[..] else {
                return Err(FILE.cut("its header is not whole"));
            };
            let bytes = u64::from(u32::from_be_bytes([0, a, b, c]));
            if at + 4 + bytes > end {
                return Err(FILE.cut("its header is not whole"));
            }
            let mut content = || bytes_at(input, at + 4, bytes.min(MAX_BLOCK_BYTES));
            match kind & 0x7f {
                0 => info = FlacInfo::read(&content()?),
                // Padding and places for seeking.
                1 | 3 => {}
                4 => vorbis::read(&content()?, &mut tags, notes),
                6 => vorbis::lose_picture(&content()?, notes),
                5 => notes.lose(format!("a cue sheet ({bytes} bytes)")),
                2 => notes.lose(format!("a block of another program ({bytes} bytes)")),
                other => notes.lose(format!("a block of kind {other} ({bytes} bytes)")),
            }
            last = kind & 0x80 != 0;
            at += 4 + bytes;
        }
        let info = info.ok_or_else(|| FILE.error("it does not say what its samples are"))?;
        let (tags, mask) = without_mask(&tags);
        Ok(Self {
            info,
            tags,
            mask,
            end: at,
        })
    }
}

/// Takes the tag out that says which loudspeakers the channels are for.
fn without_mask(tags: &Tags) -> (Tags, Option<u32>) {
    let (mut rest, mut mask) = (Tags::default(), None);
    for (key, text) in tags.entries() {
        let hex = text.trim_start_matches("0x").trim_start_matches("0X");
        match u32::from_str_radix(hex, 16) {
            Ok(number) if key.name().eq_ignore_ascii_case(MASK) => mask = Some(number),
            _ => {
                rest.push(key.clone(), text);
            }
        }
    }
    (rest, mask)
}

/// One of the files that are joined.
struct Part {
    info: FlacInfo,
    md5: Md5,
    is_begun: bool,
    has_gaps: bool,
    /// Samples so far, lost ones among them.
    position: u64,
}

impl Part {
    fn new(info: &FlacInfo) -> Self {
        Self {
            info: info.clone(),
            md5: Md5::default(),
            is_begun: false,
            has_gaps: false,
            position: 0,
        }
    }
}

struct FlacSteps {
    input: Input,
    at: u64,
    end: u64,
    first: FlacInfo,
    part: Part,
    ready: VecDeque<Step>,
    joined: usize,
    salvage: bool,
    notes: SoundNotes,
}

impl Steps for FlacSteps {
    fn next(&mut self) -> Result<Option<Step>> {
        if !std::mem::replace(&mut self.part.is_begun, true) {
            return Ok(Some(Step::Begin(self.begin())));
        }
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(Some(step));
            }
            if self.at >= self.end {
                self.finish(0)?;
                return Ok(None);
            }
            if let Some((head, channels, bytes)) = self.frame_at(self.at)? {
                self.at += bytes;
                self.take(&head, &channels);
                continue;
            }
            if self.joins()? {
                return Ok(Some(Step::Begin(self.begin())));
            }
            match self.search()? {
                Some(at) => {
                    self.part.has_gaps = true;
                    self.at = at;
                }
                None => {
                    let rest = self.end - self.at;
                    self.at = self.end;
                    self.finish(rest)?;
                    return Ok(None);
                }
            }
        }
    }

    fn notes(&self) -> &SoundNotes {
        &self.notes
    }
}

impl FlacSteps {
    fn begin(&self) -> Stream {
        Stream {
            decoder: Box::new(Nothing),
            rate: self.part.info.rate,
            channels: self.part.info.channels,
            format: self.first.format(),
            skip: 0,
            length: None,
        }
    }

    /// The frame at a place, and its bytes.
    fn frame_at(&mut self, at: u64) -> Result<Option<PlacedFrame>> {
        let info = &self.part.info;
        let head = bytes_at(&mut self.input, at, MAX_HEAD_BYTES.min(self.end - at))?;
        let Some(head) = FrameHead::read(&head, info) else {
            return Ok(None);
        };
        // Frames are about as long as their samples are, or shorter; few are longer.
        let usual = u64::from(head.block) * u64::from(info.channels) * u64::from(info.bits + 1) / 8 + 256;
        for most in [usual, usual * 8] {
            let bytes = bytes_at(&mut self.input, at, most.min(self.end - at))?;
            if let Some((channels, count)) = decode(&bytes, &head) {
                return Ok(Some((head, channels, count as u64)));
            }
            if (bytes.len() as u64) < most {
                break;
            }
        }
        Ok(None)
    }

    fn take(&mut self, head: &FrameHead, channels: &[Vec<i64>]) {
        let part = &mut self.part;
        let first = head.first_sample(&part.info);
        if part.has_gaps && first > part.position {
            self.ready.push_back(Step::Gap(first - part.position));
            part.position = first;
        }
        part.position += u64::from(head.block);
        let bytes = part.info.bits.div_ceil(8) as usize;
        let mut plain = Vec::with_capacity(channels.len() * head.block as usize * bytes);
        for at in 0..head.block as usize {
            for channel in channels {
                plain.extend_from_slice(&channel[at].to_le_bytes()[..bytes]);
            }
        }
        part.md5.process_buf_bytes(&plain);
        let mut samples = Vec::with_capacity(channels.len() * head.block as usize);
        part.info.interleave(channels, &mut samples);
        self.ready.push_back(Step::Samples(samples));
    }

    /// Whether another file begins here; this one is finished then.
    fn joins(&mut self) -> Result<bool> {
        let mut at = self.at;
        let head = bytes_at(&mut self.input, at, 10)?;
        if let Some(bytes) = id3v2::length(&head) {
            at += bytes;
        } else if head.starts_with(b"TAG") {
            at += 128;
        }
        if bytes_at(&mut self.input, at, 4)? != b"fLaC" {
            return Ok(false);
        }
        self.finish(0)?;
        let blocks = Blocks::read(&mut self.input, at, self.end, &mut self.notes)?;
        self.joined += 1;
        self.at = blocks.end;
        self.part = Part {
            is_begun: true,
            ..Part::new(&blocks.info)
        };
        Ok(true)
    }

    /// Where the next whole frame begins.
    fn search(&mut self) -> Result<Option<u64>> {
        let mut at = self.at + 1;
        while at < self.end {
            let window = bytes_at(&mut self.input, at, WINDOW.min(self.end - at))?;
            for offset in 0..window.len().saturating_sub(1) {
                let here = at + offset as u64;
                let is_file = window[offset..].starts_with(b"fLaC");
                let is_frame = window[offset] == 0xff && window[offset + 1] & 0xfe == 0xf8;
                if is_file || is_frame && self.frame_at(here)?.is_some() {
                    return Ok(Some(here));
                }
            }
            at += (window.len() as u64).saturating_sub(3).max(1);
        }
        Ok(None)
    }

    /// Checks a file that was read; `bytes` at its end belong to no frame.
    fn finish(&mut self, rest: u64) -> Result<()> {
        let part = &mut self.part;
        let missing = part.info.total.saturating_sub(part.position);
        let is_cut = missing > 0 || part.info.total == 0 && rest > 0;
        if is_cut {
            let total = part.info.total;
            let what = if missing > 0 {
                format!("{missing} of {total} samples are missing")
            } else {
                "its last frame is not whole".to_owned()
            };
            if !self.salvage {
                return Err(FILE.cut(what));
            }
            self.notes.warn(format!("it is cut: {what}"));
        } else if rest > 0 {
            self.notes.lose(format!("{rest} bytes behind the last frame"));
        }
        if part.info.total > 0 && part.position > part.info.total {
            let (total, there) = (part.info.total, part.position);
            self.notes.warn(format!(
                "it states {total} samples, and {there} are there: all were read"
            ));
        }
        if part.info.md5 != [0; 16] && !is_cut && !part.has_gaps && part.md5.md5() != part.info.md5 {
            self.notes
                .warn("its MD5 is that of other samples: it may be damaged or cut");
        }
        if self.joined == 2 {
            self.notes.warn("several files are joined in it: all were read");
        }
        Ok(())
    }
}
