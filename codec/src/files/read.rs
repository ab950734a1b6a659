//! Reads image files.

use std::io::{BufRead, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use image::metadata::Orientation;

use super::fields::take;
use super::loaded::{Loaded, check_rows};
use super::notes::{FileImage, ReadOptions};
use super::{Format, exif, jpeg, orient, others, png, pnm, tiff, webp};
use crate::error::{Result, check_limit};
use crate::guard::guarded;
use crate::limits::Limits;
use crate::media::image::{Image, Samples};

/// Bytes of a JPEG file in which its size is looked for first.
const JPEG_HEAD_BYTES: u64 = 1 << 18;

/// Reads the image file at `path`.
///
/// # Errors
/// As [`read`], and `Io` when there is no such file.
pub fn read_path(path: &Path, limits: &Limits) -> Result<Image> {
    read(std::io::BufReader::new(std::fs::File::open(path)?), limits)
}

/// Reads the image file that `bytes` hold.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<Image> {
    read(Cursor::new(bytes), limits)
}

/// Reads an image file, whatever its format. The EXIF orientation is applied; 16-bit samples, alpha and metadata are
/// kept; palettes and samples of fewer bits become 8 bits. [`read_noted`] also tells what is not kept.
///
/// # Errors
/// `Unsupported` for other formats, CMYK, floating-point samples, animations, several pages and camera raw; `Limit` for
/// larger images or metadata than `limits` allow, before they are read; `Media` for damaged files; `Io`.
pub fn read<R: BufRead + Seek>(file: R, limits: &Limits) -> Result<Image> {
    let options = ReadOptions::default().with_limits(limits.clone());
    Ok(read_noted(file, &options)?.image)
}

/// As [`read`], and tells what the file holds that the image does not, and what is wrong with it.
///
/// # Errors
/// As [`read`]; with [`salvage`](ReadOptions::salvage), damaged files are refused only if nothing can be read of them.
/// `Parameter` for a page that is not there.
pub fn read_noted<R: BufRead + Seek>(mut file: R, options: &ReadOptions) -> Result<FileImage> {
    let format = open(&mut file, &options.limits)?;
    // The libraries panic on some damaged files.
    let loaded = guarded(format.name(), || load(&mut file, format, options))?;
    let (image, notes) = loaded.finish(options)?;
    Ok(FileImage {
        image,
        format: format.name(),
        notes,
    })
}

/// Width and height in pixels of the upright image in the file at `path`, from its headers alone.
///
/// # Errors
/// As [`read_path`], but for damage in the pixels.
pub fn size_of(path: &Path, limits: &Limits) -> Result<(u32, u32)> {
    let mut file = std::io::BufReader::new(std::fs::File::open(path)?);
    let options = ReadOptions::default().with_limits(limits.clone());
    let format = open(&mut file, limits)?;
    guarded(format.name(), || upright_size(&mut file, format, &options))
}

/// Checks the size of a file; returns its format.
fn open(file: &mut (impl BufRead + Seek), limits: &Limits) -> Result<Format> {
    let bytes = file.seek(SeekFrom::End(0))?;
    check_limit("the number of bytes", bytes, limits.max_file_bytes)?;
    file.rewind()?;
    let mut head = Vec::new();
    file.by_ref().take(32).read_to_end(&mut head)?;
    let format = match Format::from_content(&head) {
        Err(_) if is_tga(file, bytes)? => Format::Tga,
        other => other?,
    };
    // Such a file lies in memory while it is decoded.
    if format == Format::Jpeg {
        limits.check_memory(bytes)?;
    }
    file.rewind()?;
    Ok(format)
}

/// Whether a file ends as TGA files do, which have no mark at their start, or begins as old ones do.
fn is_tga(file: &mut (impl BufRead + Seek), bytes: u64) -> Result<bool> {
    file.rewind()?;
    if take::<18>(file)?.is_some_and(|head| begins_as_tga(&head)) {
        return Ok(true);
    }
    let mut end = Vec::new();
    if bytes >= 26 {
        file.seek(SeekFrom::End(-18))?;
        file.by_ref().take(18).read_to_end(&mut end)?;
    }
    Ok(end == b"TRUEVISION-XFILE.\0")
}

