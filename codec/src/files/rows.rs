//! Rows of images as the bytes of files.

use crate::media::image::{Depth, Image, Samples};

/// The order of the bytes of 16-bit samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    HighFirst,
    LowFirst,
}

/// Replaces `out` by the bytes of row `y`: channels interleaved, alpha last.
pub(super) fn row_bytes(image: &Image, y: usize, order: Order, out: &mut Vec<u8>) {
    let (width, channels) = (image.width() as usize, image.color().channels());
    let pair = |sample: &u16| match order {
        Order::HighFirst => sample.to_be_bytes(),
        Order::LowFirst => sample.to_le_bytes(),
    };
    out.clear();
    match (image.samples(), image.alpha()) {
        (Samples::U8(color), Some(Samples::U8(alpha))) => {
            let alpha = line(alpha, y, width).iter();
            for (pixel, &alpha) in line(color, y, width * channels).chunks(channels).zip(alpha) {
                out.extend_from_slice(pixel);
                out.push(alpha);
            }
        }
        (Samples::U16(color), Some(Samples::U16(alpha))) => {
            let alpha = line(alpha, y, width).iter();
            for (pixel, alpha) in line(color, y, width * channels).chunks(channels).zip(alpha) {
                out.extend(pixel.iter().chain([alpha]).flat_map(pair));
            }
        }
        (Samples::U8(color), _) => out.extend_from_slice(line(color, y, width * channels)),
        (Samples::U16(color), _) => out.extend(line(color, y, width * channels).iter().flat_map(pair)),
    }
}

fn line<T>(samples: &[T], y: usize, length: usize) -> &[T] {
    samples.get(y * length..(y + 1) * length).unwrap_or_default()
}

/// Replaces `out` by the 8-bit samples of row `y`, rounded where there are 16 bits; without alpha unless `alpha` is
/// set.
pub(super) fn row_in_8_bits(image: &Image, y: usize, alpha: bool, out: &mut Vec<u8>) {
    let (width, channels) = (image.width() as usize, image.color().channels());
    let narrow = |samples: &Samples, at: usize| match samples {
        Samples::U8(all) => all.get(at).copied().unwrap_or(0),
        Samples::U16(all) => all.get(at).map_or(0, |&sample| crate::media::image::narrow(sample)),
    };
    out.clear();
    for x in y * width..(y + 1) * width {
        out.extend((0..channels).map(|channel| narrow(image.samples(), x * channels + channel)));
        if let Some(plane) = image.alpha().filter(|_| alpha) {
            out.push(narrow(plane, x));
        }
    }
}

/// Channels with alpha.
pub(super) fn channels(image: &Image) -> usize {
    image.color().channels() + usize::from(image.alpha().is_some())
}

/// Bytes of all samples.
pub(super) fn bytes(image: &Image) -> u64 {
    let samples = u64::from(image.width()) * u64::from(image.height()) * channels(image) as u64;
    match image.depth() {
        Depth::Eight => samples,
        Depth::Sixteen => 2 * samples,
    }
}
