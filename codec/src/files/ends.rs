//! Where the images of simple formats end in their files.

use std::io::{BufRead, Seek, SeekFrom};

use super::fields::{bytes_behind, take};
use super::loaded::Loaded;
use crate::container::Extras;
use crate::error::Result;

/// The last bytes of a QOI file.
const QOI_END: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
/// The last bytes of a TGA file of the second version, behind the places of its areas.
const TGA_MARK: &[u8; 18] = b"TRUEVISION-XFILE.\0";
/// Bytes of those places and of the mark.
const TGA_FOOTER_BYTES: u64 = 26;

/// Notes what lies behind the end of an image.
pub(super) fn lose_behind(file: &mut (impl BufRead + Seek), end: Option<u64>, loaded: &mut Loaded) -> Result<()> {
    if let Some(bytes @ 1..) = end.map(|end| bytes_behind(file, end)).transpose()? {
        loaded.notes.lose(format!("{bytes} bytes behind the image"));
    }
    Ok(())
}

/// Takes over the density of a BMP file, and notes what lies behind its image.
pub(super) fn describe_bmp(file: &mut (impl BufRead + Seek), loaded: &mut Loaded) -> Result<()> {
    file.rewind()?;
    let Some(head) = take::<18>(file)? else {
        return Ok(());
    };
    let word = |bytes: &[u8], at: usize| {
        let word = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>);
        word.map_or(0, |word| u32::from_le_bytes(*word))
    };
    let (bytes, pixels, header) = (word(&head, 2), word(&head, 10), word(&head, 14));
    // Pixels a metre, in all headers but the oldest.
    let rest = take::<36>(file)?.filter(|_| header >= 40).unwrap_or([0; 36]);
    let (x, y) = (word(&rest, 20), word(&rest, 24));
    if x > 0 && y > 0 {
        let density = [&x.to_be_bytes()[..], &y.to_be_bytes(), &[1]].concat();
        loaded.metadata.extras.set(Extras::DENSITY, density);
    }
    lose_behind(file, (bytes > pixels).then_some(u64::from(bytes)), loaded)
}

/// Notes what a QOI file holds besides its pixels, and what it lacks.
pub(super) fn describe_qoi(file: &mut (impl BufRead + Seek), loaded: &mut Loaded) -> Result<()> {
    file.rewind()?;
    let Some(head) = take::<14>(file)? else {
        return Ok(());
    };
    if head[13] == 1 {
        loaded.notes.lose("the mark that its colours are linear");
    }
    let mut left = i64::from(loaded.size.0) * i64::from(loaded.size.1);
    while left > 0 {
        let Some([tag]) = take::<1>(file)? else {
            break;
        };
        let (bytes, pixels) = match tag {
            0xfe => (3, 1),
            0xff => (4, 1),
            0xc0.. => (0, i64::from(tag & 63) + 1),
            0x80.. => (1, 1),
            _ => (0, 1),
        };
        for _ in 0..bytes {
            take::<1>(file)?;
        }
        left -= pixels;
    }
    let end = file.stream_position()?;
    if left < 0 {
        loaded.notes.warn("it has more pixels than its size: it may be damaged");
    }
    if take::<8>(file)? == Some(QOI_END) {
        return lose_behind(file, Some(end + QOI_END.len() as u64), loaded);
    }
    loaded
        .notes
        .warn("its end is not where its pixels end: it may be damaged");
    Ok(())
}

/// Notes what a TGA file holds besides its pixels.
pub(super) fn describe_tga(file: &mut (impl BufRead + Seek), loaded: &mut Loaded) -> Result<()> {
    file.rewind()?;
    let Some(head) = take::<18>(file)? else {
        return Ok(());
    };
    let id = u64::from(head[0]);
    if id > 0 {
        loaded.notes.lose(format!("its identification ({id} bytes)"));
    }
    let map = u64::from(u16::from_le_bytes([head[5], head[6]])) * u64::from(head[7].div_ceil(8));
    let start = 18 + id + if head[1] == 1 { map } else { 0 };
    let pixels = u64::from(loaded.size.0) * u64::from(loaded.size.1);
    let pixel_bytes = u64::from(head[16].div_ceil(8));
    let end = match head[2] & 8 {
        0 => start + pixels * pixel_bytes,
        _ => {
            file.seek(SeekFrom::Start(start))?;
            packets_end(file, pixels, pixel_bytes)?
        }
    };
    let length = file.seek(SeekFrom::End(0))?;
    let footer = length.saturating_sub(TGA_FOOTER_BYTES);
    file.seek(SeekFrom::Start(footer + 8))?;
    if take::<18>(file)?.as_ref() != Some(TGA_MARK) || footer < end {
        return lose_behind(file, Some(end), loaded);
    }
    if footer > end {
        let bytes = footer - end;
        loaded
            .notes
            .lose(format!("its extension and developer areas ({bytes} bytes)"));
    }
    Ok(())
}

/// Where this many pixels in runs end.
fn packets_end(file: &mut (impl BufRead + Seek), pixels: u64, pixel_bytes: u64) -> Result<u64> {
    let mut seen = 0;
    while seen < pixels {
        let Some([head]) = take::<1>(file)? else {
            break;
        };
        let count = u64::from(head & 127) + 1;
        for _ in 0..if head & 128 == 0 {
            count * pixel_bytes
        } else {
            pixel_bytes
        } {
            take::<1>(file)?;
        }
        seen += count;
    }
    Ok(file.stream_position()?)
}
