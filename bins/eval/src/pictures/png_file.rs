//! PNG of 8-bit RGB, which programs exchange pictures by and pages show.

use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Transformations};

use super::Rgb;
use crate::{EvalError, Result};

/// The picture as PNG.
///
/// # Errors
/// `Malformed` when the library refuses it.
pub(crate) fn to_png(picture: &Rgb, compression: Compression) -> Result<Vec<u8>> {
    let failed = |error| EvalError::malformed("a picture", error);
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, picture.width(), picture.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(compression);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(picture.samples()).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}

/// Reads PNG; 16 bits become 8, gray RGB, and alpha is dropped.
///
/// # Errors
/// `Malformed` for anything else.
pub(crate) fn parse(bytes: &[u8]) -> Result<Rgb> {
    let bad = |reason: String| EvalError::malformed("the decoded PNG", reason);
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|error| bad(error.to_string()))?;
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| bad("it is too large".into()))?;
    let mut samples = vec![0; size];
    let info = reader
        .next_frame(&mut samples)
        .map_err(|error| bad(error.to_string()))?;
    samples.truncate(info.buffer_size());
    let channels = info.color_type.samples();
    let pixel = |pixel: &[u8]| match channels {
        1 | 2 => [pixel[0]; 3],
        _ => [pixel[0], pixel[1], pixel[2]],
    };
    if channels != 3 {
        samples = samples.chunks_exact(channels).flat_map(pixel).collect();
    }
    Rgb::new(info.width, info.height, samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_back() {
        let picture = Rgb::new(3, 2, (0..18).collect()).unwrap();
        assert_eq!(parse(&to_png(&picture, Compression::Fast).unwrap()).unwrap(), picture);
        assert!(parse(b"no picture").is_err());
    }
}
