//! Writes frames with their times as uncompressed Matroska, which other programs read from a pipe: EBML (RFC 8794),
//! Matroska (RFC 9559), one cluster for each frame.

use std::io::Write;

use crate::error::{CodecError, Result};
use crate::media::video::{Chroma, ChromaSite, VideoFormat, VideoFrame};

/// Nanoseconds of a tick of the file.
const TICK_NS: u64 = 1000;
/// The length of a segment whose end is not known.
const UNKNOWN: [u8; 8] = [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/// A file that is being written.
#[derive(Debug)]
pub(super) struct MkvWriter<W> {
    out: W,
    format: VideoFormat,
    /// The time of the first frame, which the file begins with.
    origin: Option<u64>,
    buffer: Vec<u8>,
}

/// An element: its id, the length in eight bytes, the content.
fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let mut out = head(id, content.len());
    out.extend(content);
    out
}

fn head(id: u32, length: usize) -> Vec<u8> {
    let mut out: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    out.extend((length as u64 | 1 << 56).to_be_bytes());
    out
}

fn number(id: u32, value: u64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

/// The four letters by which programs know the samples.
fn letters(format: &VideoFormat) -> [u8; 4] {
    let packed = |kind: u8| {
        [
            b'Y',
            if format.chroma == Chroma::None { b'1' } else { b'3' },
            kind,
            format.depth,
        ]
    };
    match (format.depth, format.chroma) {
        (8, Chroma::None) => *b"Y800",
        (8, Chroma::Quarter) => *b"I420",
        (8, Chroma::Half) => *b"Y42B",
        (8, Chroma::Full) => *b"444P",
        (_, Chroma::None | Chroma::Full) => packed(0),
        (_, Chroma::Half) => packed(10),
        (_, Chroma::Quarter) => packed(11),
    }
}

/// Where samples of colour difference lie, as Matroska says it for each direction: 1 on a pixel, 2 between two.
fn colour(site: ChromaSite) -> Vec<u8> {
    let (across, down) = match site {
        ChromaSite::Left => (1, 2),
        ChromaSite::Centre => (2, 2),
        ChromaSite::TopLeft => (1, 1),
        ChromaSite::Top => (2, 1),
        // It has no word for what lies on the lower of two rows.
        ChromaSite::Bottom | ChromaSite::BottomLeft => return Vec::new(),
    };
    element(0x55b0, &[number(0x55b7, across), number(0x55b8, down)].concat())
}

impl<W: Write> MkvWriter<W> {
    /// Writes what comes before the frames.
    ///
    /// # Errors
    /// `Io`, and `Parameter` for a format that breaks its rules.
    pub(super) fn new(mut out: W, format: &VideoFormat) -> Result<Self> {
        format.check()?;
        let kind = [
            number(0x4286, 1),
            number(0x42f7, 1),
            number(0x42f2, 4),
            number(0x42f3, 8),
            element(0x4282, b"matroska"),
            number(0x4287, 4),
            number(0x4285, 2),
        ];
        let info = [
            number(0x2a_d7b1, TICK_NS),
            element(0x4d80, b"lmc"),
            element(0x5741, b"lmc"),
        ];
        let (width, height) = (u64::from(format.width), u64::from(format.height));
        let aspect = format.sample_aspect;
        let shown = (width * u64::from(aspect.numerator) / u64::from(aspect.denominator)).max(1);
        let video = [
            number(0xb0, width),
            number(0xba, height),
            number(0x54b0, shown),
            number(0x54ba, height),
            element(0x2e_b524, &letters(format)),
            format.site.map(colour).unwrap_or_default(),
        ];
        let track = [
            number(0xd7, 1),
            number(0x73c5, 1),
            number(0x83, 1),
            number(0x9c, 0),
            element(0x86, b"V_UNCOMPRESSED"),
            element(0xe0, &video.concat()),
        ];
        out.write_all(&element(0x1a45_dfa3, &kind.concat()))?;
        out.write_all(&0x1853_8067u32.to_be_bytes())?;
        out.write_all(&UNKNOWN)?;
        out.write_all(&element(0x1549_a966, &info.concat()))?;
        out.write_all(&element(0x1654_ae6b, &element(0xae, &track.concat())))?;
        Ok(Self {
            out,
            format: *format,
            origin: None,
            buffer: Vec::new(),
        })
    }

    /// Writes a frame at its time.
    ///
    /// # Errors
    /// `Parameter` for a frame of another format, `Io`.
    pub(super) fn write(&mut self, frame: &VideoFrame) -> Result<()> {
        if frame.planes().len() != self.format.chroma.planes() {
            return Err(CodecError::Parameter("a frame of another format".into()));
        }
        let origin = *self.origin.get_or_insert(frame.ticks);
        let seconds = self.format.seconds(frame.ticks.saturating_sub(origin));
        let time = (seconds * 1e9 / TICK_NS as f64).round() as u64;
        // Track 1, no offset from the time of the cluster, a frame that needs no other.
        self.buffer.splice(.., [0x81, 0, 0, 0x80]);
        for &sample in frame.planes().iter().flatten() {
            match self.format.depth {
                8 => self.buffer.push(sample as u8),
                _ => self.buffer.extend_from_slice(&sample.to_le_bytes()),
            }
        }
        let time = number(0xe7, time);
        let block = head(0xa3, self.buffer.len());
        self.out
            .write_all(&head(0x1f43_b675, time.len() + block.len() + self.buffer.len()))?;
        for part in [&time, &block, &self.buffer] {
            self.out.write_all(part)?;
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn finish(mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::video::Ratio;

    #[test]
    fn lengths_lead_from_element_to_element() {
        let format = VideoFormat {
            timebase: Some(Ratio::new(1, 1000)),
            ..VideoFormat::new(5, 3, Ratio::new(25, 1))
        };
        let mut writer = MkvWriter::new(Vec::new(), &format).unwrap();
        for ticks in [70, 110, 400] {
            writer.write(&VideoFrame::flat(&format, 99, ticks).unwrap()).unwrap();
        }
        let (bytes, mut times) = (writer.out, Vec::new());
        let length = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap()) & !(1 << 56);
        // Behind the kind of file and the head of the segment.
        let mut at = 12 + length(4) as usize + 12;
        while at < bytes.len() {
            let id = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
            if id == 0x1f43_b675 {
                times.push(length(at + 12 + 9) & !(1 << 56));
                assert_eq!(length(at + 4), 17 + 9 + 4 + 27);
            }
            at += 12 + length(at + 4) as usize;
        }
        assert_eq!((at, times), (bytes.len(), vec![0, 40_000, 330_000]));
        assert_eq!(letters(&VideoFormat { depth: 10, ..format }), [b'Y', b'3', 11, 10]);
    }
}
