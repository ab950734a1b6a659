//! The chunks of a PNG file: what it is, what it says, and where its pixels lie.

use std::io::{BufRead, Read, Seek, SeekFrom};

use super::text;
use crate::container::{Cicp, Extras, TagKey};
use crate::error::{CodecError, Result, check_limit};
use crate::files::color::SRGB;
use crate::files::fields::take;
use crate::files::notes::{Notes, ReadOptions};
use crate::files::{Format, inflate};
use crate::media::image::ImageMetadata;

/// The most chunks that are looked at.
const MAX_CHUNKS: u64 = 1 << 20;
/// The most bytes of palette, transparency and header.
const MAX_SMALL_BYTES: u32 = 1 << 12;

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u8,
    /// 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha.
    pub(super) kind: u8,
    pub(super) bytes: [u8; 13],
}

/// All chunks of a file.
#[derive(Debug)]
pub(super) struct Chunks {
    pub(super) header: Header,
    /// Red, green and blue of each entry.
    pub(super) palette: Vec<[u8; 3]>,
    pub(super) transparency: Option<Vec<u8>>,
    /// Where the chunks of pixels lie, with their heads and checksums: offset and length. Adjacent ones are one.
    pub(super) pixels: Vec<(u64, u64)>,
    pub(super) has_end: bool,
    /// Bytes behind the end.
    pub(super) trailing: u64,
    pub(super) metadata: ImageMetadata,
    pub(super) notes: Notes,
}

fn error(reason: impl Into<String>) -> CodecError {
    Format::Png.error(reason)
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self> {
        let wrong = || error("its header makes no sense");
        let bytes: [u8; 13] = *bytes.first_chunk().ok_or_else(wrong)?;
        let [
            w3,
            w2,
            w1,
            w0,
            h3,
            h2,
            h1,
            h0,
            bits,
            kind,
            compression,
            filter,
            interlace,
        ] = bytes;
        let is_valid = match kind {
            0 => matches!(bits, 1 | 2 | 4 | 8 | 16),
            3 => matches!(bits, 1 | 2 | 4 | 8),
            2 | 4 | 6 => matches!(bits, 8 | 16),
            _ => false,
        };
        let (width, height) = (
            u32::from_be_bytes([w3, w2, w1, w0]),
            u32::from_be_bytes([h3, h2, h1, h0]),
        );
        if !is_valid || compression != 0 || filter != 0 || interlace > 1 || width == 0 || height == 0 {
            return Err(wrong());
        }
        Ok(Self {
            width,
            height,
            bits,
            kind,
            bytes,
        })
    }
}

/// Reads all chunks but the pixels.
pub(super) fn scan(file: &mut (impl BufRead + Seek), options: &ReadOptions) -> Result<Chunks> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(8))?;
    let mut scan = Scan {
        chunks: None,
        left: options.limits.max_metadata_bytes,
        frames: 0,
    };
    let mut at = 8;
    for count in 0.. {
        check_limit("the number of chunks of a PNG file", count, MAX_CHUNKS)?;
        let Some([a, b, c, d, kind @ ..]) = take::<8>(file)? else {
            break;
        };
        let bytes = u32::from_be_bytes([a, b, c, d]);
        let end = at + 12 + u64::from(bytes);
        if &kind == b"IDAT" {
            scan.pixels(at, end.min(length))?;
            file.seek(SeekFrom::Start(end))?;
        } else if end > length {
            if let Some(notes) = scan.notes() {
                notes.warn("the file ends early, behind its pixels");
            }
            break;
        } else if scan.wants(kind, bytes)? {
            let mut payload = Vec::new();
            file.by_ref().take(u64::from(bytes)).read_to_end(&mut payload)?;
            let check = take::<4>(file)?.map(u32::from_be_bytes);
            scan.chunk(kind, payload, check)?;
        } else {
            file.seek(SeekFrom::Start(end))?;
        }
        at = end;
        if &kind == b"IEND" {
            return scan.finish(Some(length.saturating_sub(end)));
        }
    }
    scan.finish(None)
}

struct Scan {
    chunks: Option<Chunks>,
    /// Bytes that metadata may still have.
    left: u64,
    /// Frames of the animation that the file says it is.
    frames: u32,
}

