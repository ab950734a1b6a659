//! Decodes JPEG files: baseline and progressive, of any sampling and any scans, with Huffman codes. Pixels are those of
//! libjpeg. Rows that are missing or damaged are counted.

mod bits;
mod describe;
mod frame;
mod idct;
mod planes;
mod rows;
mod scan;
mod write;

pub(super) use describe::{behind, describe};
pub(super) use write::write;

use super::damaged::Damaged;
use bits::next_marker;
use frame::{Frame, Tables, error};
use planes::Planes;
use scan::Scan;

use crate::error::{Result, check_limit};
use crate::limits::Limits;
use crate::media::image::Color;

/// The most scans of a file. Encoders write about ten.
const MAX_SCANS: u64 = 256;
/// The most blocks that all scans visit together: those of the largest picture in forty scans.
const MAX_BLOCKS: u64 = 1 << 29;

/// A segment of a file: its marker, and where its payload lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) marker: u8,
    pub(super) payload: std::ops::Range<usize>,
}

/// What the three channels of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    /// As JFIF and Adobe segments and the names of components tell.
    Told,
    /// Luma and two chroma.
    YCbCr,
    /// Red, green, blue.
    Rgb,
}

/// The pixels of a file and what is known of them.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) color: Color,
    /// Pixels, their channels interleaved.
    pub(super) samples: Vec<u8>,
    /// Rows that are missing or damaged.
    pub(super) damaged_rows: usize,
    /// Whether a marker ends the file.
    pub(super) has_end: bool,
    /// Whether a progressive file lacks scans that would refine it.
    pub(super) is_coarse: bool,
    /// Whether segments or scans are not as the standard has it.
    pub(super) is_odd: bool,
    /// Whether a scan of a progressive file does not go on where the ones before it ended.
    pub(super) is_disordered: bool,
    /// Whether there are coefficients that no samples can have.
    pub(super) is_beyond: bool,
    /// Where the picture ends in the file.
    pub(super) end: usize,
    /// The segments up to there that are no tables.
    pub(super) segments: Vec<Segment>,
}

/// Goes through the segments of a file.
struct Walk<'a> {
    data: &'a [u8],
    at: usize,
    /// Bytes between segments that belong to none.
    stray: usize,
}

impl<'a> Walk<'a> {
    fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at, stray: 0 }
    }

    /// The next segment; `None` at the end of the file.
    fn next(&mut self) -> Option<Segment> {
        loop {
            let (at, marker) = next_marker(self.data, self.at)?;
            let filling = self.data.get(self.at..at).unwrap_or_default();
            self.stray += filling.iter().filter(|byte| **byte != 0xff).count();
            // These have no payload. A restart here belongs to data that are skipped.
            if matches!(marker, 0x01 | 0xd0..=0xd8) {
                self.at = at + 2;
                continue;
            }
            let start = at + 2;
            if marker == 0xd9 {
                self.at = start;
                return Some(Segment {
                    marker,
                    payload: start..start,
                });
            }
            let length = self.data.get(start..start + 2)?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            self.at = start + length;
            let payload = start + 2..(start + length).min(self.data.len());
            return Some(Segment { marker, payload });
        }
    }
}

/// Whether a marker begins a frame.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Width, height, colours and segments of a file, from what precedes its pixels.
pub(super) fn head(data: &[u8], limits: &Limits) -> Result<(u32, u32, Color, Vec<Segment>)> {
    let (mut walk, mut segments) = (Walk::new(data, 2), Vec::new());
    let mut size = None;
    while let Some(segment) = walk.next() {
        match segment.marker {
            0xd9 | 0xda => break,
            marker if is_frame(marker) && size.is_none() => {
                let frame = Frame::read(marker, &data[segment.payload.clone()], limits)?;
                size = Some((frame.width as u32, frame.height as u32, color_of(&frame)));
            }
            _ => segments.push(segment),
        }
    }
    let (width, height, color) = size.ok_or_else(|| error("the file ends early: it has no frame"))?;
    Ok((width, height, color, segments))
}

fn color_of(frame: &Frame) -> Color {
    if frame.components.len() == 1 {
        Color::Gray
    } else {
        Color::Rgb
    }
}

/// Decodes a file. `tables` is an abbreviated file whose tables count as well, as TIFF files have it.
pub(super) fn decode(data: &[u8], tables: Option<&[u8]>, channels: Channels, limits: &Limits) -> Result<Decoded> {
    let mut decoder = Decoder::default();
    if let Some(tables) = tables {
        let mut walk = Walk::new(tables, 0);
        while let Some(segment) = walk.next().filter(|segment| segment.marker != 0xd9) {
            decoder.tables.read(segment.marker, &tables[segment.payload])?;
        }
    }
    decoder.read(data, limits)?;
    decoder.finish(data, channels)
}

/// What was read of a file so far.
#[derive(Default)]
struct Decoder {
    tables: Tables,
    frame: Option<(Frame, Planes, Damaged)>,
    /// Bits that each coefficient of each component still lacks; 255 where there was no scan of it.
    exactness: Vec<[u8; 64]>,
    segments: Vec<Segment>,
    has_end: bool,
    is_odd: bool,
    is_disordered: bool,
    end: usize,
}

