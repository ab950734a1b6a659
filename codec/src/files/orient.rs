//! Turns pictures upright.

use image::metadata::Orientation;

use crate::media::image::Samples;

/// Reorders `samples` of `channels` a pixel from `width` x `height` as `orientation` asks; returns
/// them with the new width and height.
pub(super) fn upright(
    samples: Samples,
    (width, height): (u32, u32),
    channels: usize,
    orientation: Orientation,
) -> (Samples, u32, u32) {
    if orientation == Orientation::NoTransforms {
        return (samples, width, height);
    }
    let (w, h) = (width as usize, height as usize);
    let samples = match samples {
        Samples::U8(samples) => Samples::U8(reordered(&samples, w, h, channels, orientation)),
        Samples::U16(samples) => Samples::U16(reordered(&samples, w, h, channels, orientation)),
    };
    let (width, height) = upright_size((width, height), orientation);
    (samples, width, height)
}

/// Width and height once a picture of `width` x `height` is upright.
pub(super) fn upright_size((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    if swaps(orientation) {
        (height, width)
    } else {
        (width, height)
    }
}

/// Whether rows become columns.
pub(super) fn swaps(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

fn reordered<T: Copy>(source: &[T], width: usize, height: usize, channels: usize, orientation: Orientation) -> Vec<T> {
    let (columns, rows) = if swaps(orientation) {
        (height, width)
    } else {
        (width, height)
    };
    let mut out = Vec::with_capacity(source.len());
    for y in 0..rows {
        for x in 0..columns {
            let (sx, sy) = match orientation {
                Orientation::NoTransforms => (x, y),
                Orientation::FlipHorizontal => (width - 1 - x, y),
                Orientation::Rotate180 => (width - 1 - x, height - 1 - y),
                Orientation::FlipVertical => (x, height - 1 - y),
                Orientation::Rotate90FlipH => (y, x),
                Orientation::Rotate90 => (y, height - 1 - x),
                Orientation::Rotate270FlipH => (width - 1 - y, height - 1 - x),
                Orientation::Rotate270 => (width - 1 - y, x),
            };
            let at = (sy * width + sx) * channels;
            out.extend_from_slice(source.get(at..at + channels).unwrap_or_default());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, RgbImage};

    #[test]
    fn every_orientation_is_that_of_the_image_crate() {
        let pixels: Vec<u8> = (0..5 * 3 * 3).map(|i| i as u8).collect();
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let mut image = DynamicImage::ImageRgb8(RgbImage::from_raw(5, 3, pixels.clone()).unwrap());
            image.apply_orientation(orientation);
            let (found, width, height) = upright(Samples::U8(pixels.clone()), (5, 3), 3, orientation);
            assert_eq!((width, height), (image.width(), image.height()), "orientation {exif}");
            assert_eq!(found, Samples::U8(image.into_bytes()), "orientation {exif}");
        }
    }
}
