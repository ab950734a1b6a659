//! Writes picture files.

use std::borrow::Cow;
use std::io::{Cursor, Seek, Write};

use image::codecs::{jpeg::JpegEncoder, png::PngEncoder, tiff::TiffEncoder, webp::WebPEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::{Format, png, pnm};
use crate::error::{CodecError, Result};
use crate::media::image::{Color, Depth, Image, Samples};

/// Quality of the JPEG files written, of 100: what was coded once should not suffer twice.
pub const JPEG_QUALITY: u8 = 95;
/// Pictures of more bytes are not copied on the way into a PNG file.
const COPY_BYTES: u64 = 512 << 20;
/// Most bytes of EXIF data in a JPEG file: one marker segment holds them.
const JPEG_EXIF_BYTES: usize = 65_533 - 6;
/// Most bytes of ICC profile in a JPEG file: 255 marker segments hold them.
const JPEG_ICC_BYTES: usize = 255 * (65_533 - 14);

/// What a file does not hold of the picture written into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// The ICC profile: colours may look different.
    pub icc: bool,
    /// The EXIF data.
    pub exif: bool,
    /// 16-bit samples were rounded to 8 bits.
    pub depth: bool,
    /// Alpha, which was opaque everywhere.
    pub alpha: bool,
}

/// Writes `picture` as a file of `format`; returns what the format has no room for.
///
/// # Errors
/// `Unsupported` when the picture is transparent and the format knows no transparency; `Media` when
/// the format cannot hold so large a picture; `Io`.
pub fn write<W: Write + Seek>(picture: &Image, format: Format, mut out: W) -> Result<Lost> {
    let lost = match format {
        Format::Png if is_large(picture) => png::write_rows(picture, &mut out).map(|()| Lost::default())?,
        _ => write_interleaved(picture, format, &mut out)?,
    };
    out.flush()?;
    Ok(lost)
}

/// Whether a second copy of the picture would be too much to ask for.
fn is_large(picture: &Image) -> bool {
    let samples = picture.samples().len() + picture.alpha().map_or(0, Samples::len);
    samples as u64 * u64::from(picture.depth().bits()) / 8 > COPY_BYTES
}

/// Writes formats whose writers want all channels interleaved.
fn write_interleaved<W: Write + Seek>(picture: &Image, format: Format, out: W) -> Result<Lost> {
    let (image, mut lost) = prepare(picture, format)?;
    let (image, target) = (&image, (picture, format));
    match format {
        Format::Png => encode(PngEncoder::new(out), target, image, &mut lost)?,
        Format::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(out, JPEG_QUALITY);
            encode(encoder, target, image, &mut lost)?;
        }
        Format::WebP => encode(WebPEncoder::new_lossless(out), target, image, &mut lost)?,
        Format::Tiff => encode(TiffEncoder::new(out), target, image, &mut lost)?,
        Format::Pnm | Format::Pam => {
            lost.icc = picture.icc().is_some();
            lost.exif = picture.exif().is_some();
            pnm::write(picture, &image.samples, format == Format::Pam, out)?;
        }
    }
    Ok(lost)
}

/// As [`write()`], into memory.
///
/// # Errors
/// As [`write()`].
pub fn to_bytes(picture: &Image, format: Format) -> Result<(Vec<u8>, Lost)> {
    let mut out = Cursor::new(Vec::new());
    let lost = write(picture, format, &mut out)?;
    Ok((out.into_inner(), lost))
}

/// Samples as a file holds them, all channels interleaved.
struct Prepared<'a> {
    samples: Cow<'a, Samples>,
    kind: ExtendedColorType,
}

/// Reduces the picture to what `format` can hold.
fn prepare(picture: &Image, format: Format) -> Result<(Prepared<'_>, Lost)> {
    let mut lost = Lost::default();
    let mut alpha = picture.alpha();
    if matches!(format, Format::Jpeg | Format::Pnm) {
        if alpha.is_some_and(|alpha| !alpha.is_max()) {
            let what = format!("{} holds no transparency: write png or webp", format.name());
            return Err(CodecError::Unsupported(what));
        }
        lost.alpha = alpha.take().is_some();
    }
    lost.depth = matches!(format, Format::Jpeg | Format::WebP) && picture.depth() == Depth::Sixteen;
    let color = match lost.depth {
        true => Cow::Owned(Samples::U8(picture.samples().to_u8().into_owned())),
        false => Cow::Borrowed(picture.samples()),
    };
    // TIFF files of gray with alpha are beyond the library; color holds it as well.
    let widen = format == Format::Tiff && picture.color() == Color::Gray && alpha.is_some();
    let channels = picture.color().channels();
    let samples = match (alpha, color.as_ref()) {
        (None, _) => color,
        (Some(alpha), Samples::U8(color)) => Cow::Owned(Samples::U8(join(color, &alpha.to_u8(), channels, widen))),
        (Some(Samples::U16(alpha)), Samples::U16(color)) => {
            Cow::Owned(Samples::U16(join(color, alpha, channels, widen)))
        }
        (Some(Samples::U8(_)), Samples::U16(_)) => {
            return Err(CodecError::Parameter("alpha and colour differ in depth".to_owned()));
        }
    };
    let channels = if widen { 3 } else { channels } + usize::from(alpha.is_some());
    let kind = match (channels, samples.depth()) {
        (1, Depth::Eight) => ExtendedColorType::L8,
        (2, Depth::Eight) => ExtendedColorType::La8,
        (3, Depth::Eight) => ExtendedColorType::Rgb8,
        (_, Depth::Eight) => ExtendedColorType::Rgba8,
        (1, Depth::Sixteen) => ExtendedColorType::L16,
        (2, Depth::Sixteen) => ExtendedColorType::La16,
        (3, Depth::Sixteen) => ExtendedColorType::Rgb16,
        (_, Depth::Sixteen) => ExtendedColorType::Rgba16,
    };
    Ok((Prepared { samples, kind }, lost))
}

/// Interleaves colour and alpha; with `widen`, gray is repeated to three channels.
fn join<T: Copy>(color: &[T], alpha: &[T], channels: usize, widen: bool) -> Vec<T> {
    let repeat = if widen { 3 } else { 1 };
    let mut out = Vec::with_capacity(color.len() * repeat + alpha.len());
    for (pixel, &alpha) in color.chunks_exact(channels).zip(alpha) {
        (0..repeat).for_each(|_| out.extend_from_slice(pixel));
        out.push(alpha);
    }
    out
}

fn encode(
    mut encoder: impl ImageEncoder,
    (picture, format): (&Image, Format),
    image: &Prepared<'_>,
    lost: &mut Lost,
) -> Result<()> {
    let jpeg = format == Format::Jpeg;
    if let Some(icc) = picture.icc() {
        let fits = !jpeg || icc.len() <= JPEG_ICC_BYTES;
        lost.icc = !fits || encoder.set_icc_profile(icc.to_vec()).is_err();
    }
    if let Some(exif) = picture.exif() {
        let fits = !jpeg || exif.len() <= JPEG_EXIF_BYTES;
        lost.exif = !fits || encoder.set_exif_metadata(exif.to_vec()).is_err();
    }
    let bytes = match image.samples.as_ref() {
        Samples::U8(samples) => samples.as_slice(),
        Samples::U16(samples) => bytemuck::cast_slice(samples),
    };
    encoder
        .write_image(bytes, picture.width(), picture.height(), image.kind)
        .map_err(|error| format.library_error(error))
}
