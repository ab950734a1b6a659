//! Writes TIFF files: strips of samples as they are, row by row, and a directory behind them.

use std::io::Write;

use crate::container::{Extras, Tag, TagKey};
use crate::error::Result;
use crate::files::rows::{self, Order, row_bytes};
use crate::files::{Format, Lost, color};
use crate::media::image::{Color, Image};

/// Bytes of a strip, or of a row if that is more.
const STRIP_BYTES: usize = 1 << 18;
/// Bytes in front of the pixels.
const HEAD_BYTES: usize = 8;

/// Kinds of values.
const BYTES: u16 = 1;
const TEXT: u16 = 2;
const SHORTS: u16 = 3;
const LONGS: u16 = 4;
const RATIOS: u16 = 5;
const ANY: u16 = 7;

/// The tags of a directory: tag, kind, number of values, bytes.
type Entries = Vec<(u16, u16, u32, Vec<u8>)>;

/// Writes an image.
pub(in crate::files) fn write(image: &Image, mut out: impl Write) -> Result<Lost> {
    let mut lost = Lost::default();
    let row_bytes = rows::bytes(image) / u64::from(image.height());
    let rows = (STRIP_BYTES as u64 / row_bytes.max(1)).clamp(1, u64::from(image.height())) as u32;
    let mut entries = layout(image, rows, row_bytes);
    describe(image, &mut entries, &mut lost);
    let described: usize = entries.iter().map(|(.., bytes)| bytes.len() + 14).sum();
    let total = rows::bytes(image) + described as u64 + 1024;
    if total > u64::from(u32::MAX) {
        return Err(Format::Tiff.error("an image of more than 4 GiB does not fit: write png"));
    }
    let pixels = rows::bytes(image).next_multiple_of(2);
    out.write_all(b"II*\0")?;
    out.write_all(&(HEAD_BYTES as u32 + pixels as u32).to_le_bytes())?;
    write_rows(image, &mut out)?;
    out.write_all(&vec![0; (pixels - rows::bytes(image)) as usize])?;
    out.write_all(&directory(entries, HEAD_BYTES + pixels as usize))?;
    Ok(lost)
}

fn write_rows(image: &Image, out: &mut impl Write) -> Result<()> {
    let mut row = Vec::new();
    for y in 0..image.height() as usize {
        row_bytes(image, y, Order::LowFirst, &mut row);
        out.write_all(&row)?;
    }
    Ok(())
}

fn shorts(values: &[u16]) -> (u16, u32, Vec<u8>) {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes());
    (SHORTS, values.len() as u32, bytes.collect())
}

fn longs(values: &[u32]) -> (u16, u32, Vec<u8>) {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes());
    (LONGS, values.len() as u32, bytes.collect())
}

/// The tags that tell how the pixels lie.
fn layout(image: &Image, rows: u32, row_bytes: u64) -> Entries {
    let (height, channels) = (image.height(), rows::channels(image));
    let strips = height.div_ceil(rows);
    let strip = |index: u32| (u64::from(index * rows) * row_bytes) as u32;
    let offsets: Vec<u32> = (0..strips).map(|index| HEAD_BYTES as u32 + strip(index)).collect();
    let lengths: Vec<u32> = (0..strips)
        .map(|index| (u64::from(rows.min(height - index * rows)) * row_bytes) as u32)
        .collect();
    let mut entries = Entries::new();
    let mut put = |tag: u16, (kind, count, bytes): (u16, u32, Vec<u8>)| entries.push((tag, kind, count, bytes));
    put(256, longs(&[image.width()]));
    put(257, longs(&[height]));
    put(258, shorts(&vec![image.depth().bits() as u16; channels]));
    put(259, shorts(&[1]));
    put(262, shorts(&[if image.color() == Color::Gray { 1 } else { 2 }]));
    put(273, longs(&offsets));
    put(277, shorts(&[channels as u16]));
    put(278, longs(&[rows]));
    put(279, longs(&lengths));
    put(284, shorts(&[1]));
    if image.alpha().is_some() {
        // Colours that are not multiplied by it.
        put(338, shorts(&[2]));
    }
    entries
}

/// The tags that tell of the image.
fn describe(image: &Image, entries: &mut Entries, lost: &mut Lost) {
    let metadata = image.metadata();
    let mut put = |tag: u16, kind: u16, bytes: Vec<u8>| entries.push((tag, kind, bytes.len() as u32, bytes));
    match &metadata.icc {
        Some(icc) if color::fits(icc, image.color()) => put(34675, ANY, icc.clone()),
        other => lost.icc = other.is_some(),
    }
    metadata.xmp.iter().for_each(|xmp| put(700, BYTES, xmp.clone()));
    lost.exif = metadata.exif.is_some();
    lost.cicp = metadata.cicp.is_some_and(|cicp| cicp != color::SRGB);
    let mut used = Vec::new();
    for (key, text) in metadata.tags.entries() {
        match text_tag(key).filter(|tag| !used.contains(tag) && !text.contains('\0')) {
            Some(tag) => {
                used.push(tag);
                put(tag, TEXT, [text.as_bytes(), &[0]].concat());
            }
            None => lost.texts = true,
        }
    }
    let mut density = None;
    for (name, bytes) in metadata.extras.entries() {
        match name {
            Extras::IPTC => put(33723, ANY, bytes.to_vec()),
            Extras::DENSITY => density = crate::files::density::of(bytes),
            other => lost.extra(other),
        }
    }
    if let Some(density) = density {
        let ratio = |value: f64| [((value * 1000.0).round() as u32).to_le_bytes(), 1000u32.to_le_bytes()].concat();
        // By the inch, or by an unknown unit.
        let unit: u16 = if density.is_known { 2 } else { 1 };
        entries.push((282, RATIOS, 1, ratio(density.x)));
        entries.push((283, RATIOS, 1, ratio(density.y)));
        entries.push((296, SHORTS, 1, unit.to_le_bytes().to_vec()));
    }
}

fn text_tag(key: &TagKey) -> Option<u16> {
    match key {
        TagKey::Known(Tag::Title) => Some(269),
        TagKey::Known(Tag::Comment) => Some(270),
        TagKey::Known(Tag::Date) => Some(306),
        TagKey::Known(Tag::Artist) => Some(315),
        TagKey::Named(name) if name == "Software" => Some(305),
        TagKey::Named(name) if name == "Copyright" => Some(33432),
        _ => None,
    }
}

/// A directory that begins at `at`, and the values that do not fit into it.
fn directory(mut entries: Entries, at: usize) -> Vec<u8> {
    entries.sort_by_key(|(tag, ..)| *tag);
    let table = 2 + 12 * entries.len() + 4;
    let (mut out, mut values) = (Vec::with_capacity(table), Vec::new());
    out.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, bytes) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        if bytes.len() <= 4 {
            out.extend(&bytes);
            out.resize(out.len() + 4 - bytes.len(), 0);
        } else {
            out.extend(((at + table + values.len()) as u32).to_le_bytes());
            values.extend(&bytes);
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    out.extend([0; 4]);
    out.extend(values);
    out
}
