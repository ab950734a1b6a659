//! Pictures that were drawn: text, windows, diagrams, icons.

use super::{Image, Samples};

/// Of this many pairs of rows one is looked at.
const PAIR_STEP: usize = 2;
/// A pixel that no neighbour tells costs an exact coder at least this many bits, where letters and icons recur; 6 to 15
/// bits are usual.
const LEAST_BITS: u64 = 2;

/// A picture that looks drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// What its exact samples take at least, roughly, in bytes.
    pub(crate) least_bytes: u64,
}

/// Pixels that were looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    all: u64,
    /// Equal to the pixel to the left and the one above.
    flat: u64,
    /// Equal to none of left, above, above left, above right.
    new: u64,
}

impl Image {
    /// Whether the picture looks drawn: at least a third of its pixels equal both the pixel to the left and the one
    /// above. Photographs have noise: less than a quarter of their pixels do, unless strong JPEG compression smoothed them.
    ///
    /// Looks at a quarter of the rows, in integers: about a millisecond for a megapixel.
    pub(crate) fn drawing(&self) -> Option<Drawing> {
        let (width, channels) = (self.width() as usize, self.color().channels());
        let count = match self.samples() {
            Samples::U8(samples) => count(samples, width, channels),
            Samples::U16(samples) => count(samples, width, channels),
        };
        let pixels = width as u64 * u64::from(self.height());
        let is_drawn = count.all > 0 && 3 * count.flat >= count.all;
        is_drawn.then(|| Drawing {
            least_bytes: count.new * LEAST_BITS * pixels / count.all / 8,
        })
    }
}

fn count<T: Copy + PartialEq>(samples: &[T], width: usize, channels: usize) -> Count {
    let mut count = Count::default();
    for pair in samples.chunks(2 * width * channels).step_by(PAIR_STEP) {
        let (above, row) = pair.split_at(pair.len().min(width * channels));
        match channels {
            1 => count.row::<T, 1>(above, row),
            _ => count.row::<T, 3>(above, row),
        }
    }
    count
}

impl Count {
    fn row<T: Copy + PartialEq, const CHANNELS: usize>(&mut self, above: &[T], row: &[T]) {
        let pixels = |row| <[T]>::as_chunks::<CHANNELS>(row).0;
        for (own, above) in pixels(row).windows(3).zip(pixels(above).windows(3)) {
            let (left, pixel) = (own[0], own[1]);
            let (is_left, is_above) = (pixel == left, pixel == above[1]);
            self.all += 1;
            self.flat += u64::from(is_left && is_above);
            self.new += u64::from(!is_left && !is_above && pixel != above[0] && pixel != above[2]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::image::Color;

    /// `[height, width]` pixels whose samples depend on row, column and channel.
    fn picture([height, width]: [usize; 2], color: Color, sample: impl Fn(usize, usize, usize) -> u8) -> Image {
        let channels = color.channels();
        let all = (0..height * width * channels).map(|at| {
            let pixel = at / channels;
            sample(pixel / width, pixel % width, at % channels)
        });
        Image::new(width as u32, height as u32, color, Samples::U8(all.collect()), None).unwrap()
    }

    fn noise(row: usize, column: usize, channel: usize) -> u8 {
        let hash = (row * 7919 + column * 104_729 + channel * 31).wrapping_mul(0x9e37_79b9);
        (hash >> 24) as u8 & 3
    }

    #[test]
    fn boxes_are_drawn_and_noise_is_not() {
        for color in [Color::Gray, Color::Rgb] {
            assert!(
                picture([40, 50], color, |row, column, _| (row / 8 + column / 9) as u8)
                    .drawing()
                    .is_some()
            );
            assert_eq!(picture([40, 50], color, noise).drawing(), None);
            assert_eq!(
                picture([40, 50], color, |row, column, _| (row + column) as u8).drawing(),
                None
            );
        }
    }

    #[test]
    fn one_channel_of_noise_is_enough() {
        let mixed = picture([40, 50], Color::Rgb, |row, column, channel| match channel {
            2 => noise(row, column, 0),
            _ => 9,
        });
        assert_eq!(mixed.drawing(), None);
    }

    #[test]
    fn single_rows_and_columns_are_not_drawn() {
        assert_eq!(picture([1, 50], Color::Gray, |_, _, _| 7).drawing(), None);
        assert_eq!(picture([50, 1], Color::Gray, |_, _, _| 7).drawing(), None);
    }

    #[test]
    fn new_pixels_have_their_price() {
        let flat = picture([40, 50], Color::Gray, |_, _, _| 7);
        assert_eq!(flat.drawing(), Some(Drawing { least_bytes: 0 }));
        // Of the 50 pixels in each row that is looked at two are new.
        let dots = picture([40, 52], Color::Rgb, |row, column, _| {
            u8::from(row % 2 == 1 && column % 25 == 1) * 9
        });
        let least_bytes = 2080 * 2 * 2 / 50 / 8;
        assert_eq!(dots.drawing(), Some(Drawing { least_bytes }));
    }
}
