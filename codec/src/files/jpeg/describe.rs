//! What a JPEG file says of its image, and what stands behind it.

use super::Segment;
use crate::container::{Extras, TagKey};
use crate::files::fields::readable;
use crate::files::notes::Notes;
use crate::media::image::ImageMetadata;

const EXIF: &[u8] = b"Exif\0\0";
pub(super) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const LONG_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
/// The resource of Photoshop that holds IPTC data.
const IPTC_RESOURCE: u16 = 0x0404;

/// Takes the segments of a file over.
pub(in crate::files) fn describe(data: &[u8], segments: &[Segment], notes: &mut Notes) -> ImageMetadata {
    let mut metadata = ImageMetadata::default();
    let mut icc = Vec::new();
    for segment in segments {
        let payload = data.get(segment.payload.clone()).unwrap_or_default();
        let of = |begin: &[u8]| payload.strip_prefix(begin);
        match segment.marker {
            0xe0 => {
                if let Some(density) = of(b"JFIF\0").and_then(density) {
                    metadata.extras.set(Extras::DENSITY, density);
                }
                // Behind the version, the density and the size of a small picture come its pixels.
                if of(b"JFIF\0").is_some_and(|jfif| jfif.len() > 9) || of(b"JFXX\0").is_some() {
                    notes.lose("a small picture for previews");
                }
            }
            0xe1 if metadata.exif.is_none() && of(EXIF).is_some() => metadata.exif = of(EXIF).map(<[u8]>::to_vec),
            0xe1 if metadata.xmp.is_none() && of(XMP).is_some() => metadata.xmp = of(XMP).map(<[u8]>::to_vec),
            0xe1 if of(LONG_XMP).is_some() => notes.lose("the part of the XMP packet that has its own segments"),
            0xe2 => match of(ICC) {
                Some([number, count, part @ ..]) => icc.push((*number, *count, part)),
                _ if of(b"MPF\0").is_some() => lose_pictures(payload, notes),
                _ => notes.lose("the JPEG segment APP2"),
            },
            0xed => match of(PHOTOSHOP) {
                Some(resources) => photoshop(resources, &mut metadata, notes),
                None => notes.lose("the JPEG segment APP13"),
            },
            0xfe => {
                let text = readable(payload);
                if !text.is_empty() && !metadata.tags.push(TagKey::of_name("comment"), text) {
                    notes.lose("a comment");
                }
            }
            // Adobe's tells the colours only.
            0xee if of(b"Adobe").is_some() => {}
            0xe1..=0xef => notes.lose(format!("the JPEG segment APP{}", segment.marker - 0xe0)),
            _ => {}
        }
    }
    metadata.icc = joined(icc, notes);
    metadata
}

/// The density of a JFIF segment as PNG files have it; `None` where it tells nothing.
fn density(jfif: &[u8]) -> Option<Vec<u8>> {
    let &[_, _, unit, x1, x0, y1, y0, ..] = jfif else {
        return None;
    };
    let (x, y) = (
        u32::from(u16::from_be_bytes([x1, x0])),
        u32::from(u16::from_be_bytes([y1, y0])),
    );
    let metre = |value: u32| match unit {
        1 => (value * 10_000 + 127) / 254,
        2 => value * 100,
        _ => value,
    };
    let tells = x > 0 && y > 0 && (unit > 0 || x != y);
    tells.then(|| {
        [
            &metre(x).to_be_bytes()[..],
            &metre(y).to_be_bytes(),
            &[u8::from(unit > 0)],
        ]
        .concat()
    })
}

/// A profile from its parts, in whatever order they stand.
fn joined(mut parts: Vec<(u8, u8, &[u8])>, notes: &mut Notes) -> Option<Vec<u8>> {
    parts.sort_by_key(|(number, ..)| *number);
    parts.dedup_by_key(|(number, ..)| *number);
    let count = parts.first().map(|(_, count, _)| usize::from(*count))?;
    let is_whole = parts.len() == count && parts.iter().zip(1..).all(|((number, ..), wanted)| *number == wanted);
    if !is_whole {
        notes.lose("the ICC profile, of which parts are missing");
        return None;
    }
    Some(parts.iter().flat_map(|(.., part)| *part).copied().collect())
}

/// Takes IPTC data out of the resources of Photoshop.
fn photoshop(mut bytes: &[u8], metadata: &mut ImageMetadata, notes: &mut Notes) {
    while let Some((_, rest)) = bytes.split_first_chunk::<4>().filter(|(kind, _)| *kind == b"8BIM") {
        let Some((id, rest)) = rest.split_first_chunk::<2>() else {
            return;
        };
        // A name of an even number of bytes with its length.
        let name = (usize::from(rest.first().copied().unwrap_or(0)) + 1).next_multiple_of(2);
        let Some((length, rest)) = rest.get(name..).and_then(|rest| rest.split_first_chunk::<4>()) else {
            return;
        };
        let length = u32::from_be_bytes(*length) as usize;
        let Some(resource) = rest.get(..length) else { return };
        match u16::from_be_bytes(*id) {
            IPTC_RESOURCE => metadata.extras.set(Extras::IPTC, resource.to_vec()),
            // Checksums of IPTC data and the density, which JFIF tells as well.
            0x0425 | 0x03ed => {}
            _ => notes.lose("Photoshop image resources"),
        }
        bytes = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
}

/// The payload of the segment that holds IPTC data.
pub(super) fn iptc_segment(iptc: &[u8]) -> Vec<u8> {
    let mut out = [PHOTOSHOP, b"8BIM\x04\x04\0\0", &(iptc.len() as u32).to_be_bytes(), iptc].concat();
    out.resize(out.len().next_multiple_of(2), 0);
    out
}

/// Notes the further pictures that an index of them tells.
fn lose_pictures(payload: &[u8], notes: &mut Notes) {
    let block = payload.get(4..).unwrap_or_default();
    let little = block.first() == Some(&b'I');
    let number = |at: usize, bytes: usize| {
        let bytes = block.get(at..at + bytes).unwrap_or_default();
        let add = |sum: usize, &byte: &u8| sum << 8 | usize::from(byte);
        if little {
            bytes.iter().rev().fold(0, add)
        } else {
            bytes.iter().fold(0, add)
        }
    };
    let directory = number(4, 4).min(block.len());
    let entries = (0..number(directory, 2).min(64)).map(|index| directory + 2 + 12 * index);
    let count = entries
        .into_iter()
        .find(|&at| number(at, 2) == 0xb001)
        .map_or(0, |at| number(at + 8, 4));
    notes.lose_more(count.saturating_sub(1), "picture");
}

/// Notes what stands behind the picture.
pub(in crate::files) fn behind(rest: &[u8], metadata: &ImageMetadata, notes: &mut Notes) {
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    let xmp = metadata.xmp.as_deref().unwrap_or_default();
    let is_padding = rest.iter().all(|byte| [0, 0xff].contains(byte));
    if is_padding {
        return;
    }
    if has(xmp, b"hdrgm:") || has(xmp, b"GainMap") || has(rest, b"hdrgm:") || has(rest, b"urn:iso:std:iso:ts:21496") {
        notes.lose("a gain map, which makes it brighter on HDR displays");
    }
    if has(xmp, b"MotionPhoto") || has(xmp, b"MicroVideo") || has(rest, b"ftyp") {
        notes.lose("a film behind the picture (motion photo)");
    }
    if notes.lost.iter().all(|lost| !lost.contains("more picture")) && rest.starts_with(&[0xff, 0xd8, 0xff]) {
        notes.lose("another picture behind the picture");
    }
    notes.lose(format!("{} bytes behind the picture", rest.len()));
}
