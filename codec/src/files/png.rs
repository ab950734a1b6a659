//! Writes PNG files row by row, so that a large picture needs no second copy. It is slower than what the library
//! does with a whole picture, so small ones are not written in this way.

use std::borrow::Cow;
use std::io::Write;

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter, Info};

use super::Format;
use crate::error::{CodecError, Result};
use crate::media::image::{Color, Depth, Image, Samples};

/// Writes a picture with all that it has.
pub(super) fn write_rows(picture: &Image, out: &mut impl Write) -> Result<()> {
    let mut info = Info::with_size(picture.width(), picture.height());
    info.color_type = match (picture.color(), picture.alpha().is_some()) {
        (Color::Gray, false) => ColorType::Grayscale,
        (Color::Gray, true) => ColorType::GrayscaleAlpha,
        (Color::Rgb, false) => ColorType::Rgb,
        (Color::Rgb, true) => ColorType::Rgba,
    };
    info.bit_depth = match picture.depth() {
        Depth::Eight => BitDepth::Eight,
        Depth::Sixteen => BitDepth::Sixteen,
    };
    info.icc_profile = picture.icc().map(Cow::Borrowed);
    info.exif_metadata = picture.exif().map(Cow::Borrowed);
    let mut encoder = Encoder::with_info(out, info).map_err(error)?;
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::Adaptive);
    let mut writer = encoder.write_header().map_err(error)?;
    let mut rows = writer.stream_writer().map_err(error)?;
    let mut row = Vec::new();
    for y in 0..picture.height() as usize {
        fill_row(&mut row, picture, y);
        rows.write_all(&row)?;
    }
    rows.finish().map_err(error)?;
    writer.finish().map_err(error)
}

fn error(error: EncodingError) -> CodecError {
    match error {
        EncodingError::IoError(error) => CodecError::Io(error),
        other => Format::Png.error(other.to_string()),
    }
}

/// The bytes of the row `y`: channels interleaved, 16-bit samples big-endian.
fn fill_row(row: &mut Vec<u8>, picture: &Image, y: usize) {
    let (width, channels) = (picture.width() as usize, picture.color().channels());
    row.clear();
    match (picture.samples(), picture.alpha()) {
        (Samples::U8(color), Some(Samples::U8(alpha))) => {
            let alpha = line(alpha, y, width).iter();
            for (pixel, &alpha) in line(color, y, width * channels).chunks(channels).zip(alpha) {
                row.extend_from_slice(pixel);
                row.push(alpha);
            }
        }
        (Samples::U16(color), Some(Samples::U16(alpha))) => {
            let alpha = line(alpha, y, width).iter();
            for (pixel, alpha) in line(color, y, width * channels).chunks(channels).zip(alpha) {
                row.extend(pixel.iter().chain([alpha]).flat_map(|sample| sample.to_be_bytes()));
            }
        }
        (Samples::U8(color), _) => row.extend_from_slice(line(color, y, width * channels)),
        (Samples::U16(color), _) => {
            let color = line(color, y, width * channels);
            row.extend(color.iter().flat_map(|sample| sample.to_be_bytes()));
        }
    }
}

fn line<T>(samples: &[T], y: usize, length: usize) -> &[T] {
    samples.get(y * length..(y + 1) * length).unwrap_or_default()
}