impl Scan {
    fn notes(&mut self) -> Option<&mut Notes> {
        self.chunks.as_mut().map(|chunks| &mut chunks.notes)
    }

    fn pixels(&mut self, start: u64, end: u64) -> Result<()> {
        let chunks = self.chunks.as_mut().ok_or_else(|| error("its header is missing"))?;
        match chunks.pixels.last_mut() {
            Some((offset, length)) if *offset + *length == start => *length = end - *offset,
            _ => chunks.pixels.push((start, end - start)),
        }
        Ok(())
    }

    /// Whether the payload of a chunk is of interest; notes those that are not kept.
    fn wants(&mut self, kind: [u8; 4], bytes: u32) -> Result<bool> {
        let small = |what| check_limit(what, u64::from(bytes), u64::from(MAX_SMALL_BYTES)).map(|()| true);
        match &kind {
            b"IHDR" | b"PLTE" | b"tRNS" | b"acTL" => small("the bytes of a small PNG chunk"),
            b"eXIf" | b"iCCP" | b"tEXt" | b"zTXt" | b"iTXt" | b"cICP" | b"sRGB" | b"pHYs" | b"gAMA" | b"cHRM"
            | b"mDCV" | b"cLLI" | b"tIME" | b"sBIT" => {
                self.charge(u64::from(bytes))?;
                Ok(true)
            }
            // Frames of animations are counted by acTL; a histogram is of the palette.
            b"IEND" | b"fcTL" | b"fdAT" | b"hIST" | b"iDOT" => Ok(false),
            _ if kind[0].is_ascii_lowercase() => {
                let name = String::from_utf8_lossy(&kind).into_owned();
                if let Some(notes) = self.notes() {
                    notes.lose(format!("the PNG chunk {name}"));
                }
                Ok(false)
            }
            b"CgBI" => Err(CodecError::Unsupported(
                "PNG as Xcode writes it for iPhones (CgBI): convert it with pngcrush -revert-iphone-optimizations"
                    .into(),
            )),
            _ => {
                let name = String::from_utf8_lossy(&kind).into_owned();
                Err(error(format!("it has a chunk {name:?}, which no PNG file has")))
            }
        }
    }

    /// Takes bytes of metadata off what the limits allow.
    fn charge(&mut self, bytes: u64) -> Result<()> {
        check_limit("the bytes of metadata", bytes, self.left)?;
        self.left -= bytes;
        Ok(())
    }

    fn chunk(&mut self, kind: [u8; 4], payload: Vec<u8>, check: Option<u32>) -> Result<()> {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&kind);
        crc.update(&payload);
        let is_whole = check == Some(crc.finalize());
        if &kind == b"IHDR" && self.chunks.is_none() {
            if !is_whole {
                return Err(error("its header is damaged"));
            }
            self.chunks = Some(Chunks {
                header: Header::read(&payload)?,
                palette: Vec::new(),
                transparency: None,
                pixels: Vec::new(),
                has_end: false,
                trailing: 0,
                metadata: ImageMetadata::default(),
                notes: Notes::default(),
            });
            return Ok(());
        }
        let limit = self.left;
        let chunks = self.chunks.as_mut().ok_or_else(|| error("its header is missing"))?;
        if !is_whole {
            let name = String::from_utf8_lossy(&kind).into_owned();
            if &kind == b"PLTE" {
                return Err(error("its palette is damaged"));
            }
            chunks.notes.lose(format!("the PNG chunk {name}, which is damaged"));
            return Ok(());
        }
        match &kind {
            b"PLTE" => chunks.set_palette(&payload),
            b"tRNS" => chunks.set_transparency(payload),
            b"acTL" => {
                let frames = payload.first_chunk().map_or(0, |&bytes| u32::from_be_bytes(bytes));
                self.frames = frames;
                Ok(())
            }
            _ => {
                let used = chunks.describe(kind, payload, limit)?;
                self.charge(used)
            }
        }
    }

    fn finish(self, trailing: Option<u64>) -> Result<Chunks> {
        let mut chunks = self.chunks.ok_or_else(|| error("the file ends early"))?;
        if self.frames > 1 {
            let what = format!(
                "animated PNG of {} frames, which --page does not choose: extract one with ffmpeg -i IN.png -frames:v 1 \
                 OUT.png first",
                self.frames
            );
            return Err(CodecError::Unsupported(what));
        }
        if chunks.pixels.is_empty() {
            return Err(error("the file ends early: it has no pixels"));
        }
        if chunks.header.kind == 3 && chunks.palette.is_empty() {
            return Err(error("its palette is missing"));
        }
        chunks.has_end = trailing.is_some();
        chunks.trailing = trailing.unwrap_or(0);
        Ok(chunks)
    }
}

