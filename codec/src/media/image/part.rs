//! Parts of pictures and smaller versions of them.

use super::{Image, Samples};
use crate::error::{CodecError, Result};
use crate::tiles::Rect;

impl Image {
    /// The pixels of `rect`, with the metadata.
    ///
    /// # Errors
    /// `Parameter` when it is empty.
    pub(crate) fn part(self, rect: &Rect) -> Result<Self> {
        if (rect.width, rect.height) == (self.width, self.height) {
            return Ok(self);
        }
        let samples = self.samples.part(self.width, self.color.channels(), rect);
        let alpha = self.alpha.map(|alpha| alpha.part(self.width, 1, rect));
        let part = Self::new(rect.width, rect.height, self.color, samples, alpha)?;
        Ok(part.with_metadata(self.metadata))
    }

    /// Writes `to` from the pixels that begin where `from` does in `samples`, which have `width` columns and the channels
    /// and depth of this picture.
    ///
    /// # Errors
    /// `Internal` for samples of another depth.
    pub(crate) fn put_samples(&mut self, to: &Rect, samples: &Samples, width: u32, from: &Rect) -> Result<()> {
        let channels = self.color.channels();
        let rows = super::rows(self.width, channels, to).zip(super::rows(width, channels, from));
        match (&mut self.samples, samples) {
            (Samples::U8(out), Samples::U8(all)) => rows.for_each(|(to, from)| copy(out.get_mut(to), all.get(from))),
            (Samples::U16(out), Samples::U16(all)) => rows.for_each(|(to, from)| copy(out.get_mut(to), all.get(from))),
            _ => return Err(CodecError::Internal("samples of two depths in one picture".into())),
        }
        Ok(())
    }
}

/// Copies a row where both are there and equally long, as [`rows`](super::rows) of rectangles of one size are.
fn copy<T: Copy>(to: Option<&mut [T]>, from: Option<&[T]>) {
    if let (Some(to), Some(from)) = (to, from)
        && to.len() == from.len()
    {
        to.copy_from_slice(from);
    }
}

impl Samples {
    /// The samples of `rect` of a picture of `width` columns and `channels` samples a pixel.
    fn part(&self, width: u32, channels: usize, rect: &Rect) -> Self {
        let rows = super::rows(width, channels, rect);
        match self {
            Self::U8(all) => Self::U8(rows.flat_map(|row| all.get(row).unwrap_or_default()).copied().collect()),
            Self::U16(all) => Self::U16(rows.flat_map(|row| all.get(row).unwrap_or_default()).copied().collect()),
        }
    }

    /// Means of blocks of `2^levels` x `2^levels` samples, of fewer at the right and at the bottom, in a picture of `width`
    /// columns and `channels` samples a pixel.
    pub(crate) fn reduced(self, width: u32, channels: usize, levels: usize) -> Self {
        let size = (width as usize, channels, 1 << levels);
        match self {
            same if levels == 0 => same,
            Self::U8(all) => Self::U8(means(&all, size).map(|mean| mean as u8).collect()),
            Self::U16(all) => Self::U16(means(&all, size).map(|mean| mean as u16).collect()),
        }
    }
}

/// The rounded means of the blocks, row by row.
fn means<T: Copy + Into<u32>>(
    all: &[T],
    (width, channels, side): (usize, usize, usize),
) -> impl Iterator<Item = u32> + '_ {
    let stride = width * channels;
    all.chunks(stride * side).flat_map(move |rows| {
        let height = rows.len() / stride;
        (0..width.div_ceil(side) * channels).map(move |at| {
            let (x, channel) = (at / channels * side, at % channels);
            let columns = x..width.min(x + side);
            let count = (height * columns.len()) as u32;
            let sample = |y: usize, x: usize| -> u32 { rows[y * stride + x * channels + channel].into() };
            let sum: u32 = (0..height)
                .flat_map(|y| columns.clone().map(move |x| sample(y, x)))
                .sum();
            (sum + count / 2) / count
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::image::Color;

    #[test]
    fn parts_and_means() {
        let samples: Vec<u8> = (0..5 * 3 * 3).collect();
        let alpha = Samples::U8((100..115).collect());
        let picture = Image::new(5, 3, Color::Rgb, Samples::U8(samples), Some(alpha)).unwrap();
        let rect = Rect {
            x: 1,
            y: 1,
            width: 2,
            height: 2,
        };
        let part = picture.clone().part(&rect).unwrap();
        let wanted = vec![18, 19, 20, 21, 22, 23, 33, 34, 35, 36, 37, 38];
        assert_eq!(part.samples(), &Samples::U8(wanted));
        assert_eq!(part.alpha(), Some(&Samples::U8(vec![106, 107, 111, 112])));
        let alpha = picture.alpha().unwrap().clone();
        // Blocks of 2 x 2, the last column and row of fewer.
        let wanted = vec![103, 105, 107, 111, 113, 114];
        assert_eq!(alpha.clone().reduced(5, 1, 1), Samples::U8(wanted));
        assert_eq!(alpha.clone().reduced(5, 1, 3), Samples::U8(vec![107]));
        assert_eq!(alpha.clone().reduced(5, 1, 0), alpha);
    }
}
