//! Writes image files.

use std::io::{Cursor, Seek, Write};

use super::rows::{channels, row_in_8_bits};
use super::{Format, Lost, color, jpeg, png, pnm, tiff, webp};
use crate::error::{CodecError, Result};
use crate::media::image::{Depth, Image, Samples};

/// Quality of the JPEG files written, of 100: what was coded once should not suffer twice.
pub const JPEG_QUALITY: u8 = 95;
/// The longest side of a WebP file, in pixels.
const WEBP_SIDE: u32 = 16_384;

/// Writes `image` as a file of `format`; returns what the format has no room for.
///
/// # Errors
/// `Unsupported` when the image is transparent and the format knows no transparency, and for formats that are only
/// read; `Media` when the format cannot hold so large an image; `Io`.
pub fn write<W: Write + Seek>(image: &Image, format: Format, mut out: W) -> Result<Lost> {
    let is_opaque = image.alpha().is_none_or(Samples::is_max);
    if matches!(format, Format::Jpeg | Format::Pnm) && !is_opaque {
        let what = format!("{} holds no transparency: write png or webp", format.name());
        return Err(CodecError::Unsupported(what));
    }
    let lost = match format {
        Format::Png => png::write(image, &mut out)?,
        Format::Jpeg => jpeg::write(image, &mut out)?,
        Format::WebP => write_webp(image, &mut out)?,
        Format::Tiff => tiff::write(image, &mut out)?,
        Format::Pnm | Format::Pam => write_any_map(image, format, &mut out)?,
        _ => {
            let what = format!("{} files are not written: write png", format.name());
            return Err(CodecError::Unsupported(what));
        }
    };
    out.flush()?;
    Ok(lost)
}

/// As [`write()`], into memory.
///
/// # Errors
/// As [`write()`].
pub fn to_bytes(image: &Image, format: Format) -> Result<(Vec<u8>, Lost)> {
    let mut out = Cursor::new(Vec::new());
    let lost = write(image, format, &mut out)?;
    Ok((out.into_inner(), lost))
}

/// What a format loses that holds nothing but pixels.
fn all_metadata(image: &Image) -> Lost {
    let metadata = image.metadata();
    let mut lost = Lost {
        icc: metadata.icc.is_some(),
        cicp: metadata.cicp.is_some_and(|cicp| cicp != color::SRGB),
        exif: metadata.exif.is_some(),
        xmp: metadata.xmp.is_some(),
        texts: !metadata.tags.is_empty(),
        ..Lost::default()
    };
    metadata.extras.entries().for_each(|(name, _)| lost.extra(name));
    lost
}

fn write_any_map(image: &Image, format: Format, out: impl Write) -> Result<Lost> {
    let mut lost = all_metadata(image);
    if format == Format::Pam || image.alpha().is_none() {
        pnm::write(image, format == Format::Pam, out)?;
        return Ok(lost);
    }
    lost.alpha = true;
    let opaque = Image::new(
        image.width(),
        image.height(),
        image.color(),
        image.samples().clone(),
        None,
    )?;
    pnm::write(&opaque, false, out)?;
    Ok(lost)
}

fn write_webp(image: &Image, out: impl Write) -> Result<Lost> {
    let (width, height, metadata) = (image.width(), image.height(), image.metadata());
    if width > WEBP_SIDE || height > WEBP_SIDE {
        return Err(Format::WebP.error("sides of more than 16384 pixels do not fit: write png"));
    }
    // Gray is repeated, for WebP has three channels.
    let icc = metadata
        .icc
        .clone()
        .filter(|icc| color::fits(icc, crate::media::image::Color::Rgb));
    let lost = Lost {
        icc: icc.is_none() && metadata.icc.is_some(),
        exif: false,
        xmp: false,
        depth: image.depth() == Depth::Sixteen,
        ..all_metadata(image)
    };
    let (mut samples, mut row) = (Vec::new(), Vec::new());
    for y in 0..height as usize {
        row_in_8_bits(image, y, true, &mut row);
        samples.extend_from_slice(&row);
    }
    let kept = crate::media::image::ImageMetadata {
        icc,
        ..metadata.clone()
    };
    webp::write(&samples, (width, height), channels(image), &kept, out)?;
    Ok(lost)
}
