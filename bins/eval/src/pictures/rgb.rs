//! Pictures as metrics see them: 8-bit RGB.

use lmc_codec::{Color, Image, Samples};

use crate::{EvalError, Result};

/// Rows from top to bottom, red, green and blue of a pixel side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    width: u32,
    height: u32,
    samples: Vec<u8>,
}

impl Rgb {
    /// A picture of `height x width x 3` samples.
    ///
    /// # Errors
    /// `Parameter` when it has no pixels, or the samples do not fill it.
    pub fn new(width: u32, height: u32, samples: Vec<u8>) -> Result<Self> {
        let wanted = u64::from(width) * u64::from(height) * 3;
        if wanted == 0 || samples.len() as u64 != wanted {
            let reason = format!("{} samples do not fill {width}x{height} pixels of RGB", samples.len());
            return Err(EvalError::Parameter(reason));
        }
        Ok(Self { width, height, samples })
    }

    /// The colours of a picture of any kind.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of(picture: &Image) -> Result<Self> {
        Self::new(picture.width(), picture.height(), picture.to_rgb8())
    }

    /// The same as a picture that can be written to files.
    ///
    /// # Errors
    /// `Malformed` where the library refuses it.
    pub(crate) fn to_picture(&self) -> Result<Image> {
        let samples = Samples::U8(self.samples.clone());
        Image::new(self.width, self.height, Color::Rgb, samples, None)
            .map_err(|error| EvalError::malformed("a picture", error))
    }

    /// The same from one sample for each pixel.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn from_gray(width: u32, height: u32, samples: &[u8]) -> Result<Self> {
        Self::new(width, height, samples.iter().flat_map(|&sample| [sample; 3]).collect())
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// All samples.
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// The rectangle of this size at (`x`, `y`), cut at the edges of the picture.
    pub fn crop(&self, (x, y): (u32, u32), (width, height): (u32, u32)) -> Self {
        let (x, y) = (x.min(self.width - 1), y.min(self.height - 1));
        let (width, height) = (width.clamp(1, self.width - x), height.clamp(1, self.height - y));
        let mut samples = Vec::with_capacity(width as usize * height as usize * 3);
        for row in self
            .samples
            .chunks_exact(self.width as usize * 3)
            .skip(y as usize)
            .take(height as usize)
        {
            samples.extend_from_slice(&row[x as usize * 3..(x + width) as usize * 3]);
        }
        Self { width, height, samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_stay_inside() {
        let picture = Rgb::new(4, 3, (0..36).collect()).unwrap();
        assert_eq!(picture.crop((1, 1), (2, 1)).samples(), [15, 16, 17, 18, 19, 20]);
        let corner = picture.crop((3, 2), (9, 9));
        assert_eq!(
            (corner.width(), corner.height(), corner.samples()),
            (1, 1, &[33, 34, 35][..])
        );
        assert!(Rgb::new(0, 3, vec![]).is_err());
        assert!(Rgb::new(2, 2, vec![0; 11]).is_err());
    }
}
