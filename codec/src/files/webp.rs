//! Reads and writes WebP files.

use std::io::{BufRead, Cursor, Seek, SeekFrom, Write};

use image_webp::{ColorType, DecodingError, EncodingError, WebPDecoder, WebPEncoder};

use super::Format;
use super::fields::{bytes_behind, take};
use super::loaded::{Loaded, blank};
use super::notes::ReadOptions;
use crate::error::{CodecError, Result};
use crate::media::image::{Depth, ImageMetadata, Samples};

/// Memory for the library's own buffers, beside the pixels, in bytes.
const LIBRARY_BYTES: usize = 256 << 20;

fn error(error: DecodingError) -> CodecError {
    match error {
        DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Format::WebP.error("the file ends early")
        }
        DecodingError::IoError(error) if error.get_ref().is_none() => CodecError::Io(error),
        other => Format::WebP.error(other.to_string()),
    }
}

fn open<R: BufRead + Seek>(file: R, options: &ReadOptions) -> Result<WebPDecoder<R>> {
    let decoder = WebPDecoder::new(file).map_err(error)?;
    let (width, height) = decoder.dimensions();
    options.limits.check_size(width, height)?;
    Ok(decoder)
}

/// Width, height and EXIF data of a file.
pub(super) fn size(file: impl BufRead + Seek, options: &ReadOptions) -> Result<crate::files::read::SizeAndExif> {
    let mut decoder = open(file, options)?;
    Ok((decoder.dimensions(), decoder.exif_metadata().ok().flatten()))
}

/// Reads a file.
pub(super) fn read(mut file: impl BufRead + Seek, options: &ReadOptions) -> Result<Loaded> {
    let mut loaded = read_frame(&mut file, options)?;
    file.rewind()?;
    if let Some([_, _, _, _, a, b, c, d]) = take::<8>(&mut file)? {
        let end = 8 + u64::from(u32::from_le_bytes([a, b, c, d])).next_multiple_of(2);
        if let bytes @ 1.. = bytes_behind(&mut file, end)? {
            loaded.notes.lose(format!("{bytes} bytes behind the image"));
        }
    }
    Ok(loaded)
}

fn read_frame(mut file: impl BufRead + Seek, options: &ReadOptions) -> Result<Loaded> {
    let mut bytes = Vec::new();
    if let (frames @ 1.., page) = (open(&mut file, options)?.num_frames(), options.page) {
        let length = file.seek(SeekFrom::End(0))?;
        options.limits.check_memory(length)?;
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        if let Some(still) = page.or((frames == 1).then_some(1)).and_then(|page| still(&bytes, page)) {
            let one = options.clone().with_page(None);
            let mut loaded = read_one(Cursor::new(still), &one)?;
            loaded.notes.lose_more(frames as usize - 1, "frame");
            return Ok(loaded);
        }
    }
    file.rewind()?;
    read_one(file, options)
}

/// The chunks of a file or of a frame: name, payload.
fn chunks(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let (name, rest) = bytes.split_at_checked(4)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let payload = rest.get(..length)?;
        bytes = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some((name, payload))
    })
}

