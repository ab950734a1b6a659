//! Pixels into buffers that the caller owns.

use std::borrow::Cow;

use lmc_codec::{CodecError, Image, Result, Samples};

/// Writes an [`Image`] row by row into memory of the caller, in the layouts that screens and image libraries take.
///
/// `stride` is the distance from one row to the next, in elements of the buffer. What lies between rows stays as it is.
/// Gray becomes three equal colours, a missing alpha plane is opaque, and depths are scaled.
pub trait PixelBuffers {
    /// Red, green, blue, alpha of 8 bits.
    ///
    /// ```
    /// use lmc::{Color, Image, PixelBuffers, Samples};
    ///
    /// let gray = Image::new(2, 1, Color::Gray, Samples::U8(vec![7, 9]), None)?;
    /// let mut screen = [0; 8];
    /// gray.write_rgba8(&mut screen, 8)?;
    /// assert_eq!(screen, [7, 7, 7, 255, 9, 9, 9, 255]);
    /// # Ok::<(), lmc::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Parameter` for a stride shorter than a row, or a buffer shorter than the rows.
    fn write_rgba8(&self, out: &mut [u8], stride: usize) -> Result<()>;

    /// Red, green, blue of 8 bits.
    ///
    /// # Errors
    /// As [`write_rgba8`](Self::write_rgba8).
    fn write_rgb8(&self, out: &mut [u8], stride: usize) -> Result<()>;

    /// Red, green, blue, alpha of 16 bits.
    ///
    /// # Errors
    /// As [`write_rgba8`](Self::write_rgba8).
    fn write_rgba16(&self, out: &mut [u16], stride: usize) -> Result<()>;

    /// The samples as they are, gray or RGB, 8 or 16 bits, with alpha behind the colours of each pixel where there is some.
    fn interleaved(&self) -> Cow<'_, Samples>;
}

impl PixelBuffers for Image {
    fn write_rgba8(&self, out: &mut [u8], stride: usize) -> Result<()> {
        write::<u8, 4>(self, out, stride)
    }

    fn write_rgb8(&self, out: &mut [u8], stride: usize) -> Result<()> {
        write::<u8, 3>(self, out, stride)
    }

    fn write_rgba16(&self, out: &mut [u16], stride: usize) -> Result<()> {
        write::<u16, 4>(self, out, stride)
    }

    fn interleaved(&self) -> Cow<'_, Samples> {
        let channels = self.color().channels();
        match (self.samples(), self.alpha()) {
            (Samples::U8(colors), Some(Samples::U8(alpha))) => Cow::Owned(Samples::U8(joined(colors, channels, alpha))),
            (Samples::U16(colors), Some(Samples::U16(alpha))) => {
                Cow::Owned(Samples::U16(joined(colors, channels, alpha)))
            }
            (colors, _) => Cow::Borrowed(colors),
        }
    }
}

/// Pixels of `channels` colours with their alpha.
fn joined<T: Copy>(colors: &[T], channels: usize, alpha: &[T]) -> Vec<T> {
    let mut out = Vec::with_capacity(colors.len() + alpha.len());
    for (pixel, &alpha) in colors.chunks_exact(channels).zip(alpha) {
        out.extend_from_slice(pixel);
        out.push(alpha);
    }
    out
}

/// An element of a buffer.
trait Element: Copy {
    const MAX: Self;

    fn of(samples: &Samples, at: usize) -> Self;
}

impl Element for u8 {
    const MAX: Self = Self::MAX;

    fn of(samples: &Samples, at: usize) -> Self {
        match samples {
            Samples::U8(samples) => samples[at],
            // 65535 / 255 = 257: the nearest of 8 bits.
            Samples::U16(samples) => ((u32::from(samples[at]) + 128) / 257) as u8,
        }
    }
}

impl Element for u16 {
    const MAX: Self = Self::MAX;

    fn of(samples: &Samples, at: usize) -> Self {
        match samples {
            Samples::U8(samples) => u16::from(samples[at]) * 257,
            Samples::U16(samples) => samples[at],
        }
    }
}

fn write<T: Element, const N: usize>(picture: &Image, out: &mut [T], stride: usize) -> Result<()> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let row = width * N;
    let needed = height
        .saturating_sub(1)
        .checked_mul(stride)
        .and_then(|rows| rows.checked_add(row));
    if stride < row || needed.is_none_or(|needed| needed > out.len()) {
        let reason = format!(
            "{} elements of stride {stride} do not hold {height} rows of {row}",
            out.len()
        );
        return Err(CodecError::Parameter(reason));
    }
    let channels = picture.color().channels();
    for (i, out) in out.chunks_mut(stride).take(height).enumerate() {
        for (j, pixel) in out.as_chunks_mut::<N>().0.iter_mut().take(width).enumerate() {
            let at = i * width + j;
            for (channel, out) in pixel.iter_mut().enumerate() {
                *out = match channel {
                    3 => picture.alpha().map_or(T::MAX, |alpha| T::of(alpha, at)),
                    _ => T::of(picture.samples(), at * channels + channel.min(channels - 1)),
                };
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lmc_codec::Color;

    use super::*;

    #[test]
    fn rows_keep_their_stride_and_depths_are_scaled() {
        let samples = Samples::U16((0..12).map(|i| i * 5_000).collect());
        let alpha = Some(Samples::U16(vec![0, 65_535, 32_768, 1]));
        let picture = Image::new(2, 2, Color::Rgb, samples, alpha).unwrap();
        let mut out = [1; 18];
        picture.write_rgba8(&mut out, 10).unwrap();
        assert_eq!(out[..8], [0, 19, 39, 0, 58, 78, 97, 255]);
        assert_eq!(out[8..10], [1, 1]);
        assert_eq!(out[13], 128);
        let mut wide = [0; 16];
        picture.write_rgba16(&mut wide, 8).unwrap();
        assert_eq!(wide[4..8], [15_000, 20_000, 25_000, 65_535]);
        assert!(picture.write_rgb8(&mut [0; 11], 6).is_err());
        assert!(picture.write_rgb8(&mut [0; 64], 5).is_err());
        assert!(picture.write_rgb8(&mut [0; 12], usize::MAX).is_err());
    }
}