impl Decoder {
    fn read(&mut self, data: &[u8], limits: &Limits) -> Result<()> {
        let mut walk = Walk::new(data, 2);
        let (mut scans, mut blocks) = (0, 0);
        while let Some(segment) = walk.next() {
            let payload = data.get(segment.payload.clone()).unwrap_or_default();
            match segment.marker {
                0xd9 => {
                    self.has_end = true;
                    break;
                }
                0xda => {
                    let (frame, planes, damaged) = self.frame.as_mut().ok_or_else(|| error("it has no frame"))?;
                    let scan = Scan::read(payload, frame)?;
                    (scans, blocks) = (scans + 1, blocks + scan.blocks(frame) as u64);
                    check_limit("the number of scans of a JPEG file", scans, MAX_SCANS)?;
                    check_limit("the number of blocks in all scans of a JPEG file", blocks, MAX_BLOCKS)?;
                    let parts = (&*frame, &scan, &self.tables);
                    walk.at = scan::decode(data, segment.payload.end, parts, planes, damaged)?;
                    self.is_odd |= scan.is_odd;
                    self.is_disordered |= !scan.note(frame, &mut self.exactness);
                }
                marker if is_frame(marker) => {
                    if self.frame.is_some() {
                        return Err(error("it has two frames"));
                    }
                    let frame = Frame::read(marker, payload, limits)?;
                    // Each block takes a bit at least.
                    if frame.all_blocks() / 8 > data.len() {
                        let height = frame.height;
                        return Err(error(format!(
                            "the file ends early: most of its {height} rows are missing"
                        )));
                    }
                    self.exactness = vec![[255; 64]; frame.components.len()];
                    let (planes, damaged) = (Planes::new(&frame), Damaged::new(frame.height));
                    self.frame = Some((frame, planes, damaged));
                }
                marker => {
                    // These have no meaning, and cameras do not write them.
                    self.is_odd |= matches!(marker, 0x02..=0xbf | 0xf0..=0xfd);
                    self.is_odd |= payload
                        .strip_prefix(b"JFIF\0")
                        .is_some_and(|jfif| jfif.first() != Some(&1));
                    self.tables.read(marker, payload)?;
                    self.segments.push(segment);
                }
            }
            self.end = walk.at.min(data.len());
        }
        self.end = walk.at.min(data.len());
        self.is_odd |= walk.stray > 0;
        Ok(())
    }

    fn finish(self, data: &[u8], channels: Channels) -> Result<Decoded> {
        let (frame, mut planes, damaged) = self
            .frame
            .ok_or_else(|| error("the file ends early: it has no frame"))?;
        if !planes.are_all_begun() {
            return Err(error("the file ends early: it has no pixels"));
        }
        planes.finish();
        let is_ycbcr = match channels {
            Channels::Told => is_ycbcr(data, &self.segments, &frame),
            other => other == Channels::YCbCr,
        };
        Ok(Decoded {
            width: frame.width,
            height: frame.height,
            color: color_of(&frame),
            samples: pixels(&frame, &planes, is_ycbcr),
            damaged_rows: damaged.rows(),
            has_end: self.has_end,
            is_odd: self.is_odd,
            is_disordered: self.is_disordered,
            is_beyond: planes.is_beyond,
            is_coarse: self.exactness.iter().flatten().any(|&lacking| lacking > 0),
            end: self.end,
            segments: self.segments,
        })
    }
}

/// Whether three components are luma and chroma, by the rules of libjpeg.
fn is_ycbcr(data: &[u8], segments: &[Segment], frame: &Frame) -> bool {
    let find = |marker, begin: &[u8]| {
        let mut payloads = segments.iter().filter(|segment| segment.marker == marker);
        payloads.find_map(|segment| data.get(segment.payload.clone())?.strip_prefix(begin))
    };
    if find(0xe0, b"JFIF\0").is_some() {
        return true;
    }
    match find(0xee, b"Adobe").and_then(|adobe| adobe.get(6)) {
        Some(&transform) => transform != 0,
        None => !frame.components.iter().map(|component| component.id).eq(*b"RGB"),
    }
}

/// The pixels of all rows.
fn pixels(frame: &Frame, planes: &Planes, is_ycbcr: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(frame.width * frame.height * frame.components.len());
    let mut wide: Vec<Vec<u8>> = vec![Vec::new(); frame.components.len()];
    for y in 0..frame.height {
        for ((component, plane), row) in frame.components.iter().zip(&planes.planes).zip(&mut wide) {
            rows::widened(frame, component, plane, y, row);
        }
        match wide.as_slice() {
            [first, second, third] => {
                let pixels = first.iter().zip(second).zip(third);
                let pixels = pixels.map(|((&a, &b), &c)| if is_ycbcr { rows::rgb(a, b, c) } else { [a, b, c] });
                out.extend(pixels.flatten());
            }
            planes => out.extend(planes.iter().flatten()),
        }
    }
    out
}
