//! Formats that the library reads whole: BMP, GIF, QOI and TGA.

use std::io::{BufRead, Seek, SeekFrom};

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder, qoi::QoiDecoder, tga::TgaDecoder};
use image::{AnimationDecoder, ColorType, ImageDecoder};

use super::Format;
use super::fields::{bytes_behind, take};
use super::loaded::{Loaded, blank};
use super::notes::ReadOptions;
use crate::error::{CodecError, Result, check_limit};
use crate::media::image::{Color, Depth, Samples};
use crate::memory::Shape;

/// Memory for the library's own buffers, beside the pixels, in bytes.
const LIBRARY_BYTES: u64 = 64 << 20;
/// The most blocks of a GIF file that are looked at.
const MAX_BLOCKS: u64 = 1 << 20;

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
            let end = bmp_end(&mut file)?;
            file.rewind()?;
            let mut loaded = decoded(BmpDecoder::new(&mut file).map_err(from)?, format, options)?;
            lose_behind(&mut file, end, &mut loaded)?;
            Ok(loaded)
        }
        Format::Qoi => decoded(QoiDecoder::new(file).map_err(from)?, format, options),
        Format::Gif => {
            let (frames, end) = gif_frames(&mut file)?;
            file.rewind()?;
            let mut loaded = gif(GifDecoder::new(&mut file).map_err(from)?, frames, options)?;
            match end {
                Some(_) => lose_behind(&mut file, end, &mut loaded)?,
                None => loaded.notes.warn("the end of the file is missing, behind its pixels"),
            }
            Ok(loaded)
        }
        _ => decoded(TgaDecoder::new(file).map_err(from)?, format, options),
    }
}

/// Where a BMP file ends, if it tells.
fn bmp_end(file: &mut (impl BufRead + Seek)) -> Result<Option<u64>> {
    file.rewind()?;
    let Some(head) = take::<14>(file)? else {
        return Ok(None);
    };
    let [.., a, b, c, d] = head;
    let (bytes, pixels) = (u32::from_le_bytes([head[2], head[3], head[4], head[5]]), [a, b, c, d]);
    Ok((bytes > u32::from_le_bytes(pixels)).then_some(u64::from(bytes)))
}

/// Notes what lies behind the end of an image.
fn lose_behind(file: &mut (impl BufRead + Seek), end: Option<u64>, loaded: &mut Loaded) -> Result<()> {
    if let Some(bytes @ 1..) = end.map(|end| bytes_behind(file, end)).transpose()? {
        loaded.notes.lose(format!("{bytes} bytes behind the image"));
    }
    Ok(())
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

/// The number of images in a GIF file, and where it ends; `None` where its end is missing.
fn gif_frames(file: &mut (impl BufRead + Seek)) -> Result<(u32, Option<u64>)> {
    let early = || Format::Gif.error("the file ends early");
    file.rewind()?;
    let head = take::<13>(file)?.ok_or_else(early)?;
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    skip(file, table(head[10]))?;
    let (mut frames, mut blocks) = (0, 0);
    let end = loop {
        check_limit("the number of blocks of a GIF file", blocks, MAX_BLOCKS)?;
        blocks += 1;
        match take::<1>(file)? {
            Some([0x2c]) => {
                let image = take::<9>(file)?.ok_or_else(early)?;
                skip(file, table(image[8]) + 1)?;
                frames += 1;
            }
            Some([0x21]) => skip(file, 1)?,
            Some([0]) => continue,
            Some([0x3b]) => break Some(file.stream_position()?),
            _ => break None,
        }
        while let Some([length]) = take::<1>(file)?.filter(|length| *length != [0]) {
            skip(file, i64::from(length))?;
        }
    };
    match frames {
        0 => Err(early()),
        frames => Ok((frames, end)),
    }
}

fn skip(file: &mut impl Seek, bytes: i64) -> Result<()> {
    file.seek(SeekFrom::Current(bytes))?;
    Ok(())
}
