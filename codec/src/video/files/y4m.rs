//! Reads YUV4MPEG2 (y4m) as it comes: uncompressed frames behind a line of text.

use std::io::{BufRead, BufReader, Read};

use crate::error::{CodecError, Result};
use crate::limits::Limits;
use crate::media::image::Cicp;
use crate::media::video::{Chroma, ChromaSite, Ratio, VideoFormat, VideoFrame, VideoSource};

const MAGIC: &[u8] = b"YUV4MPEG2 ";
/// The longest line that is read.
const MAX_LINE: u64 = 4096;
/// The name of the format in errors.
const NAME: &str = "y4m";
/// The code point of what is not known, in H.273.
const UNKNOWN: u8 = 2;

/// Whether a file begins as y4m does.
pub fn is_y4m(start: &[u8]) -> bool {
    start.starts_with(MAGIC)
}

/// A y4m file that is read frame by frame.
pub struct Y4m<R> {
    reader: BufReader<R>,
    format: VideoFormat,
    next: u64,
    frames: Option<u64>,
    warnings: Vec<String>,
    is_over: bool,
}

impl<R: Read> Y4m<R> {
    /// Reads the line at the start.
    ///
    /// # Errors
    /// `Media` for what is no y4m or breaks its rules, `Unsupported` for samples of other kinds, `Limit`, `Io`.
    pub fn new(reader: R, limits: &Limits) -> Result<Self> {
        let mut reader = BufReader::with_capacity(1 << 18, reader);
        let line = line(&mut reader)?.ok_or_else(|| wrong("it is empty"))?;
        let (format, warnings) = parse(&line)?;
        limits.check_size(format.width, format.height)?;
        Ok(Self {
            reader,
            format,
            next: 0,
            frames: None,
            warnings,
            is_over: false,
        })
    }

    /// With the number of frames that fit into a file of this many bytes.
    pub fn with_file_bytes(mut self, bytes: u64) -> Self {
        let sample = if self.format.depth > 8 { 2 } else { 1 };
        self.frames = Some(bytes / (self.format.frame_samples() * sample + 6));
        self
    }

    fn planes(&mut self) -> Result<Vec<Vec<u16>>> {
        (0..self.format.chroma.planes())
            .map(|plane| self.plane(plane))
            .collect()
    }

    fn plane(&mut self, plane: usize) -> Result<Vec<u16>> {
        let [width, height] = self.format.plane_size(plane);
        let mut bytes = vec![0; width * height * if self.format.depth > 8 { 2 } else { 1 }];
        self.reader.read_exact(&mut bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => wrong(format!("it ends inside frame {}", self.next)),
            _ => CodecError::Io(error),
        })?;
        if self.format.depth == 8 {
            return Ok(bytes.into_iter().map(u16::from).collect());
        }
        let (pairs, most) = (bytes.chunks_exact(2), self.format.max_sample());
        let samples: Vec<u16> = pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        match samples.iter().find(|&&sample| sample > most) {
            Some(sample) => Err(wrong(format!(
                "frame {} has a sample of {sample}: there may be {most}",
                self.next
            ))),
            None => Ok(samples),
        }
    }
}

impl<R: Read + Send> VideoSource for Y4m<R> {
    fn format(&self) -> &VideoFormat {
        &self.format
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn read(&mut self) -> Result<Option<VideoFrame>> {
        if self.is_over {
            return Ok(None);
        }
        let Some(head) = line(&mut self.reader)? else {
            self.is_over = true;
            return Ok(None);
        };
        if head != b"FRAME" && !head.starts_with(b"FRAME ") {
            return Err(wrong(format!("no frame begins where frame {} should", self.next)));
        }
        let planes = self.planes()?;
        let frame = VideoFrame::new(&self.format, planes, self.next)?;
        self.next += 1;
        Ok(Some(frame))
    }
}

fn wrong(reason: impl Into<String>) -> CodecError {
    CodecError::Media {
        format: NAME,
        reason: reason.into(),
    }
}

/// A line without its end; `None` at the end of the file.
fn line(reader: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    reader.take(MAX_LINE).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) => Err(wrong("a line of its text does not end")),
    }
}

