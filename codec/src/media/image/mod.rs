//! Pictures in memory: gray or RGB, 8 or 16 bits, with alpha and metadata.

mod cicp;
mod drawn;
mod extras;
mod hash;
mod hidden;
mod metadata;
mod orientation;
mod part;
mod window;

pub use crate::hash::PixelHash;
pub use cicp::Cicp;
pub use extras::{ExtraName, Extras};
pub use metadata::ImageMetadata;
pub use orientation::Orientation;
pub use window::ONE;

use crate::error::{CodecError, Result};
use crate::tiles::Rect;

/// The colour channels of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Color {
    /// One channel.
    Gray,
    /// Three channels: red, green, blue.
    Rgb,
}

impl Color {
    /// Number of channels, without alpha.
    pub fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
        }
    }
}

/// Bits of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Samples of 0..=255.
    Eight,
    /// Samples of 0..=65535.
    Sixteen,
}

impl Depth {
    /// The largest sample: white, or opaque.
    pub fn max(self) -> u16 {
        match self {
            Self::Eight => 255,
            Self::Sixteen => u16::MAX,
        }
    }

    /// Bits of a sample: 8 or 16.
    pub fn bits(self) -> u32 {
        match self {
            Self::Eight => 8,
            Self::Sixteen => 16,
        }
    }
}

/// A value of 0..=255 as a sample: rounded, a half upwards; cut off where it is out of range, and 0 for NaN.
#[inline(always)]
pub(crate) fn to_u8(value: f32) -> u8 {
    whole(value, 255.0) as u8
}

/// As [`to_u8`], for values of 0..=65535.
#[inline(always)]
pub(crate) fn to_u16(value: f32) -> u16 {
    whole(value, 65_535.0) as u16
}

/// A rounded number in the lowest bits. Unlike casts, which care for all that is out of range, many values can take this way at a time.
#[inline(always)]
fn whole(value: f32, most: f32) -> u32 {
    /// Added to a number of less than 2^22, leaves it rounded to a whole one, in the lowest bits.
    const ROUNDING: f32 = 1.5 * (1u32 << 23) as f32;
    let value = value + 0.5;
    let value = if value > 0.0 { value } else { 0.0 };
    let value = if value < most { value } else { most };
    let nearest = (value + ROUNDING) - ROUNDING;
    let below = if nearest > value { nearest - 1.0 } else { nearest };
    (below + ROUNDING).to_bits()
}

/// Samples in rows from top to bottom; the channels of a pixel lie side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Samples {
    /// 8-bit samples.
    U8(Vec<u8>),
    /// 16-bit samples.
    U16(Vec<u16>),
}

impl Samples {
    /// `count` samples of the value `value`, cut to 8 bits where the depth is 8.
    pub(crate) fn filled(depth: Depth, count: usize, value: u16) -> Self {
        match depth {
            Depth::Eight => Self::U8(vec![value.min(255) as u8; count]),
            Depth::Sixteen => Self::U16(vec![value; count]),
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
        }
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples of one `channel` of `channels` inside `rect` of a picture of `width` columns.
    pub(crate) fn plane(&self, width: u32, [channel, channels]: [usize; 2], rect: &Rect) -> Vec<u16> {
        let mut plane = Vec::with_capacity(rect.area());
        for row in rows(width, channels, rect) {
            match self {
                Self::U8(all) => {
                    let row = all.get(row).unwrap_or_default();
                    plane.extend(row.iter().skip(channel).step_by(channels).map(|&v| u16::from(v)));
                }
                Self::U16(all) => {
                    let row = all.get(row).unwrap_or_default();
                    plane.extend(row.iter().skip(channel).step_by(channels));
                }
            }
        }
        plane
    }

    /// Writes what [`Samples::plane`] reads.
    pub(crate) fn put_plane(&mut self, width: u32, [channel, channels]: [usize; 2], rect: &Rect, plane: &[u16]) {
        for (row, values) in rows(width, channels, rect).zip(plane.chunks_exact(rect.width as usize)) {
            match self {
                Self::U8(all) => {
                    let row = all.get_mut(row).unwrap_or_default();
                    for (to, &v) in row.iter_mut().skip(channel).step_by(channels).zip(values) {
                        *to = v.min(Depth::Eight.max()) as u8;
                    }
                }
                Self::U16(all) => {
                    let row = all.get_mut(row).unwrap_or_default();
                    for (to, &v) in row.iter_mut().skip(channel).step_by(channels).zip(values) {
                        *to = v;
                    }
                }
            }
        }
    }

    /// Bits of a sample.
    pub fn depth(&self) -> Depth {
        match self {
            Self::U8(_) => Depth::Eight,
            Self::U16(_) => Depth::Sixteen,
        }
    }

    /// Whether every sample has the largest value; for alpha: opaque everywhere.
    pub fn is_max(&self) -> bool {
        match self {
            Self::U8(samples) => samples.iter().all(|&sample| sample == u8::MAX),
            Self::U16(samples) => samples.iter().all(|&sample| sample == u16::MAX),
        }
    }

    /// The samples in 8 bits, rounded where they have 16.
    pub fn to_u8(&self) -> std::borrow::Cow<'_, [u8]> {
        match self {
            Self::U8(samples) => samples.as_slice().into(),
            Self::U16(samples) => samples.iter().map(|&sample| narrow(sample)).collect(),
        }
    }
}

/// Where the rows of `rect` lie in a picture of `width` columns and `channels` samples a pixel.
fn rows(width: u32, channels: usize, rect: &Rect) -> impl Iterator<Item = std::ops::Range<usize>> {
    let (left, columns) = (rect.x as usize, rect.width as usize);
    (rect.y as usize..rect.bottom() as usize).map(move |y| {
        let at = (y * width as usize + left) * channels;
        at..at + columns * channels
    })
}

