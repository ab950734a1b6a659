//! Writes YUV4MPEG2 (y4m), frame by frame.

use std::io::Write;

use crate::error::{CodecError, Result};
use crate::media::video::{Chroma, ChromaSite, VideoFormat, VideoFrame};

/// A y4m file that is being written.
#[derive(Debug)]
pub struct Y4mWriter<W> {
    out: W,
    format: VideoFormat,
    bytes: u64,
    buffer: Vec<u8>,
}

impl<W: Write> Y4mWriter<W> {
    /// Writes the line at the start. Times of frames are lost where they do not follow from the rate.
    ///
    /// # Errors
    /// `Io`, and `Parameter` for a format that breaks its rules.
    pub fn new(mut out: W, format: &VideoFormat) -> Result<Self> {
        format.check()?;
        let line = first_line(format);
        out.write_all(line.as_bytes())?;
        let bytes = line.len() as u64;
        Ok(Self {
            out,
            format: *format,
            bytes,
            buffer: Vec::new(),
        })
    }

    /// Writes a frame.
    ///
    /// # Errors
    /// `Parameter` for a frame of another format, `Io`.
    pub fn write(&mut self, frame: &VideoFrame) -> Result<()> {
        if frame.planes().len() != self.format.chroma.planes() {
            return Err(CodecError::Parameter("a frame of another format".into()));
        }
        self.buffer.clear();
        self.buffer.extend_from_slice(b"FRAME\n");
        for &sample in frame.planes().iter().flatten() {
            match self.format.depth {
                8 => self.buffer.push(sample as u8),
                _ => self.buffer.extend_from_slice(&sample.to_le_bytes()),
            }
        }
        self.out.write_all(&self.buffer)?;
        self.bytes += self.buffer.len() as u64;
        Ok(())
    }

    /// Ends the file; returns what it was written to, and its bytes.
    ///
    /// # Errors
    /// `Io`.
    pub fn finish(mut self) -> Result<(W, u64)> {
        self.out.flush()?;
        Ok((self.out, self.bytes))
    }
}

fn first_line(format: &VideoFormat) -> String {
    let (rate, aspect) = (format.frame_rate, format.sample_aspect);
    let chroma = match (format.chroma, format.site) {
        (Chroma::None, _) => "mono",
        (Chroma::Half, _) => "422",
        (Chroma::Full, _) => "444",
        (Chroma::Quarter, Some(ChromaSite::Centre)) if format.depth == 8 => "420jpeg",
        (Chroma::Quarter, Some(ChromaSite::Left)) if format.depth == 8 => "420mpeg2",
        (Chroma::Quarter, Some(ChromaSite::TopLeft)) if format.depth == 8 => "420paldv",
        (Chroma::Quarter, _) => "420",
    };
    let depth = match (format.depth, format.chroma) {
        (8, _) => String::new(),
        (depth, Chroma::None) => depth.to_string(),
        (depth, _) => format!("p{depth}"),
    };
    let range = match format.cicp {
        Some(cicp) if cicp.full_range => " XCOLORRANGE=FULL",
        Some(_) => " XCOLORRANGE=LIMITED",
        None => "",
    };
    format!(
        "YUV4MPEG2 W{} H{} F{rate} Ip A{aspect} C{chroma}{depth}{range}\n",
        format.width, format.height
    )
}
