//! Formats that the library reads whole: BMP, GIF, QOI and TGA.

use std::io::{BufRead, Seek};

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder, qoi::QoiDecoder, tga::TgaDecoder};
use image::{AnimationDecoder, ColorType, ImageDecoder};

use super::Format;
use super::ends::{describe_bmp, describe_qoi, describe_tga};
use super::gif::GifWalk;
use super::loaded::{Loaded, blank};
use super::notes::ReadOptions;
use crate::error::{CodecError, Result};
use crate::media::image::{Color, Depth, Samples};
use crate::memory::Shape;

/// Memory for the library's own buffers, beside the pixels, in bytes.
const LIBRARY_BYTES: u64 = 64 << 20;

/// Width and height of the image in a file.
pub(super) fn size(file: impl BufRead + Seek, format: Format, options: &ReadOptions) -> Result<(u32, u32)> {
    let from = |error| format.library_error(error);
    let size = match format {
        Format::Bmp => BmpDecoder::new(file).map_err(from)?.dimensions(),
        Format::Gif => GifDecoder::new(file).map_err(from)?.dimensions(),
        Format::Qoi => QoiDecoder::new(file).map_err(from)?.dimensions(),
        _ => TgaDecoder::new(file).map_err(from)?.dimensions(),
    };
    options.limits.check_size(size.0, size.1)?;
    Ok(size)
}

/// Reads a file.
pub(super) fn read(mut file: impl BufRead + Seek, format: Format, options: &ReadOptions) -> Result<Loaded> {
    let from = |error| format.library_error(error);
    match format {
        Format::Bmp => {
            let mut loaded = decoded(BmpDecoder::new(&mut file).map_err(from)?, format, options)?;
            describe_bmp(&mut file, &mut loaded)?;
            Ok(loaded)
        }
        Format::Qoi => {
            let mut loaded = decoded(QoiDecoder::new(&mut file).map_err(from)?, format, options)?;
            describe_qoi(&mut file, &mut loaded)?;
            Ok(loaded)
        }
        Format::Gif => {
            let walk = GifWalk::of(&mut file)?;
            file.rewind()?;
            let mut loaded = gif(GifDecoder::new(&mut file).map_err(from)?, walk.frames, options)?;
            walk.describe(&mut file, &mut loaded)?;
            Ok(loaded)
        }
        _ => {
            let mut loaded = decoded(TgaDecoder::new(&mut file).map_err(from)?, format, options)?;
            describe_tga(&mut file, &mut loaded)?;
            Ok(loaded)
        }
    }
}

fn limits(options: &ReadOptions, bytes: u64) -> image::Limits {
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(options.limits.max_side);
    limits.max_image_height = Some(options.limits.max_side);
    let own = bytes.saturating_mul(2).saturating_add(LIBRARY_BYTES);
    limits.max_alloc = Some(own.min(options.limits.max_memory_bytes));
    limits
}

fn decoded(mut decoder: impl ImageDecoder, format: Format, options: &ReadOptions) -> Result<Loaded> {
    let from = |error| format.library_error(error);
    let size = decoder.dimensions();
    options.limits.check_size(size.0, size.1)?;
    let channels = match decoder.color_type() {
        ColorType::L8 => 1,
        ColorType::La8 => 2,
        ColorType::Rgb8 => 3,
        ColorType::Rgba8 => 4,
        other => {
            let what = format!("{} with samples of the type {other:?}", format.name());
            return Err(CodecError::Unsupported(what));
        }
    };
    let icc = decoder.icc_profile().ok().flatten();
    decoder
        .set_limits(limits(options, decoder.total_bytes()))
        .map_err(from)?;
    let mut samples = blank(Depth::Eight, size, channels, options)?;
    if let Samples::U8(out) = &mut samples {
        decoder.read_image(out).map_err(from)?;
    }
    let mut loaded = Loaded::interleaved(size, channels, samples);
    loaded.metadata.icc = icc;
    Ok(loaded)
}

/// One frame of a GIF file, as it is shown.
fn gif<R: BufRead + Seek>(mut decoder: GifDecoder<R>, frames: u32, options: &ReadOptions) -> Result<Loaded> {
    let from = |error| Format::Gif.library_error(error);
    let size = decoder.dimensions();
    options.limits.check_size(size.0, size.1)?;
    let shape = Shape {
        pixels: u64::from(size.0) * u64::from(size.1),
        color: Color::Rgb,
        alpha: true,
        depth: Depth::Eight,
    };
    options.limits.check_memory(shape.encoding_bytes())?;
    decoder
        .set_limits(limits(options, decoder.total_bytes()))
        .map_err(from)?;
    let page = match options.page {
        None if frames > 1 => {
            let what = format!("animated GIF of {frames} frames: choose one with --page 1 to {frames}");
            return Err(CodecError::Unsupported(what));
        }
        Some(page) if page == 0 || page > frames => {
            return Err(CodecError::Parameter(format!(
                "there is no frame {page}: the GIF file has {frames}"
            )));
        }
        page => page.unwrap_or(1),
    };
    let frame = decoder.into_frames().nth(page as usize - 1);
    let frame = frame
        .ok_or_else(|| Format::Gif.error("the file ends early"))?
        .map_err(from)?;
    let pixels = frame.into_buffer();
    let size = pixels.dimensions();
    let mut pixels = pixels.into_raw();
    let opaque = pixels.chunks_exact(4).all(|pixel| pixel[3] == 255);
    if opaque {
        pixels = pixels
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
    }
    let mut loaded = Loaded::interleaved(size, if opaque { 3 } else { 4 }, Samples::U8(pixels));
    if frames > 1 {
        loaded.notes.lose_more(frames as usize - 1, "frame");
    }
    Ok(loaded)
}
