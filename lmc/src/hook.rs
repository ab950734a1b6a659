//! Streams for the crate `image`, by its hooks.

use std::io::Read;

use image::error::{
    DecodingError, ImageFormatHint, LimitError, LimitErrorKind, UnsupportedError, UnsupportedErrorKind,
};
use image::hooks::{register_decoding_hook, register_format_detection_hook};
use image::{ColorType, ImageDecoder, ImageError, ImageResult};
use lmc_codec::container::MAGIC;
use lmc_codec::{CodecError, Color, Depth, Image, Media, Samples, Unwatched};

use crate::{Decoder, PixelBuffers, open};

/// The ending of files.
const ENDING: &str = "lmc";

/// Makes `image::open`, `image::ImageReader` and the like read images of this format, by their ending and by their first
/// bytes. Returns whether this call did it; later ones change nothing.
///
/// ```no_run
/// lmc::register_image_hook();
/// let photo = image::open("photo.lmc")?;
/// # Ok::<(), image::ImageError>(())
/// ```
pub fn register_image_hook() -> bool {
    let first = register_decoding_hook(ENDING.into(), Box::new(|reader| Ok(Box::new(Hooked::new(reader)?))));
    if first {
        register_format_detection_hook(ENDING.into(), &MAGIC, None);
    }
    first
}

/// A stream as the crate `image` sees it.
struct Hooked<R: Read> {
    decoder: Decoder<R>,
    size: (u32, u32),
    color: ColorType,
}

impl<R: Read> Hooked<R> {
    /// Reads the header.
    fn new(reader: R) -> ImageResult<Self> {
        let decoder = open(reader).map_err(converted)?;
        let Media::Image(media) = &decoder.header().media else {
            let what = format!("a {} and no image", decoder.kind().name());
            return Err(converted(CodecError::Unsupported(what)));
        };
        let (size, color) = (
            (media.width, media.height),
            color_type(media.color, media.depth, media.alpha),
        );
        Ok(Self { decoder, size, color })
    }
}

fn color_type(color: Color, depth: Depth, alpha: bool) -> ColorType {
    match (color, depth, alpha) {
        (Color::Gray, Depth::Eight, false) => ColorType::L8,
        (Color::Gray, Depth::Eight, true) => ColorType::La8,
        (Color::Gray, Depth::Sixteen, false) => ColorType::L16,
        (Color::Gray, Depth::Sixteen, true) => ColorType::La16,
        (Color::Rgb, Depth::Eight, false) => ColorType::Rgb8,
        (Color::Rgb, Depth::Eight, true) => ColorType::Rgba8,
        (Color::Rgb, Depth::Sixteen, false) => ColorType::Rgb16,
        (Color::Rgb, Depth::Sixteen, true) => ColorType::Rgba16,
    }
}

impl<R: Read> ImageDecoder for Hooked<R> {
    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn color_type(&self) -> ColorType {
        self.color
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.decoder.metadata().icc.clone())
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.decoder.metadata().exif.clone())
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.decoder.metadata().xmp.clone())
    }

    fn read_image(self, out: &mut [u8]) -> ImageResult<()> {
        let picture = self.decoder.image(&mut Unwatched).map_err(converted)?.picture;
        match write(&picture, out) {
            true => Ok(()),
            false => Err(converted(CodecError::Parameter("a buffer of another size".into()))),
        }
    }

    fn read_image_boxed(self: Box<Self>, out: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(out)
    }
}

/// Samples in the order of the machine's bytes; tells whether they fit.
fn write(picture: &Image, out: &mut [u8]) -> bool {
    match picture.interleaved().as_ref() {
        Samples::U8(samples) if samples.len() == out.len() => out.copy_from_slice(&samples[..]),
        Samples::U16(samples) if samples.len() * 2 == out.len() => {
            let bytes = out.as_chunks_mut::<2>().0;
            bytes
                .iter_mut()
                .zip(samples)
                .for_each(|(to, sample)| *to = sample.to_ne_bytes());
        }
        _ => return false,
    }
    true
}

/// The error in the words of the crate `image`.
fn converted(error: CodecError) -> ImageError {
    let format = ImageFormatHint::PathExtension(ENDING.into());
    match error {
        CodecError::Io(error) => ImageError::IoError(error),
        CodecError::Limit { .. } => ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError)),
        CodecError::Unsupported(what) => {
            let kind = UnsupportedErrorKind::GenericFeature(what);
            ImageError::Unsupported(UnsupportedError::from_format_and_kind(format, kind))
        }
        error => ImageError::Decoding(DecodingError::new(format, error)),
    }
}

#[cfg(test)]
mod tests {
    use lmc_codec::EncodeOptions;

    use super::*;

    fn stream(samples: Samples, alpha: Option<Samples>) -> (Image, Vec<u8>) {
        let picture = Image::new(40, 24, Color::Rgb, samples, alpha).unwrap();
        let exact = EncodeOptions::default().with_max_error(Some(Default::default()));
        let stream = crate::encode_image(&picture, &exact).unwrap();
        (picture, stream)
    }

    #[test]
    fn images_open_by_ending_and_by_first_bytes() {
        register_image_hook();
        assert!(!register_image_hook(), "the second call changes nothing");
        let (picture, bytes) = stream(Samples::U8((0..40 * 24 * 3).map(|i| (i % 255) as u8).collect()), None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lmc");
        std::fs::write(&path, &bytes).unwrap();
        let opened = image::open(&path).unwrap();
        assert_eq!(opened.color(), ColorType::Rgb8);
        assert_eq!(opened.as_bytes(), &picture.samples().to_u8()[..]);
        assert_eq!(image::load_from_memory(&bytes).unwrap(), opened);
    }

    #[test]
    fn depth_and_alpha_arrive() {
        register_image_hook();
        let alpha = Samples::U16((0..40 * 24).map(|i| i * 68).collect());
        let (_, bytes) = stream(Samples::U16((0..40 * 24 * 3).map(|i| i * 22).collect()), Some(alpha));
        let opened = image::load_from_memory(&bytes).unwrap();
        let pixels = opened.as_rgba16().unwrap();
        assert_eq!(pixels.get_pixel(1, 2).0, [5346, 5368, 5390, 5508]);
    }

    #[test]
    fn damage_is_an_error() {
        register_image_hook();
        let (_, bytes) = stream(Samples::U8(vec![9; 40 * 24 * 3]), None);
        let cut = image::load_from_memory(&bytes[..bytes.len() - 3]);
        assert!(matches!(cut, Err(ImageError::Decoding(_))), "{cut:?}");
    }
}
