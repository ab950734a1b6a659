//! Videos as codecs and metrics see them: some frames in memory.

use lmc_codec::video::{VideoFormat, VideoFrame, VideoSource};

use crate::{EvalError, Result};

/// The first frames of a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    format: VideoFormat,
    /// Samples of all planes of each frame, in one byte or in two, the lower first.
    frames: Vec<Vec<u8>>,
}

impl Clip {
    /// A clip without frames. It is taken to have a constant rate.
    pub fn new(format: &VideoFormat) -> Self {
        let format = VideoFormat {
            timebase: None,
            ..*format
        };
        Self {
            format,
            frames: Vec::new(),
        }
    }

    /// The first frames of a source, at most `most` of them.
    ///
    /// # Errors
    /// `Malformed` with what the source said, and for a video without frames.
    pub fn read(source: &mut dyn VideoSource, most: usize) -> Result<Self> {
        let mut clip = Self::new(source.format());
        while clip.len() < most {
            match source
                .read()
                .map_err(|error| EvalError::malformed("the video", error))?
            {
                Some(frame) => clip.push(&frame)?,
                None => break,
            }
        }
        if clip.is_empty() {
            return Err(EvalError::malformed("the video", "it has no frames"));
        }
        Ok(clip)
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// `Malformed` for one of another format.
    pub fn push(&mut self, frame: &VideoFrame) -> Result<()> {
        let checked = frame.check(&self.format);
        checked.map_err(|error| EvalError::malformed("a frame", error))?;
        let samples = frame.planes().iter().flatten();
        self.frames.push(match self.format.depth {
            8 => samples.map(|&sample| sample as u8).collect(),
            _ => samples.flat_map(|sample| sample.to_le_bytes()).collect(),
        });
        Ok(())
    }

    /// Size, colour samples, depth and rate.
    pub fn format(&self) -> &VideoFormat {
        &self.format
    }

    /// The number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// A frame by its index; nothing behind the last.
    pub fn frame(&self, index: usize) -> Option<VideoFrame> {
        let bytes = self.frames.get(index)?;
        let samples: Vec<u16> = match self.format.depth {
            8 => bytes.iter().map(|&byte| u16::from(byte)).collect(),
            _ => bytes
                .as_chunks()
                .0
                .iter()
                .map(|pair| u16::from_le_bytes(*pair))
                .collect(),
        };
        let (mut rest, mut planes) = (&samples[..], Vec::new());
        for plane in 0..self.format.chroma.planes() {
            let count = self.format.plane_size(plane).into_iter().product();
            let (own, behind) = rest.split_at_checked(count)?;
            planes.push(own.to_vec());
            rest = behind;
        }
        VideoFrame::new(&self.format, planes, index as u64).ok()
    }

    /// All frames.
    pub fn frames(&self) -> impl Iterator<Item = VideoFrame> + '_ {
        (0..self.len()).filter_map(|index| self.frame(index))
    }

    /// Frames as an encoder takes them.
    pub fn source(&self) -> ClipSource<'_> {
        ClipSource { clip: self, next: 0 }
    }

    /// The same with samples of the depth of another format, rounded, and all else that this format says of them.
    ///
    /// # Errors
    /// `Malformed` where the frames do not fit it.
    pub(super) fn in_format(self, format: &VideoFormat) -> Result<Self> {
        let (from, to) = (self.format.depth, format.depth);
        let mut out = Self::new(format);
        for frame in self.frames() {
            let ticks = frame.ticks;
            let most = u32::from(format.max_sample());
            let sample = |sample: u16| match from.cmp(&to) {
                std::cmp::Ordering::Greater => {
                    let shift = from - to;
                    ((u32::from(sample) + (1 << shift >> 1)) >> shift).min(most) as u16
                }
                _ => sample << (to - from),
            };
            let planes = frame.into_planes().into_iter();
            let planes = planes.map(|plane| plane.into_iter().map(sample).collect());
            let frame = VideoFrame::new(format, planes.collect(), ticks);
            out.push(&frame.map_err(|error| EvalError::malformed("a decoded frame", error))?)?;
        }
        Ok(out)
    }
}

/// The frames of a clip in turn.
#[derive(Debug, Clone)]
pub struct ClipSource<'a> {
    clip: &'a Clip,
    next: usize,
}

impl VideoSource for ClipSource<'_> {
    fn format(&self) -> &VideoFormat {
        &self.clip.format
    }

    fn frames(&self) -> Option<u64> {
        Some(self.clip.len() as u64)
    }

    fn read(&mut self) -> lmc_codec::Result<Option<VideoFrame>> {
        let frame = self.clip.frame(self.next);
        self.next += 1;
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use lmc_codec::video::Ratio;

    use super::*;

    #[test]
    fn frames_come_back_and_depths_are_rounded() {
        let format = VideoFormat::new(5, 3, Ratio::new(25, 1));
        let deep = VideoFormat { depth: 10, ..format };
        let mut clip = Clip::new(&deep);
        for luma in [4, 6, 1023] {
            clip.push(&VideoFrame::flat(&deep, luma, 0).unwrap()).unwrap();
        }
        assert_eq!(clip.frame(2).unwrap().planes()[0][14], 1023);
        assert_eq!(clip.frame(3), None);
        let lumas = |clip: &Clip| clip.frames().map(|frame| frame.planes()[0][7]).collect::<Vec<_>>();
        let eight = clip.clone().in_format(&format).unwrap();
        assert_eq!((lumas(&eight), eight.format().depth), (vec![1, 2, 255], 8));
        assert_eq!(lumas(&eight.in_format(&deep).unwrap()), [4, 8, 1020]);
        let again = Clip::read(&mut clip.source(), 2).unwrap();
        assert_eq!((again.len(), again.frame(1)), (2, clip.frame(1)));
        assert!(Clip::read(&mut Clip::new(&format).source(), 2).is_err());
        assert!(
            clip.push(&VideoFrame::flat(&format, 0, 0).unwrap())
                .is_ok_and(|()| clip.len() == 4)
        );
    }
}
