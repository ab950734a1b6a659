//! Writes PNG files with all that an image has. Large images are written row by row, so that they need no second copy;
//! that is slower than what the library does with a whole image.

use std::io::Write;

use miniz_oxide::deflate::compress_to_vec_zlib;
use png::chunk::ChunkType;
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter, Writer};

use super::text;
use crate::container::Extras;
use crate::error::{CodecError, Result};
use crate::files::color::SRGB;
use crate::files::rows::{self, Order, row_bytes};
use crate::files::{Format, Lost, color};
use crate::media::image::{Color, Depth, Image};

/// Images of more bytes are written row by row.
const COPY_BYTES: u64 = 64 << 20;

/// Writes an image.
pub(in crate::files) fn write(image: &Image, out: impl Write) -> Result<Lost> {
    write_as(image, out, rows::bytes(image) > COPY_BYTES)
}

/// The same, row by row or not.
pub(in crate::files) fn write_as(image: &Image, out: impl Write, by_rows: bool) -> Result<Lost> {
    let mut encoder = Encoder::new(out, image.width(), image.height());
    encoder.set_color(match (image.color(), image.alpha().is_some()) {
        (Color::Gray, false) => ColorType::Grayscale,
        (Color::Gray, true) => ColorType::GrayscaleAlpha,
        (Color::Rgb, false) => ColorType::Rgb,
        (Color::Rgb, true) => ColorType::Rgba,
    });
    encoder.set_depth(match image.depth() {
        Depth::Eight => BitDepth::Eight,
        Depth::Sixteen => BitDepth::Sixteen,
    });
    encoder.set_compression(if by_rows {
        Compression::Balanced
    } else {
        Compression::Fast
    });
    encoder.set_filter(Filter::Adaptive);
    let mut writer = encoder.write_header().map_err(error)?;
    let lost = describe(image, &mut writer)?;
    let mut row = Vec::new();
    if by_rows {
        let mut stream = writer.stream_writer().map_err(error)?;
        for y in 0..image.height() as usize {
            row_bytes(image, y, Order::HighFirst, &mut row);
            stream.write_all(&row)?;
        }
        stream.finish().map_err(error)?;
    } else {
        let mut all = Vec::with_capacity(rows::bytes(image) as usize);
        for y in 0..image.height() as usize {
            row_bytes(image, y, Order::HighFirst, &mut row);
            all.extend_from_slice(&row);
        }
        writer.write_image_data(&all).map_err(error)?;
    }
    writer.finish().map_err(error)?;
    Ok(lost)
}

fn error(error: EncodingError) -> CodecError {
    match error {
        EncodingError::IoError(error) => CodecError::Io(error),
        other => Format::Png.error(other.to_string()),
    }
}

/// Writes the chunks that stand in front of the pixels.
fn describe(image: &Image, writer: &mut Writer<impl Write>) -> Result<Lost> {
    let metadata = image.metadata();
    let mut lost = Lost::default();
    let mut put = |name: &[u8; 4], payload: &[u8]| writer.write_chunk(ChunkType(*name), payload).map_err(error);
    if let Some(cicp) = metadata.cicp {
        if cicp == SRGB {
            put(b"sRGB", &[0])?;
        } else if cicp.matrix == 0 {
            put(b"cICP", &[cicp.primaries, cicp.transfer, 0, u8::from(cicp.full_range)])?;
        } else {
            lost.cicp = true;
        }
    }
    match &metadata.icc {
        Some(icc) if !color::fits(icc, image.color()) => lost.icc = true,
        // A file may have one of the two.
        Some(icc) if metadata.cicp != Some(SRGB) => {
            put(
                b"iCCP",
                &[&b"ICC profile\0\0"[..], &compress_to_vec_zlib(icc, 6)].concat(),
            )?;
        }
        _ => {}
    }
    for (name, bytes) in metadata.extras.entries() {
        match name {
            Extras::IPTC => lost.iptc = true,
            Extras::BITS => match significant(bytes, image) {
                Some(bits) => put(&name, &bits)?,
                None => lost.other = true,
            },
            Extras::DENSITY
            | Extras::GAMMA
            | Extras::CHROMATICITIES
            | Extras::MASTERING
            | Extras::LIGHT
            | Extras::TIME => put(&name, bytes)?,
            _ => lost.other = true,
        }
    }
    if let Some(exif) = &metadata.exif {
        put(b"eXIf", exif)?;
    }
    if let Some(xmp) = &metadata.xmp {
        match std::str::from_utf8(xmp) {
            Ok(_) => put(b"iTXt", &[text::XMP.as_bytes(), &[0; 5], xmp].concat())?,
            Err(_) => lost.xmp = true,
        }
    }
    for (key, value) in metadata.tags.entries() {
        match text::chunk(key.name(), value) {
            Some((name, payload)) => put(&name, &payload)?,
            None => lost.texts = true,
        }
    }
    Ok(lost)
}

/// Significant bits for the channels that the file has.
fn significant(bits: &[u8], image: &Image) -> Option<Vec<u8>> {
    let (mut bits, depth) = (bits.to_vec(), image.depth().bits() as u8);
    let channels = rows::channels(image);
    if bits.len() + 1 == channels && image.alpha().is_some() {
        bits.push(depth);
    }
    (bits.len() == channels && bits.iter().all(|bits| (1..=depth).contains(bits))).then_some(bits)
}