impl Chunks {
    fn set_palette(&mut self, payload: &[u8]) -> Result<()> {
        // Of true colours it is a hint for displays of few colours.
        if self.header.kind != 3 || !self.palette.is_empty() {
            return Ok(());
        }
        if payload.is_empty() || !payload.len().is_multiple_of(3) {
            return Err(error(format!(
                "its palette has {} bytes, which is no multiple of 3",
                payload.len()
            )));
        }
        let most = 1 << self.header.bits;
        let colors = payload.chunks_exact(3).take(most);
        self.palette = colors.map(|color| [color[0], color[1], color[2]]).collect();
        Ok(())
    }

    fn set_transparency(&mut self, payload: Vec<u8>) -> Result<()> {
        let is_valid = match self.header.kind {
            0 => payload.len() == 2,
            2 => payload.len() == 6,
            3 => !payload.is_empty() && payload.len() <= 256,
            _ => false,
        };
        match is_valid {
            true => self.transparency = Some(payload),
            false => self.notes.lose("the PNG chunk tRNS, which does not fit"),
        }
        Ok(())
    }

    /// Takes in a chunk that describes the image; returns how many bytes its text or profile took beyond its own.
    fn describe(&mut self, kind: [u8; 4], payload: Vec<u8>, limit: u64) -> Result<u64> {
        let metadata = &mut self.metadata;
        match &kind {
            b"eXIf" => metadata.exif = Some(payload),
            b"sRGB" => metadata.cicp = metadata.cicp.or(Some(SRGB)),
            b"cICP" => match payload[..] {
                [primaries, transfer, 0, range @ 0..=1] => {
                    metadata.cicp = Some(Cicp {
                        primaries,
                        transfer,
                        matrix: 0,
                        full_range: range == 1,
                    });
                }
                _ => self.notes.lose("the PNG chunk cICP, which is wrong"),
            },
            b"iCCP" => {
                let profile = text::split_zero(&payload).and_then(|(_, rest)| rest.strip_prefix(&[0]));
                match profile.and_then(|deflated| inflate(deflated, limit)) {
                    Some(icc) => {
                        let bytes = icc.len() as u64;
                        metadata.icc = Some(icc);
                        return Ok(bytes);
                    }
                    None => self.notes.lose("the ICC profile, which is damaged or too large"),
                }
            }
            b"tEXt" | b"zTXt" | b"iTXt" => return Ok(self.text(kind, &payload, limit)),
            _ => {
                let fits = match kind {
                    Extras::DENSITY => payload.len() == 9,
                    Extras::GAMMA => payload.len() == 4,
                    Extras::CHROMATICITIES => payload.len() == 32,
                    Extras::MASTERING => payload.len() == 24,
                    Extras::LIGHT => payload.len() == 8,
                    Extras::TIME => payload.len() == 7,
                    _ => payload.len() <= 4,
                };
                match fits {
                    true => metadata.extras.set(kind, payload),
                    false => self.notes.lose(format!(
                        "the PNG chunk {}, which is wrong",
                        String::from_utf8_lossy(&kind)
                    )),
                }
            }
        }
        Ok(0)
    }

    fn text(&mut self, kind: [u8; 4], payload: &[u8], limit: u64) -> u64 {
        let Some((keyword, text)) = text::read(kind, payload, limit) else {
            self.notes.lose("a PNG text, which is damaged or too large");
            return 0;
        };
        let bytes = text.len() as u64;
        if keyword == text::XMP {
            self.metadata.xmp = Some(text.into_bytes());
        } else if !self.metadata.tags.push(TagKey::of_name(text::key(&keyword)), text) {
            self.notes.lose("a PNG text");
        }
        bytes
    }
}
