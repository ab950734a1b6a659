//! AAC in ADTS: frames without a length of the whole.

use super::aac_config::{AacConfig, rate};
use super::decoders::{Codec, Library, Shape};
use super::frame_scan::{Found, FrameHeader, FrameScan, TAGS_WITHIN};
use super::{About, CodedSource, Packet, Step, Steps, Stream};
use crate::error::Result;
use crate::sound::files::input::Input;
use crate::sound::files::tails::bounds;
use crate::sound::files::{ReadOptions, SoundFormat};
use crate::sound::{SampleFormat, SoundNotes};

const FILE: SoundFormat = SoundFormat::Aac;
const SAMPLES: u64 = 1024;
/// Frames that are looked at to tell what they are.
const FIRST_FRAMES: usize = 24;

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AdtsHeader {
    kind: u32,
    rate: u32,
    channels: u32,
    head_bytes: usize,
    bytes: u64,
    blocks: u64,
    /// The bits that all frames of a file have in common: up to the rights of the author.
    fixed: [u8; 3],
}

impl FrameHeader for AdtsHeader {
    const BYTES: usize = 7;

    fn parse(bytes: &[u8]) -> Option<Self> {
        let [0xff, b1, b2, b3, b4, b5, b6, ..] = *bytes else {
            return None;
        };
        if b1 & 0xf6 != 0xf0 {
            return None;
        }
        let head_bytes = if b1 & 1 == 1 { 7 } else { 9 };
        let bytes = u64::from(b3 & 3) << 11 | u64::from(b4) << 3 | u64::from(b5 >> 5);
        Some(Self {
            kind: u32::from(b2 >> 6) + 1,
            rate: rate(u32::from(b2 >> 2 & 15))?,
            channels: u32::from(b2 & 1) << 2 | u32::from(b3 >> 6),
            head_bytes,
            bytes,
            blocks: u64::from(b6 & 3) + 1,
            fixed: [b1, b2, b3 & 0xf0],
        })
        .filter(|header| header.bytes > head_bytes as u64)
    }

    fn frame_bytes(&self) -> u64 {
        self.bytes
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.kind, self.rate, self.channels) == (other.kind, other.rate, other.channels)
    }
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    frames: u64,
    bytes: u64,
    in_front: u64,
    /// Bytes that are no frames, as far as they are followed by frames.
    holes: u64,
    hole: u64,
    cut: u64,
    /// Frames whose headers are not as the first one.
    odd: u64,
    /// Tags that are not at the beginning of the file or at its end.
    tags: u64,
}

/// Opens a file.
///
/// # Errors
/// `Media` for files without frames and, without [`ReadOptions::salvage`], for cut ones; `Unsupported`, `Io`.
pub(in crate::sound::files) fn open(mut input: Input, options: &ReadOptions) -> Result<CodedSource> {
    let bounds = bounds(&mut input)?;
    let mut notes = bounds.notes;
    let mut scan: FrameScan<AdtsHeader> = FrameScan::new(input, bounds.start, bounds.end);
    let (mut count, mut first, mut packets) = (Count::default(), None, Vec::new());
    while let Some(found) = scan.next()? {
        match found {
            Found::Frame(header, data) => {
                let usual = *first.get_or_insert(header);
                count.odd += u64::from((usual.fixed, usual.blocks) != (header.fixed, header.blocks));
                let hole = std::mem::take(&mut count.hole);
                if count.frames == 0 {
                    count.in_front = hole
                } else {
                    count.holes += hole
                }
                count.frames += 1;
                count.bytes += data.len() as u64;
                if packets.len() < FIRST_FRAMES {
                    packets.push(data[header.head_bytes.min(data.len())..].to_vec());
                }
            }
            Found::Hole(bytes) => count.hole += bytes,
            Found::Cut(bytes) => count.cut = bytes,
            Found::Tag => count.tags += 1,
        }
    }
    let header = first.ok_or_else(|| FILE.error("there are no frames of sound in it"))?;
    let packets: Vec<&[u8]> = packets.iter().map(Vec::as_slice).collect();
    AacConfig::of_adts(header.kind, header.rate, header.channels).check(FILE, &packets)?;
    if header.blocks > 1 {
        return Err(FILE.unsupported("several blocks in a frame"));
    }
    judge(&count, options, &mut notes)?;
    let about = About {
        tags: bounds.tags,
        mask: None,
        length: Some((count.frames + lost(&count, count.holes)) * SAMPLES),
    };
    let steps = AdtsSteps {
        scan: FrameScan::new(scan.input, bounds.start, bounds.end),
        count,
        seen: (0, 0),
        begun: false,
        notes,
    };
    CodedSource::new(FILE, steps, about, options)
}

