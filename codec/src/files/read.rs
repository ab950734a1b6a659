//! Reads picture files.

use std::io::{BufRead, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder, pnm::PnmDecoder, tiff::TiffDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{ColorType, ExtendedColorType, ImageDecoder};

use super::{Format, exif, markers, orient};
use crate::error::{CodecError, Result, check_limit};
use crate::limits::Limits;
use crate::media::image::{Color, Depth, Image, Samples};
use crate::memory::Shape;

/// Memory for the libraries' own buffers, beside the pixels, in bytes.
const LIBRARY_BYTES: u64 = 256 << 20;

/// Reads the picture file at `path`.
///
/// # Errors
/// As [`read`], and `Io` when there is no such file.
pub fn read_path(path: &Path, limits: &Limits) -> Result<Image> {
    read(std::io::BufReader::new(std::fs::File::open(path)?), limits)
}

/// Reads the picture file that `bytes` hold.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<Image> {
    read(Cursor::new(bytes), limits)
}

/// Reads a picture file, whatever its format. The EXIF orientation is applied, and 16-bit samples,
/// alpha, ICC profile and EXIF data are kept; palettes and samples of fewer bits become 8 bits.
///
/// # Errors
/// `Unsupported` for other formats, CMYK, floating-point samples, animations and several pages;
/// `Limit` for larger pictures or metadata than `limits` allow, before they are read; `Media` for
/// damaged files; `Io`.
pub fn read<R: BufRead + Seek>(file: R, limits: &Limits) -> Result<Image> {
    open(file, limits, ReadPicture)
}

/// Width and height in pixels of the upright picture in the file at `path`, from its headers alone.
///
/// # Errors
/// As [`read_path`], but for damage in the pixels.
pub fn size_of(path: &Path, limits: &Limits) -> Result<(u32, u32)> {
    open(std::io::BufReader::new(std::fs::File::open(path)?), limits, ReadSize)
}

/// Work on the decoder of a file, whose type depends on the format.
trait Work {
    type Output;

    /// Does it; `exif` holds the EXIF data that were found before the decoder was made.
    fn on<D: ImageDecoder>(
        self,
        decoder: D,
        format: Format,
        limits: &Limits,
        exif: Option<Vec<u8>>,
    ) -> Result<Self::Output>;
}

fn open<R: BufRead + Seek, W: Work>(mut file: R, limits: &Limits, work: W) -> Result<W::Output> {
    let bytes = file.seek(SeekFrom::End(0))?;
    check_limit("the number of bytes", bytes, limits.max_file_bytes)?;
    let format = format_of(&mut file)?;
    let from = |error| format.library_error(error);
    match format {
        Format::Png => open_png(file, limits, work),
        Format::Jpeg => {
            markers::check_jpeg(&mut file)?;
            file.rewind()?;
            work.on(JpegDecoder::new(file).map_err(from)?, format, limits, None)
        }
        Format::Pnm | Format::Pam => {
            file.rewind()?;
            work.on(PnmDecoder::new(file).map_err(from)?, format, limits, None)
        }
        Format::WebP => {
            file.rewind()?;
            let decoder = WebPDecoder::new(file).map_err(from)?;
            if decoder.has_animation() {
                let what = "animated WebP: extract one frame first".to_owned();
                return Err(CodecError::Unsupported(what));
            }
            work.on(decoder, format, limits, None)
        }
        Format::Tiff => {
            markers::check_tiff(&mut file)?;
            file.rewind()?;
            work.on(TiffDecoder::new(file).map_err(from)?, format, limits, None)
        }
    }
}

fn format_of(file: &mut (impl BufRead + Seek)) -> Result<Format> {
    file.rewind()?;
    let mut head = Vec::new();
    file.by_ref().take(16).read_to_end(&mut head)?;
    Format::from_content(&head)
}

fn open_png<R: BufRead + Seek, W: Work>(mut file: R, limits: &Limits, work: W) -> Result<W::Output> {
    let exif = markers::scan_png(&mut file, limits.max_metadata_bytes)?;
    file.rewind()?;
    // This library takes its limits only here.
    let decoder = PngDecoder::with_limits(file, library_limits(limits, LIBRARY_BYTES));
    let decoder = decoder.map_err(|error| Format::Png.library_error(error))?;
    work.on(decoder, Format::Png, limits, exif)
}

fn library_limits(limits: &Limits, bytes: u64) -> image::Limits {
    let mut library = image::Limits::default();
    library.max_image_width = Some(limits.max_side);
    library.max_image_height = Some(limits.max_side);
    library.max_alloc = Some(bytes);
    library
}

/// Reads the headers only.
struct ReadSize;

impl Work for ReadSize {
    type Output = (u32, u32);

    fn on<D: ImageDecoder>(
        self,
        mut decoder: D,
        format: Format,
        limits: &Limits,
        exif: Option<Vec<u8>>,
    ) -> Result<(u32, u32)> {
        let (width, height) = decoder.dimensions();
        limits.check_size(width, height)?;
        layout(&decoder, format)?;
        let (_, orientation) = exif_of(&mut decoder, exif);
        Ok(orient::upright_size((width, height), orientation))
    }
}

/// Reads all.
struct ReadPicture;

impl Work for ReadPicture {
    type Output = Image;