/// Whether all fields of a header are those of a TGA file: a palette only where there is one, and bits that are in use.
fn begins_as_tga(head: &[u8; 18]) -> bool {
    let [_, palette, kind, place @ ..] = head;
    let [_, _, _, _, entry, _, _, _, _, w0, w1, h0, h1, bits, flags] = place;
    let fits = match (palette, kind) {
        (0, 2 | 10) => matches!(bits, 15 | 16 | 24 | 32),
        (0, 3 | 11) => matches!(bits, 8 | 16),
        (1, 1 | 9) => matches!(bits, 8 | 16) && matches!(entry, 15 | 16 | 24 | 32),
        _ => false,
    };
    let palette_is_told = *palette == 1 || place[..5] == [0; 5];
    fits && palette_is_told && (*w0, *w1) != (0, 0) && (*h0, *h1) != (0, 0) && flags & 0xc0 == 0
}

fn load<R: BufRead + Seek>(file: &mut R, format: Format, options: &ReadOptions) -> Result<Loaded> {
    match format {
        Format::Png => png::read(file, options),
        Format::Jpeg => load_jpeg(file, options),
        Format::Pnm | Format::Pam => pnm::read(file, options),
        Format::WebP => webp::read(file, options),
        Format::Tiff => tiff::read(file, options),
        _ => others::read(file, format, options),
    }
}

fn upright_size<R: BufRead + Seek>(file: &mut R, format: Format, options: &ReadOptions) -> Result<(u32, u32)> {
    let (size, orientation) = match format {
        Format::Png => told_by(png::size(file, options)?),
        Format::Jpeg => told_by(jpeg_size(file, options)?),
        Format::Pnm | Format::Pam => (pnm::size(file, options)?, Orientation::NoTransforms),
        Format::WebP => told_by(webp::size(file, options)?),
        Format::Tiff => tiff::size(file, options)?,
        _ => (others::size(file, format, options)?, Orientation::NoTransforms),
    };
    Ok(orient::upright_size(size, orientation))
}

/// The orientation that EXIF data tell.
fn told_by((size, exif): ((u32, u32), Option<Vec<u8>>)) -> ((u32, u32), Orientation) {
    let orientation = exif
        .map(exif::without_prefix)
        .map(|mut exif| exif::take_orientation(&mut exif));
    (size, orientation.unwrap_or(Orientation::NoTransforms))
}

fn load_jpeg(file: &mut impl Read, options: &ReadOptions) -> Result<Loaded> {
    let mut data = Vec::new();
    file.read_to_end(&mut data)?;
    let decoded = jpeg::decode(&data, None, jpeg::Channels::Told, &options.limits)?;
    let size = (decoded.width as u32, decoded.height as u32);
    let mut loaded = Loaded::interleaved(size, decoded.color.channels(), Samples::U8(decoded.samples));
    loaded.metadata = jpeg::describe(&data, &decoded.segments, &mut loaded.notes);
    check_rows(Format::Jpeg, (decoded.damaged_rows, size.1), options, &mut loaded.notes)?;
    if decoded.damaged_rows == 0 && decoded.is_coarse {
        if !decoded.has_end && !options.salvage {
            let reason = "the file ends early: the scans that refine it are missing (--salvage keeps a coarse image)";
            return Err(Format::Jpeg.error(reason));
        }
        loaded
            .notes
            .warn("scans that refine the image are missing: it is coarse");
    } else if decoded.damaged_rows == 0 && !decoded.has_end {
        loaded.notes.warn("the end of the file is missing, behind its pixels");
    }
    if decoded.is_odd {
        loaded
            .notes
            .warn("segments or bytes of no meaning in front of its end: the file may be damaged");
    }
    if decoded.is_disordered {
        loaded
            .notes
            .warn("its scans do not follow each other as they should: the file may be damaged");
    }
    if decoded.is_beyond {
        loaded
            .notes
            .warn("some of its colours are beyond all that samples can be: the file may be damaged");
    }
    let rest = data.get(decoded.end..).unwrap_or_default();
    jpeg::behind(rest, &loaded.metadata, &mut loaded.notes);
    Ok(loaded)
}

/// Width and height of an image, and its EXIF data.
pub(super) type SizeAndExif = ((u32, u32), Option<Vec<u8>>);

/// Width, height and EXIF data of a JPEG file; all of it is read only if it does not begin with them.
fn jpeg_size(file: &mut impl Read, options: &ReadOptions) -> Result<SizeAndExif> {
    let mut data = Vec::new();
    file.by_ref().take(JPEG_HEAD_BYTES).read_to_end(&mut data)?;
    let head = match jpeg::head(&data, &options.limits) {
        Err(crate::error::CodecError::Media { .. }) if data.len() as u64 == JPEG_HEAD_BYTES => {
            file.read_to_end(&mut data)?;
            jpeg::head(&data, &options.limits)?
        }
        other => other?,
    };
    let (width, height, _, segments) = head;
    let metadata = jpeg::describe(&data, &segments, &mut super::Notes::default());
    Ok(((width, height), metadata.exif))
}
