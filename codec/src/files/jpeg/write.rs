//! Writes JPEG files.

use std::io::Write;

use image::codecs::jpeg::{JpegEncoder, PixelDensity, PixelDensityUnit};
use image::{ExtendedColorType, ImageEncoder};

use crate::container::{Extras, Tag, TagKey};
use crate::error::{CodecError, Result};
use crate::files::rows::row_in_8_bits;
use crate::files::{Format, JPEG_QUALITY, Lost, color, density};
use crate::media::image::{Color, Depth, Image};

/// Most bytes of a marker segment.
const SEGMENT_BYTES: usize = 65_533;
/// Most bytes of an ICC profile: 255 marker segments hold them.
const ICC_BYTES: usize = 255 * (SEGMENT_BYTES - 14);

/// Writes an image.
pub(in crate::files) fn write(image: &Image, mut out: impl Write) -> Result<Lost> {
    let metadata = image.metadata();
    let mut lost = Lost {
        depth: image.depth() == Depth::Sixteen,
        alpha: image.alpha().is_some(),
        cicp: metadata.cicp.is_some_and(|cicp| cicp != color::SRGB),
        ..Lost::default()
    };
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY);
    if let Some(density) = metadata.extras.get(Extras::DENSITY) {
        match pixel_density(density) {
            Some(density) => encoder.set_pixel_density(density),
            None => lost.density = true,
        }
    }
    if let Some(icc) = &metadata.icc {
        let fits = icc.len() <= ICC_BYTES && color::fits(icc, image.color());
        lost.icc = !fits || encoder.set_icc_profile(icc.clone()).is_err();
    }
    if let Some(exif) = &metadata.exif {
        let fits = exif.len() <= SEGMENT_BYTES - 6;
        lost.exif = !fits || encoder.set_exif_metadata(exif.clone()).is_err();
    }
    let (mut samples, mut row) = (Vec::new(), Vec::new());
    for y in 0..image.height() as usize {
        row_in_8_bits(image, y, false, &mut row);
        samples.extend_from_slice(&row);
    }
    let kind = if image.color() == Color::Gray {
        ExtendedColorType::L8
    } else {
        ExtendedColorType::Rgb8
    };
    if image.width() > 65_535 || image.height() > 65_535 {
        return Err(Format::Jpeg.error("sides of more than 65535 pixels do not fit: write png"));
    }
    encoder
        .write_image(&samples, image.width(), image.height(), kind)
        .map_err(|error| Format::Jpeg.library_error(error))?;
    let more = segments(image, &mut lost);
    let at = behind_jfif(&file).ok_or_else(|| CodecError::Internal("the JPEG file has no JFIF segment".into()))?;
    out.write_all(&file[..at])?;
    out.write_all(&more)?;
    out.write_all(&file[at..])?;
    Ok(lost)
}

/// Where the segment behind JFIF begins.
fn behind_jfif(file: &[u8]) -> Option<usize> {
    match file.get(2..6)? {
        [0xff, 0xe0, high, low] => Some(4 + usize::from(u16::from_be_bytes([*high, *low]))),
        _ => Some(2),
    }
}

fn pixel_density(bytes: &[u8]) -> Option<PixelDensity> {
    let density = density::of(bytes)?;
    let number = |value: f64| (value.round() >= 1.0 && value < 65_535.5).then(|| value.round() as u16);
    Some(PixelDensity {
        density: (number(density.x)?, number(density.y)?),
        unit: match density.is_known {
            true => PixelDensityUnit::Inches,
            false => PixelDensityUnit::PixelAspectRatio,
        },
    })
}

/// The segments that the library does not write: XMP packet, IPTC data, comments.
fn segments(image: &Image, lost: &mut Lost) -> Vec<u8> {
    let (metadata, mut out) = (image.metadata(), Vec::new());
    let mut put = |marker: u8, payload: &[u8]| {
        let fits = payload.len() <= SEGMENT_BYTES;
        if fits {
            out.extend([0xff, marker]);
            out.extend((payload.len() as u16 + 2).to_be_bytes());
            out.extend_from_slice(payload);
        }
        fits
    };
    if let Some(xmp) = &metadata.xmp {
        lost.xmp = !put(0xe1, &[super::describe::XMP, xmp].concat());
    }
    for (name, bytes) in metadata.extras.entries() {
        match name {
            Extras::IPTC => lost.iptc = !put(0xed, &super::describe::iptc_segment(bytes)),
            Extras::DENSITY => {}
            other => lost.extra(other),
        }
    }
    for (key, text) in metadata.tags.entries() {
        let is_kept = *key == TagKey::Known(Tag::Comment) && put(0xfe, text.as_bytes());
        lost.texts |= !is_kept;
    }
    out
}