    fn on<D: ImageDecoder>(
        self,
        mut decoder: D,
        format: Format,
        limits: &Limits,
        exif: Option<Vec<u8>>,
    ) -> Result<Image> {
        let from = |error| format.library_error(error);
        let size = decoder.dimensions();
        limits.check_size(size.0, size.1)?;
        let layout = layout(&decoder, format)?;
        limits.check_memory(shape(size, layout).encoding_bytes())?;
        let icc = decoder.icc_profile().map_err(from)?;
        let (exif, orientation) = exif_of(&mut decoder, exif);
        let metadata = icc.as_ref().map_or(0, Vec::len) + exif.as_ref().map_or(0, Vec::len);
        check_limit("the bytes of metadata", metadata as u64, limits.max_metadata_bytes)?;
        // Only now: the TIFF decoder forgets its profile when it is given limits.
        let bytes = decoder.total_bytes().saturating_mul(2).saturating_add(LIBRARY_BYTES);
        decoder.set_limits(library_limits(limits, bytes)).map_err(from)?;
        let samples = samples(decoder, layout.1, from)?;
        let picture = assemble(samples, size, layout, orientation)?;
        Ok(picture
            .with_icc(icc.filter(|icc| !icc.is_empty()))
            .with_exif(exif.filter(|e| !e.is_empty())))
    }
}

/// The EXIF data, which say that the pixels are upright, and what makes them so.
fn exif_of(decoder: &mut impl ImageDecoder, found: Option<Vec<u8>>) -> (Option<Vec<u8>>, Orientation) {
    // EXIF data that cannot be read are no reason to refuse the picture.
    let exif = found.or_else(|| decoder.exif_metadata().ok().flatten());
    match exif.map(exif::without_prefix) {
        Some(mut exif) => {
            let orientation = exif::take_orientation(&mut exif);
            (Some(exif), orientation)
        }
        None => (None, decoder.orientation().unwrap_or(Orientation::NoTransforms)),
    }
}

/// Channels with alpha, depth and colour of what the decoder gives.
fn layout(decoder: &impl ImageDecoder, format: Format) -> Result<(usize, Depth, Color)> {
    use ExtendedColorType::{Cmyk8, Cmyk16};
    if matches!(decoder.original_color_type(), Cmyk8 | Cmyk16) {
        let what = format!("CMYK {}: convert the picture to RGB first", format.name());
        return Err(CodecError::Unsupported(what));
    }
    match decoder.color_type() {
        ColorType::L8 => Ok((1, Depth::Eight, Color::Gray)),
        ColorType::La8 => Ok((2, Depth::Eight, Color::Gray)),
        ColorType::Rgb8 => Ok((3, Depth::Eight, Color::Rgb)),
        ColorType::Rgba8 => Ok((4, Depth::Eight, Color::Rgb)),
        ColorType::L16 => Ok((1, Depth::Sixteen, Color::Gray)),
        ColorType::La16 => Ok((2, Depth::Sixteen, Color::Gray)),
        ColorType::Rgb16 => Ok((3, Depth::Sixteen, Color::Rgb)),
        ColorType::Rgba16 => Ok((4, Depth::Sixteen, Color::Rgb)),
        other => {
            let what = format!("{} with samples of the type {other:?}", format.name());
            Err(CodecError::Unsupported(what))
        }
    }
}

/// What is read, for its bound on memory.
fn shape((width, height): (u32, u32), (channels, depth, color): (usize, Depth, Color)) -> Shape {
    Shape {
        pixels: u64::from(width) * u64::from(height),
        color,
        alpha: channels > color.channels(),
        depth,
    }
}

/// Decodes the pixels, all channels interleaved.
fn samples(
    decoder: impl ImageDecoder,
    depth: Depth,
    from: impl Fn(image::ImageError) -> CodecError,
) -> Result<Samples> {
    let bytes = usize::try_from(decoder.total_bytes())
        .map_err(|_| CodecError::Parameter("the picture does not fit into memory".to_owned()))?;
    let mut samples = match depth {
        Depth::Eight => Samples::filled(depth, bytes, 0),
        Depth::Sixteen => Samples::filled(depth, bytes / 2, 0),
    };
    let buffer = match &mut samples {
        Samples::U8(samples) => samples.as_mut_slice(),
        Samples::U16(samples) => bytemuck::cast_slice_mut(samples),
    };
    decoder.read_image(buffer).map_err(from)?;
    Ok(samples)
}

/// Splits the alpha off and turns everything upright.
fn assemble(
    samples: Samples,
    size: (u32, u32),
    (channels, _, color): (usize, Depth, Color),
    orientation: Orientation,
) -> Result<Image> {
    let (samples, alpha) = match samples {
        samples if channels == color.channels() => (samples, None),
        Samples::U8(all) => {
            let (color, alpha) = split(all, channels);
            (Samples::U8(color), Some(Samples::U8(alpha)))
        }
        Samples::U16(all) => {
            let (color, alpha) = split(all, channels);
            (Samples::U16(color), Some(Samples::U16(alpha)))
        }
    };
    let alpha = alpha.map(|alpha| orient::upright(alpha, size, 1, orientation).0);
    let (samples, width, height) = orient::upright(samples, size, color.channels(), orientation);
    Image::new(width, height, color, samples, alpha)
}

/// Takes the alpha out of interleaved samples. The colours stay where they are, for they are large.
fn split<T: Copy>(mut all: Vec<T>, channels: usize) -> (Vec<T>, Vec<T>) {
    let colors = channels - 1;
    let pixels = all.len() / channels;
    let alpha = all.iter().skip(colors).step_by(channels).copied().collect();
    for pixel in 1..pixels {
        let from = pixel * channels;
        all.copy_within(from..from + colors, pixel * colors);
    }
    all.truncate(pixels * colors);
    all.shrink_to_fit();
    (all, alpha)
}
