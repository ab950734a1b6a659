//! One frame of a video.

use super::format::VideoFormat;
use crate::error::{CodecError, Result};

/// Whether a frame stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// It decodes without any other frame, and so do those behind it.
    Key = 0,
    /// It is predicted from frames before it, at most as far back as the last key frame.
    Predicted = 1,
}

impl FrameKind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Predicted => "predicted",
        }
    }
}

/// The samples of one frame, and its time.
///
/// # Shapes
/// Planes in the order luma, blue difference, red difference, or gray alone; each row-major, of
/// [`VideoFormat::plane_size`], with samples of `0..=`[`VideoFormat::max_sample`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFrame {
    planes: Vec<Vec<u16>>,
    /// When it is shown, in ticks of [`VideoFormat::tick`] since the beginning of the video.
    pub ticks: u64,
}

impl VideoFrame {
    /// # Errors
    /// [`CodecError::Parameter`] for another number of planes or of samples than `format` has, and for samples out of
    /// its range.
    pub fn new(format: &VideoFormat, planes: Vec<Vec<u16>>, ticks: u64) -> Result<Self> {
        let frame = Self { planes, ticks };
        frame.check(format)?;
        Ok(frame)
    }

    /// A frame without colour of one luma, cut to the range.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] for a format that breaks its rules.
    pub fn flat(format: &VideoFormat, luma: u16, ticks: u64) -> Result<Self> {
        format.check()?;
        let plane = |plane: usize| {
            let value = if plane == 0 {
                luma.min(format.max_sample())
            } else {
                format.neutral()
            };
            vec![value; format.plane_size(plane).into_iter().product()]
        };
        let planes = (0..format.chroma.planes()).map(plane).collect();
        Ok(Self { planes, ticks })
    }

    /// Whether this is a frame of `format`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn check(&self, format: &VideoFormat) -> Result<()> {
        format.check()?;
        let wanted = format.chroma.planes();
        if self.planes.len() != wanted {
            let reason = format!("a frame of {} planes, where there must be {wanted}", self.planes.len());
            return Err(CodecError::Parameter(reason));
        }
        for (index, plane) in self.planes.iter().enumerate() {
            let [width, height] = format.plane_size(index);
            if plane.len() != width * height {
                let reason = format!("{} samples are no plane of {width}x{height}", plane.len());
                return Err(CodecError::Parameter(reason));
            }
            let most = format.max_sample();
            if plane.iter().any(|&sample| sample > most) {
                let reason = format!("a sample is above {most}, the largest of {} bits", format.depth);
                return Err(CodecError::Parameter(reason));
            }
        }
        Ok(())
    }

    /// All planes.
    pub fn planes(&self) -> &[Vec<u16>] {
        &self.planes
    }

    /// All planes, without the frame.
    pub fn into_planes(self) -> Vec<Vec<u16>> {
        self.planes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::video::Ratio;

    #[test]
    fn frames_fit_their_format() {
        let format = VideoFormat::new(5, 3, Ratio::new(25, 1));
        let planes = || vec![vec![255; 15], vec![0; 6], vec![128; 6]];
        assert_eq!(VideoFrame::new(&format, planes(), 7).unwrap().ticks, 7);
        let mut loud = planes();
        loud[1][3] = 256;
        let mut short = planes();
        short[2].pop();
        for wrong in [loud, short, planes()[..1].to_vec()] {
            assert!(matches!(
                VideoFrame::new(&format, wrong, 0),
                Err(CodecError::Parameter(_))
            ));
        }
        let flat = VideoFrame::flat(&format, 999, 0).unwrap();
        assert_eq!((flat.planes()[0][0], flat.planes()[2][5]), (255, 128));
        assert!(flat.check(&format).is_ok());
    }
}