/// A 16-bit sample in 8 bits, rounded to the nearest.
pub(crate) fn narrow(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

/// A picture. Its constructor checks that the number of samples fits the size, so it always does.
///
/// ```
/// use lmc_codec::{Color, Image, Samples};
///
/// let gray = Image::new(2, 1, Color::Gray, Samples::U8(vec![0, 255]), None)?;
/// assert_eq!((gray.width(), gray.height()), (2, 1));
/// assert!(Image::new(2, 1, Color::Rgb, Samples::U8(vec![0, 255]), None).is_err());
/// # Ok::<(), lmc_codec::CodecError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    width: u32,
    height: u32,
    color: Color,
    samples: Samples,
    alpha: Option<Samples>,
    metadata: ImageMetadata,
}

impl Image {
    /// A picture of `width` x `height` pixels with `samples` (colour channels interleaved) and,
    /// optionally, a plane of `alpha`.
    ///
    /// # Errors
    /// `Parameter` for an empty picture, when the number of samples does not fit the size, or when
    /// alpha has another depth than the colours.
    pub fn new(width: u32, height: u32, color: Color, samples: Samples, alpha: Option<Samples>) -> Result<Self> {
        let pixels = pixel_count(width, height)?;
        check_count("colour", &samples, pixels.checked_mul(color.channels()))?;
        if let Some(alpha) = &alpha {
            check_count("alpha", alpha, Some(pixels))?;
            if alpha.depth() != samples.depth() {
                let reason = "alpha and colour have samples of different depths".to_owned();
                return Err(CodecError::Parameter(reason));
            }
        }
        Ok(Self {
            width,
            height,
            color,
            samples,
            alpha,
            metadata: ImageMetadata::default(),
        })
    }

    /// With `alpha` in place of the alpha that it has.
    ///
    /// # Errors
    /// As [`Image::new`].
    pub fn with_alpha(self, alpha: Option<Samples>) -> Result<Self> {
        let picture = Self::new(self.width, self.height, self.color, self.samples, alpha)?;
        Ok(picture.with_metadata(self.metadata))
    }

    /// Puts other samples, as many and of the same depth, in place of those it has.
    pub(crate) fn set_samples(&mut self, samples: Samples) {
        self.samples = samples;
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Gray or RGB.
    pub fn color(&self) -> Color {
        self.color
    }

    /// Bits of a sample.
    pub fn depth(&self) -> Depth {
        self.samples.depth()
    }

    /// The colours: `height x width x channels` samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The colours as 8-bit RGB: `height x width x 3` samples. Deeper ones are rounded, gray is repeated, and alpha and the
    /// profile are left out.
    pub fn to_rgb8(&self) -> Vec<u8> {
        let samples = self.samples.to_u8();
        match self.color {
            Color::Rgb => samples.into_owned(),
            Color::Gray => samples.iter().flat_map(|&gray| [gray; 3]).collect(),
        }
    }

    /// The alpha plane: `height x width` samples.
    pub fn alpha(&self) -> Option<&Samples> {
        self.alpha.as_ref()
    }

    /// The parts that hold samples: colours and alpha.
    pub(crate) fn planes_mut(&mut self) -> (&mut Samples, Option<&mut Samples>) {
        (&mut self.samples, self.alpha.as_mut())
    }
}

/// The number of pixels, which fits the address space.
fn pixel_count(width: u32, height: u32) -> Result<usize> {
    let pixels = u64::from(width) * u64::from(height);
    match usize::try_from(pixels) {
        Ok(0) => Err(CodecError::Parameter(format!(
            "a picture of {width}x{height} has no pixels"
        ))),
        Ok(pixels) => Ok(pixels),
        Err(_) => Err(CodecError::Parameter(format!(
            "{width}x{height} pixels do not fit into memory"
        ))),
    }
}

fn check_count(what: &str, samples: &Samples, wanted: Option<usize>) -> Result<()> {
    if wanted != Some(samples.len()) {
        let reason = format!("{} {what} samples do not fill the picture", samples.len());
        return Err(CodecError::Parameter(reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_as_casts_do_it() {
        let halves = (-4..=520).map(|half| half as f32 / 2.0);
        let near = halves.flat_map(|value| [value.next_down(), value, value.next_up()]);
        for value in near.chain([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -0.0, 1e-40]) {
            assert_eq!(to_u8(value), (value + 0.5) as u8, "{value}");
            let wide = value * 257.0;
            assert_eq!(to_u16(wide), (wide + 0.5) as u16, "{wide}");
        }
    }

    #[test]
    fn sixteen_bits_round_to_eight() {
        let samples = Samples::U16(vec![0, 128, 129, 257, 65_535, 65_406, 65_407]);
        assert_eq!(samples.to_u8().as_ref(), [0, 0, 1, 1, 255, 254, 255]);
    }

    #[test]
    fn the_samples_must_fill_the_picture() {
        let new = |samples, alpha| Image::new(2, 2, Color::Gray, samples, alpha);
        assert!(new(Samples::U8(vec![0; 4]), Some(Samples::U8(vec![0; 4]))).is_ok());
        assert!(new(Samples::U8(vec![0; 3]), None).is_err());
        assert!(new(Samples::U8(vec![0; 4]), Some(Samples::U8(vec![0; 5]))).is_err());
        assert!(new(Samples::U8(vec![0; 4]), Some(Samples::U16(vec![0; 4]))).is_err());
        assert!(Image::new(0, 2, Color::Gray, Samples::U8(vec![]), None).is_err());
    }
}