/// A frame as a file of its own, if it fills the image and nothing of the frames before shows through: the library
/// rounds when it blends frames.
fn still(file: &[u8], page: u32) -> Option<Vec<u8>> {
    let all = || chunks(file.get(12..).unwrap_or_default());
    let head = all().find_map(|(name, payload)| (name == b"VP8X").then_some(payload))?;
    let frame = all().filter(|(name, _)| *name == b"ANMF").nth(page as usize - 1)?.1;
    let (place, inside) = frame.split_at_checked(16)?;
    let fills = place.get(..6)? == [0; 6] && place.get(6..12) == head.get(4..10);
    // A lossless picture says in its head whether it has alpha.
    let is_clear = |name: &[u8], payload: &[u8]| match name {
        b"ALPH" => true,
        b"VP8L" => payload.get(4).is_some_and(|byte| byte & 0x10 != 0),
        _ => false,
    };
    let has_alpha = chunks(inside).any(|(name, payload)| is_clear(name, payload));
    let replaces = page == 1 || place[15] & 2 != 0 || !has_alpha;
    if !fills || !replaces {
        return None;
    }
    let mut flags = head.to_vec();
    *flags.first_mut()? = head[0] & !0x12 | if has_alpha { 0x10 } else { 0 };
    let mut body = b"WEBP".to_vec();
    let mut put = |name: &[u8], payload: &[u8]| {
        body.extend_from_slice(name);
        body.extend((payload.len() as u32).to_le_bytes());
        body.extend_from_slice(payload);
        body.resize(body.len().next_multiple_of(2), 0);
    };
    put(b"VP8X", &flags);
    all()
        .filter(|(name, _)| *name == b"ICCP")
        .for_each(|(name, payload)| put(name, payload));
    chunks(inside).for_each(|(name, payload)| put(name, payload));
    all()
        .filter(|(name, _)| [&b"EXIF"[..], b"XMP "].contains(name))
        .for_each(|(name, payload)| put(name, payload));
    Some([&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat())
}

/// Reads a file whose frames are blended by the library.
fn read_one(file: impl BufRead + Seek, options: &ReadOptions) -> Result<Loaded> {
    let mut decoder = open(file, options)?;
    let (size, frames) = (decoder.dimensions(), decoder.num_frames());
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut samples = blank(Depth::Eight, size, channels, options)?;
    let Samples::U8(out) = &mut samples else {
        return Err(CodecError::Internal("samples of 8 bits have more".into()));
    };
    let most = usize::try_from(options.limits.max_memory_bytes).unwrap_or(usize::MAX);
    decoder.set_memory_limit(out.len().saturating_mul(4).saturating_add(LIBRARY_BYTES).min(most));
    match (decoder.is_animated(), options.page) {
        (false, None | Some(1)) => decoder.read_image(out).map_err(error)?,
        (true, Some(page)) if page <= frames => (0..page)
            .try_for_each(|_| decoder.read_frame(out).map(drop))
            .map_err(error)?,
        (true, None) if frames == 1 => decoder.read_frame(out).map(drop).map_err(error)?,
        (true, None) => {
            let what = format!("animated WebP of {frames} frames: choose one with --page 1 to {frames}");
            return Err(CodecError::Unsupported(what));
        }
        (_, Some(page)) => {
            let frames = frames.max(1);
            return Err(CodecError::Parameter(format!(
                "there is no frame {page}: the WebP file has {frames}"
            )));
        }
    }
    let mut loaded = Loaded::interleaved(size, channels, samples);
    if decoder.is_animated() && frames > 1 {
        loaded.notes.lose_more(frames as usize - 1, "frame");
    }
    loaded.metadata.icc = decoder.icc_profile().map_err(error)?;
    loaded.metadata.exif = decoder.exif_metadata().map_err(error)?;
    loaded.metadata.xmp = decoder.xmp_metadata().map_err(error)?;
    Ok(loaded)
}

/// Writes 8-bit samples, their channels interleaved, losslessly.
pub(super) fn write(
    samples: &[u8],
    (width, height): (u32, u32),
    channels: usize,
    metadata: &ImageMetadata,
    mut out: impl Write,
) -> Result<()> {
    let kind = match channels {
        1 => ColorType::L8,
        2 => ColorType::La8,
        3 => ColorType::Rgb8,
        _ => ColorType::Rgba8,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = WebPEncoder::new(&mut bytes);
    metadata.icc.iter().for_each(|icc| encoder.set_icc_profile(icc.clone()));
    metadata
        .exif
        .iter()
        .for_each(|exif| encoder.set_exif_metadata(exif.clone()));
    metadata
        .xmp
        .iter()
        .for_each(|xmp| encoder.set_xmp_metadata(xmp.clone()));
    encoder
        .encode(samples, width, height, kind)
        .map_err(|error| match error {
            EncodingError::IoError(error) => CodecError::Io(error),
            other => Format::WebP.error(other.to_string()),
        })?;
    out.write_all(bytes.get_ref())?;
    Ok(())
}
