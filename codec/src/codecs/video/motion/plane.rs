//! Frames in fixed point, as references and predictions are.

use crate::{CodecError, Result};

/// Units of a sample in one step of 8 bits.
pub const SAMPLE_UNIT: i16 = 16;
/// The largest sample: white.
pub const SAMPLE_MAX: i16 = 255 * SAMPLE_UNIT;

/// One colour of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plane {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height * width` samples of `0..=`[`SAMPLE_MAX`], row-major.
    pub data: Vec<i16>,
}

impl Plane {
    /// # Errors
    /// [`CodecError::Parameter`] for sides of zero or above 65,535, and for another number of samples.
    pub fn new(width: usize, height: usize, data: Vec<i16>) -> Result<Self> {
        let sides = 1..=usize::from(u16::MAX);
        if !sides.contains(&width) || !sides.contains(&height) || data.len() != width * height {
            return Err(CodecError::Parameter(format!(
                "{} samples are no plane of {width}x{height}",
                data.len()
            )));
        }
        Ok(Self { width, height, data })
    }

    /// The sample at a place, or the nearest one where there is none.
    pub(super) fn nearest(&self, x: i32, y: i32) -> i16 {
        let x = x.clamp(0, self.width as i32 - 1) as usize;
        let y = y.clamp(0, self.height as i32 - 1) as usize;
        self.data[y * self.width + x]
    }
}

/// A frame: red, green and blue, all of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    planes: [Plane; 3],
}

impl Frame {
    /// # Errors
    /// [`CodecError::Parameter`] for planes of different sizes.
    pub fn new(planes: [Plane; 3]) -> Result<Self> {
        let size = |plane: &Plane| (plane.width, plane.height);
        if planes.iter().any(|plane| size(plane) != size(&planes[0])) {
            return Err(CodecError::Parameter(
                "the planes of a frame have different sizes".into(),
            ));
        }
        Ok(Self { planes })
    }

    /// A frame of interleaved RGB of 8 bits.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] if the bytes do not fit the size.
    pub fn from_rgb8(width: usize, height: usize, rgb: &[u8]) -> Result<Self> {
        if rgb.len() != 3 * width * height {
            return Err(CodecError::Parameter(format!(
                "{} bytes are no RGB of {width}x{height}",
                rgb.len()
            )));
        }
        let plane = |colour: usize| {
            let samples = rgb.iter().skip(colour).step_by(3);
            let samples = samples.map(|&value| i16::from(value) * SAMPLE_UNIT);
            Plane::new(width, height, samples.collect())
        };
        Self::new([plane(0)?, plane(1)?, plane(2)?])
    }

    /// Red, green and blue.
    pub fn planes(&self) -> &[Plane; 3] {
        &self.planes
    }

    /// The planes, without the frame.
    pub fn into_planes(self) -> [Plane; 3] {
        self.planes
    }

    /// Samples in a row.
    pub fn width(&self) -> usize {
        self.planes[0].width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.planes[0].height
    }
}
