//! PNG of 8-bit RGB, as fast or as small as is asked for: for programs and for pages.

use png::{BitDepth, ColorType, Compression, Encoder};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::png_file_for_tests;

    #[test]
    fn pictures_come_back() {
        let picture = Rgb::new(3, 2, (0..18).collect()).unwrap();
        for compression in [Compression::Fast, Compression::High] {
            assert_eq!(png_file_for_tests(&to_png(&picture, compression).unwrap()), picture);
        }
    }
}
