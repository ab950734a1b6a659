//! Images: pixels into memory, and the check of symbols.

use lmc::codec::verify;
use lmc::{DecodeOptions, Limits, PixelBuffers, Rect, Result, Scale, Unwatched};

use crate::answer::{Made, answer};
use crate::memory::input;
use crate::weights::models;

/// Which pixels of an image to make, and how.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct ImageRequest {
    /// Left edge of the part, in pixels of the whole image.
    pub x: u32,
    /// Top edge of the part.
    pub y: u32,
    /// Width of the part; 0 for the whole image.
    pub width: u32,
    /// Height of the part.
    pub height: u32,
    /// 1 for full size; 2, 4 or 8 for a half, a quarter, an eighth of it.
    pub scale: u32,
    /// 1 to fill what is damaged from its surroundings, 0 to refuse it.
    pub conceal: u32,
    /// The most pixels that the whole image may have; 0 for the limit of the library.
    pub max_pixels: u32,
}

impl ImageRequest {
    fn options(&self) -> Result<DecodeOptions> {
        let &Self {
            x, y, width, height, ..
        } = self;
        let region = (width != 0).then_some(Rect { x, y, width, height });
        let mut limits = Limits::default();
        if self.max_pixels != 0 {
            limits.max_pixels = self.max_pixels.into();
        }
        Ok(DecodeOptions::default()
            .with_region(region)
            .with_scale(scale(self.scale)?)
            .with_conceal(self.conceal != 0)
            .with_limits(limits))
    }
}

fn scale(divisor: u32) -> Result<Scale> {
    match divisor {
        1 => Ok(Scale::Full),
        2 => Ok(Scale::Half),
        4 => Ok(Scale::Quarter),
        8 => Ok(Scale::Eighth),
        _ => Err(lmc::Error::Parameter(format!(
            "there is no scale 1/{divisor}: use 1, 2, 4 or 8"
        ))),
    }
}

/// Decodes an image, or a part of it. The answer is its pixels: red, green, blue, alpha of 8 bits, rows without gaps.
///
/// # Safety
/// `stream` holds `bytes` bytes, and `request` an [`ImageRequest`].
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub unsafe extern "C" fn lmc_decode_image(stream: *const u8, bytes: usize, request: *const ImageRequest) -> i32 {
    // SAFETY: the caller says so.
    answer(unsafe { decode(input(stream, bytes), &*request) })
}

fn decode(stream: &[u8], request: &ImageRequest) -> Result<Made> {
    let decoder = lmc::open_with(stream, &models(), request.options()?)?;
    let picture = decoder.image(&mut Unwatched)?.picture;
    let size = [picture.width(), picture.height()];
    let [width, height] = size.map(|side| side as usize);
    let mut rgba = vec![0; 4 * width * height];
    picture.write_rgba8(&mut rgba, 4 * width)?;
    Ok(Made::Pixels { rgba, size })
}

/// Checks that an image decodes to the symbols that were encoded. No pixels are made.
///
/// # Safety
/// `stream` holds `bytes` bytes.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub unsafe extern "C" fn lmc_verify_image(stream: *const u8, bytes: usize) -> i32 {
    // SAFETY: the caller says so.
    answer(check(unsafe { input(stream, bytes) }))
}

fn check(stream: &[u8]) -> Result<Made> {
    let decoder = lmc::open(stream)?;
    let codecs = models().codecs_for(decoder.header())?;
    verify(&codecs, stream, &Limits::default())?;
    Ok(Made::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = include_bytes!("../../../tests/golden/lossless/rgb.lmc");

    fn request() -> ImageRequest {
        ImageRequest {
            x: 0,
            y: 0,
            width: 0,
            height: 0,
            scale: 1,
            conceal: 0,
            max_pixels: 0,
        }
    }

    fn pixels(request: &ImageRequest) -> (Vec<u8>, [u32; 2]) {
        match decode(STREAM, request).unwrap() {
            Made::Pixels { rgba, size } => (rgba, size),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_region_is_a_part_of_the_whole() {
        let (whole, [width, height]) = pixels(&request());
        let part = ImageRequest {
            x: 3,
            y: 5,
            width: 20,
            height: 10,
            ..request()
        };
        let (pixels, size) = pixels(&part);
        assert_eq!(size, [20, 10]);
        assert!(width > 23 && height > 15);
        let rows = whole.chunks_exact(4 * width as usize).skip(5);
        for (row, part) in rows.zip(pixels.chunks_exact(4 * 20)) {
            assert_eq!(row[12..][..80], *part);
        }
    }

    #[test]
    fn bad_requests_are_errors() {
        for request in [
            ImageRequest { scale: 3, ..request() },
            ImageRequest { width: 1, ..request() },
            ImageRequest {
                max_pixels: 10,
                ..request()
            },
        ] {
            assert!(decode(STREAM, &request).is_err());
        }
        assert!(decode(&STREAM[..100], &request()).is_err());
        assert!(check(STREAM).is_ok());
    }
}