/// The fields of the first line, and what is to be said of them.
fn parse(line: &[u8]) -> Result<(VideoFormat, Vec<String>)> {
    let text = std::str::from_utf8(line).map_err(|_| wrong("its first line is no text"))?;
    let fields = text
        .strip_prefix("YUV4MPEG2 ")
        .ok_or_else(|| wrong("it does not begin with YUV4MPEG2"))?;
    let mut format = VideoFormat::new(0, 0, Ratio::new(0, 0));
    let (mut colors, mut warnings) = ("420jpeg", Vec::new());
    for field in fields.split(' ').filter(|field| !field.is_empty()) {
        let (key, value) = field
            .split_at_checked(1)
            .ok_or_else(|| wrong(format!("a field '{field}'")))?;
        match key {
            "W" => format.width = number(value)?,
            "H" => format.height = number(value)?,
            "F" => format.frame_rate = ratio(value)?,
            "A" => format.sample_aspect = Some(ratio(value)?).filter(Ratio::is_valid).unwrap_or(Ratio::ONE),
            "C" => colors = value,
            "I" if ["t", "b", "m"].contains(&value) => {
                warnings.push("its frames are interlaced, and are coded as they are".to_owned());
            }
            "X" => comment(value, &mut format),
            _ => {}
        }
    }
    (format.chroma, format.depth, format.site) = samples(colors)?;
    if !format.frame_rate.is_valid() {
        format.frame_rate = Ratio::new(25, 1);
        warnings.push("it tells no frame rate: 25 frames a second are assumed".to_owned());
    }
    match format.check() {
        Ok(()) => Ok((format, warnings)),
        Err(CodecError::Parameter(reason)) => Err(wrong(reason)),
        Err(error) => Err(error),
    }
}

fn number(text: &str) -> Result<u32> {
    text.parse().map_err(|_| wrong(format!("'{text}' is no number")))
}

fn ratio(text: &str) -> Result<Ratio> {
    let (numerator, denominator) = text
        .split_once(':')
        .ok_or_else(|| wrong(format!("'{text}' is no fraction")))?;
    Ok(Ratio::new(number(numerator)?, number(denominator)?))
}

/// The range of samples, which some programs write.
fn comment(text: &str, format: &mut VideoFormat) {
    let full_range = match text {
        "COLORRANGE=FULL" => true,
        "COLORRANGE=LIMITED" => false,
        _ => return,
    };
    format.cicp = Some(Cicp {
        primaries: UNKNOWN,
        transfer: UNKNOWN,
        matrix: UNKNOWN,
        full_range,
    });
}

/// Colour samples, depth and site of a `C` field.
fn samples(name: &str) -> Result<(Chroma, u8, Option<ChromaSite>)> {
    Ok(match name {
        "420" => (Chroma::Quarter, 8, None),
        "420jpeg" => (Chroma::Quarter, 8, Some(ChromaSite::Centre)),
        "420mpeg2" => (Chroma::Quarter, 8, Some(ChromaSite::Left)),
        "420paldv" => (Chroma::Quarter, 8, Some(ChromaSite::TopLeft)),
        "420p10" => (Chroma::Quarter, 10, None),
        "420p12" => (Chroma::Quarter, 12, None),
        "422" => (Chroma::Half, 8, None),
        "422p10" => (Chroma::Half, 10, None),
        "422p12" => (Chroma::Half, 12, None),
        "444" => (Chroma::Full, 8, None),
        "444p10" => (Chroma::Full, 10, None),
        "444p12" => (Chroma::Full, 12, None),
        "mono" => (Chroma::None, 8, None),
        "mono10" => (Chroma::None, 10, None),
        "mono12" => (Chroma::None, 12, None),
        _ => {
            return Err(CodecError::Unsupported(format!(
                "y4m with samples of the kind '{name}'"
            )));
        }
    })
}
