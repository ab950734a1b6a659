//! The passage between samples and the planes of floats that the transforms work on.

use super::{Picture, Samples};
use crate::tiles::Rect;

impl Picture {
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
        let (area, width) = (width as usize * height as usize, width as usize);
        let mut planes = vec![0.0; 3 * area];
        for (row, y) in (0..height as usize).zip(rect.y..) {
            let y = y.min(rect.bottom() - 1) as usize;
            let start = (y * self.width as usize + rect.x as usize) * channels;
            let line = samples
                .get(start..start + rect.width as usize * channels)
                .unwrap_or_default();
            for channel in 0..3 {
                let from = line.iter().skip(channel.min(channels - 1)).step_by(channels);
                let at = channel * area + row * width;
                fill_row(&mut planes[at..at + width], from.map(|&sample| sample.into() / max));
            }
        }
        planes
    }

    /// Writes `rect` from planar RGB in 0..1: the window `planes` is `stride` wide, 3 x rows x
    /// `stride`, and the top left pixel of `rect` lies at `left`, `top` in it. Gray is the mean of
    /// the planes.
    pub(crate) fn put(&mut self, rect: &Rect, planes: &[f32], stride: usize, left: usize, top: usize) {
        let (width, channels) = (self.width as usize, self.color.channels());
        let source = Source {
            planes,
            stride,
            left,
            top,
        };
        match &mut self.samples {
            Samples::U8(out) => {
                put_into(out, width, channels, rect, &source, |v| (v * 255.0 + 0.5) as u8);
            }
            Samples::U16(out) => {
                put_into(out, width, channels, rect, &source, |v| (v * 65_535.0 + 0.5) as u16);
            }
        }
    }
}

/// A window of planar RGB, and where in it the pixels wanted begin.
struct Source<'a> {
    planes: &'a [f32],
    stride: usize,
    left: usize,
    top: usize,
}

/// Fills a row and repeats its last value to the end.
fn fill_row(row: &mut [f32], values: impl Iterator<Item = f32>) {
    let mut last = 0.0;
    let mut filled = 0;
    for (slot, value) in row.iter_mut().zip(values) {
        (*slot, last) = (value, value);
        filled += 1;
    }
    row.iter_mut().skip(filled).for_each(|slot| *slot = last);
}

/// Float to integer casts saturate, so values outside 0..1 are clamped and NaN becomes 0.
fn put_into<T>(
    out: &mut [T],
    width: usize,
    channels: usize,
    rect: &Rect,
    source: &Source<'_>,
    convert: impl Fn(f32) -> T,
) {
    let area = source.planes.len() / 3;
    for row in 0..rect.height as usize {
        let at = (source.top + row) * source.stride + source.left;
        let line = |channel: usize| source.planes.get(channel * area + at..).unwrap_or_default();
        let pixels = line(0).iter().zip(line(1)).zip(line(2));
        let start = ((rect.y as usize + row) * width + rect.x as usize) * channels;
        let Some(target) = out.get_mut(start..start + rect.width as usize * channels) else {
            return;
        };
        for (pixel, ((&r, &g), &b)) in target.chunks_exact_mut(channels).zip(pixels) {
            match pixel {
                [gray] => *gray = convert((r + g + b) / 3.0),
                [red, green, blue] => {
                    (*red, *green, *blue) = (convert(r), convert(g), convert(b));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Color, Depth};
    use super::*;

    fn bounds(picture: &Picture) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: picture.width,
            height: picture.height,
        }
    }

    fn picture(color: Color, width: u32, height: u32, depth: Depth) -> Picture {
        let count = (width * height) as usize * color.channels();
        let samples = match depth {
            Depth::Eight => Samples::U8((0..count).map(|i| (i * 7) as u8).collect()),
            Depth::Sixteen => Samples::U16((0..count).map(|i| (i * 1777) as u16).collect()),
        };
        Picture::new(width, height, color, samples, None).unwrap()
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
        let gray = Picture::new(2, 2, Color::Gray, Samples::U8(vec![0, 255, 255, 0]), None).unwrap();
        let planes = gray.window(&bounds(&gray), 4, 3);
        let expected = [0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
        assert_eq!(planes, expected.repeat(3));
    }

    #[test]
    fn values_outside_the_range_are_clamped() {
        let mut gray = Picture::new(2, 2, Color::Gray, Samples::U8(vec![7; 4]), None).unwrap();
        let plane = [-3.0, 2.0, f32::NAN, 0.5];
        gray.put(&bounds(&gray), &plane.repeat(3), 2, 0, 0);
        assert_eq!(gray.samples, Samples::U8(vec![0, 255, 0, 128]));
    }
}