/// Frames that bytes of holes stood for.
fn lost(count: &Count, bytes: u64) -> u64 {
    let frames = u128::from(count.frames) * u128::from(bytes) + u128::from(count.bytes) / 2;
    (frames / u128::from(count.bytes.max(1))) as u64
}

fn judge(count: &Count, options: &ReadOptions, notes: &mut SoundNotes) -> Result<()> {
    if count.in_front > 0 {
        notes.lose(format!("{} bytes before the first frame", count.in_front));
    }
    if count.hole > 0 {
        notes.lose(format!("{} bytes behind the last frame", count.hole));
    }
    if count.tags > 0 {
        notes.lose(TAGS_WITHIN);
    }
    // More are silence, of which the source tells.
    if count.holes > 0 && lost(count, count.holes) == 0 {
        notes.warn(format!("it is damaged: {} bytes between its frames", count.holes));
    }
    if count.odd > 0 {
        notes.warn(format!(
            "it may be damaged: the headers of {} frames are unlike the first",
            count.odd
        ));
    }
    match (count.cut, options.salvage) {
        (0, _) => {}
        (_, false) => return Err(FILE.cut("its last frame is not whole")),
        (_, true) => notes.warn("it is cut: its last frame is not whole"),
    }
    Ok(())
}

struct AdtsSteps {
    scan: FrameScan<AdtsHeader>,
    count: Count,
    /// Bytes of holes that were passed, and the frames that stand for them.
    seen: (u64, u64),
    begun: bool,
    notes: SoundNotes,
}

impl Steps for AdtsSteps {
    fn next(&mut self) -> Result<Option<Step>> {
        loop {
            let at = self.scan.at;
            match self.scan.next()? {
                Some(Found::Frame(header, _)) if !self.begun => {
                    self.begun = true;
                    // It is found once more.
                    self.scan.at = at;
                    return self.begin(header).map(|stream| Some(Step::Begin(stream)));
                }
                Some(Found::Frame(header, data)) => {
                    let data = data[header.head_bytes.min(data.len())..].to_vec();
                    return Ok(Some(Step::Packets(vec![Packet { data, samples: SAMPLES }], None)));
                }
                Some(Found::Hole(bytes)) if self.begun => {
                    self.seen.0 += bytes;
                    let until = lost(&self.count, self.seen.0.min(self.count.holes));
                    let fresh = until.saturating_sub(self.seen.1);
                    self.seen.1 = until;
                    if fresh > 0 {
                        return Ok(Some(Step::Gap(fresh * SAMPLES)));
                    }
                }
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    fn notes(&self) -> &SoundNotes {
        &self.notes
    }
}

impl AdtsSteps {
    fn begin(&self, header: AdtsHeader) -> Result<Stream> {
        let channels = header.channels as u16;
        let shape = Shape {
            rate: header.rate,
            channels,
        };
        Ok(Stream {
            decoder: Library::new(FILE, Codec::Aac, shape, &asc(header))?,
            rate: header.rate,
            channels,
            format: SampleFormat::Int16,
            skip: 0,
            length: None,
        })
    }
}

/// The configuration that stands for a header.
fn asc(header: AdtsHeader) -> [u8; 2] {
    let index = (0..13).find(|&index| rate(index) == Some(header.rate)).unwrap_or(4);
    let word = 2 << 11 | index << 7 | header.channels << 3;
    (word as u16).to_be_bytes()
}
