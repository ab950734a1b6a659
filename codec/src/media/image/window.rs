//! The passage between samples and the planes of floats that the transforms work on.

use lmc_kernels::isa::Isa;

use super::{Image, Samples};
use crate::tiles::Rect;

/// What white is where pixels are integers; black is 0.
pub const ONE: i32 = 1 << 16;

impl Image {
    /// The colours of `rect` as planar RGB in 0..1, extended to `width` x `height` by repeating its
    /// last column and row. Gray fills all three planes.
    ///
    /// # Shapes
    /// Returns 3 x `height` x `width`.
    pub(crate) fn window(&self, rect: &Rect, width: u32, height: u32) -> Vec<f32> {
        match &self.samples {
            Samples::U8(samples) => self.window_of(samples, 255.0, rect, width, height),
            Samples::U16(samples) => self.window_of(samples, 65_535.0, rect, width, height),
        }
    }

    fn window_of<T: Copy + Into<f32>>(
        &self,
        samples: &[T],
        max: f32,
        rect: &Rect,
        width: u32,
        height: u32,
    ) -> Vec<f32> {
        let channels = self.color.channels();
        let (area, width, isa) = (width as usize * height as usize, width as usize, Isa::best());
        let mut planes = vec![0.0; 3 * area];
        for (row, y) in (0..height as usize).zip(rect.y..) {
            let y = y.min(rect.bottom() - 1) as usize;
            let start = (y * self.width as usize + rect.x as usize) * channels;
            let line = samples
                .get(start..start + rect.width as usize * channels)
                .unwrap_or_default();
            for channel in 0..3 {
                let at = channel * area + row * width;
                let out = &mut planes[at..at + width];
                isa.run(
                    #[inline(always)]
                    || match channels {
                        1 => fill_row(out, line.as_chunks::<1>().0, 0, max),
                        _ => fill_row(out, line.as_chunks::<3>().0, channel, max),
                    },
                );
            }
        }
        planes
    }

    /// Writes `rect` from planar RGB in 0..=[`ONE`]: the window `planes` is `stride` wide, 3 x rows x
    /// `stride`, and the top left pixel of `rect` lies at `left`, `top` in it. Gray is the mean of
    /// the planes.
    pub(crate) fn put(&mut self, rect: &Rect, planes: &[i32], stride: usize, left: usize, top: usize) {
        let (width, channels) = (self.width as usize, self.color.channels());
        let source = Source {
            planes,
            stride,
            left,
            top,
        };
        match &mut self.samples {
            Samples::U8(out) => {
                put_into(out, width, channels, rect, &source, |v| scaled(v, 255) as u8);
            }
            Samples::U16(out) => {
                put_into(out, width, channels, rect, &source, |v| scaled(v, 65_535) as u16);
            }
        }
    }
}

/// A window of planar RGB, and where in it the pixels wanted begin.
struct Source<'a> {
    planes: &'a [i32],
    stride: usize,
    left: usize,
    top: usize,
}

/// Fills a row with a channel of pixels, and repeats the last value to the end.
#[inline(always)]
fn fill_row<const CHANNELS: usize, T: Copy + Into<f32>>(
    row: &mut [f32],
    pixels: &[[T; CHANNELS]],
    channel: usize,
    max: f32,
) {
    let count = pixels.len().min(row.len());
    let (row, beyond) = row.split_at_mut(count);
    for (value, pixel) in row.iter_mut().zip(pixels) {
        *value = pixel[channel].into() / max;
    }
    beyond.fill(row.last().copied().unwrap_or(0.0));
}

fn put_into<T>(
    out: &mut [T],
    width: usize,
    channels: usize,
    rect: &Rect,
    source: &Source<'_>,
    convert: impl Fn(i32) -> T + Copy,
) {
    let (area, isa) = (source.planes.len() / 3, Isa::best());
    for row in 0..rect.height as usize {
        let at = (source.top + row) * source.stride + source.left;
        let line = |channel: usize| source.planes.get(channel * area + at..).unwrap_or_default();
        let start = ((rect.y as usize + row) * width + rect.x as usize) * channels;
        let Some(target) = out.get_mut(start..start + rect.width as usize * channels) else {
            return;
        };
        isa.run(
            #[inline(always)]
            || put_row(target, channels, [line(0), line(1), line(2)], convert),
        );
    }
}

#[inline(always)]
fn put_row<T>(row: &mut [T], channels: usize, [r, g, b]: [&[i32]; 3], convert: impl Fn(i32) -> T) {
    let values = r.iter().zip(g).zip(b);
    if channels == 1 {
        for (gray, ((&r, &g), &b)) in row.iter_mut().zip(values) {
            *gray = convert(mean(r, g, b));
        }
    } else {
        for (pixel, ((&r, &g), &b)) in row.as_chunks_mut().0.iter_mut().zip(values) {
            *pixel = [r, g, b].map(&convert);
        }
    }
}

/// The sample of a value of 0..=[`ONE`], where `max` is white.
#[inline(always)]
fn scaled(value: i32, max: u32) -> u32 {
    (value.clamp(0, ONE) as u32 * max + (1 << 15)) >> 16
}

/// The mean of three values, rounded.
#[inline(always)]
fn mean(r: i32, g: i32, b: i32) -> i32 {
    let sum = i64::from(r) + i64::from(g) + i64::from(b);
    (2 * sum + 3).div_euclid(6) as i32
}

#[cfg(test)]
mod tests {
    use super::super::{Color, Depth};
    use super::*;

    fn bounds(picture: &Image) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: picture.width,
            height: picture.height,
        }
    }

    fn picture(color: Color, width: u32, height: u32, depth: Depth) -> Image {
        let count = (width * height) as usize * color.channels();
        let samples = match depth {
            Depth::Eight => Samples::U8((0..count).map(|i| (i * 7) as u8).collect()),
            Depth::Sixteen => Samples::U16((0..count).map(|i| (i * 1777) as u16).collect()),
        };
        Image::new(width, height, color, samples, None).unwrap()
    }

    #[test]
    fn a_window_and_back_changes_nothing() {
        for color in [Color::Gray, Color::Rgb] {
            for depth in [Depth::Eight, Depth::Sixteen] {
                let original = picture(color, 13, 9, depth);
                let rect = Rect {
                    x: 3,
                    y: 2,
                    width: 7,
                    height: 5,
                };
                let planes = original.window(&bounds(&original), 16, 12);
                let mut copy = original.clone();
                copy.samples = Samples::filled(depth, original.samples.len(), 0);
                let planes: Vec<i32> = planes.iter().map(|value| (value * ONE as f32).round() as i32).collect();
                copy.put(&rect, &planes, 16, 3, 2);
                let back = copy.window(&rect, 7, 5);
                assert_eq!(back, original.window(&rect, 7, 5));
                assert_ne!(copy, original);
                copy.put(&bounds(&original), &planes, 16, 0, 0);
                assert_eq!(copy, original);
            }
        }
    }

    #[test]
    fn a_window_repeats_the_last_row_and_column() {
        let gray = Image::new(2, 2, Color::Gray, Samples::U8(vec![0, 255, 255, 0]), None).unwrap();
        let planes = gray.window(&bounds(&gray), 4, 3);
        let expected = [0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
        assert_eq!(planes, expected.repeat(3));
    }

    #[test]
    fn values_outside_the_range_are_clamped() {
        let mut gray = Image::new(2, 2, Color::Gray, Samples::U8(vec![7; 4]), None).unwrap();
        let plane = [-3 * ONE, i32::MAX, 0, ONE / 2];
        gray.put(&bounds(&gray), &plane.repeat(3), 2, 0, 0);
        assert_eq!(gray.samples, Samples::U8(vec![0, 255, 0, 128]));
    }
}
