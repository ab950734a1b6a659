//! What the colours of a file mean: ICC profiles, code points, and which of them fit an image.

use super::notes::Notes;
use crate::container::{Cicp, Extras};
use crate::media::image::{Color, ImageMetadata};

/// The code points of sRGB.
pub(super) const SRGB: Cicp = Cicp {
    primaries: 1,
    transfer: 13,
    matrix: 0,
    full_range: true,
};

/// The kind of colours that a profile is for, as four letters; `None` if it is no profile.
fn space(icc: &[u8]) -> Option<&[u8]> {
    (icc.get(36..40)? == b"acsp").then(|| icc.get(16..20)).flatten()
}

/// Whether a profile is for images of this colour. What is no profile at all is not judged.
pub(super) fn fits(icc: &[u8], color: Color) -> bool {
    match space(icc) {
        Some(b"GRAY") => color == Color::Gray,
        Some(b"RGB ") => color == Color::Rgb,
        Some(_) => false,
        None => true,
    }
}

/// Drops what does not fit an image of this colour, and says so; takes a profile of sRGB for what it is.
pub(super) fn settle(metadata: &mut ImageMetadata, color: Color, notes: &mut Notes) {
    if let Some(icc) = &metadata.icc {
        if is_srgb(icc) {
            metadata.icc = None;
            metadata.cicp = metadata.cicp.or(Some(SRGB));
        } else if !fits(icc, color) {
            let kind = String::from_utf8_lossy(space(icc).unwrap_or_default())
                .trim()
                .to_owned();
            let image = if color == Color::Gray { "a gray" } else { "an RGB" };
            notes.lose(format!(
                "the ICC profile, which is for {kind} and not for {image} image"
            ));
            metadata.icc = None;
        }
    }
    // A profile or code points tell more than gamma and primaries do.
    if metadata.icc.is_some() || metadata.cicp.is_some() {
        metadata.extras.remove(Extras::GAMMA);
        metadata.extras.remove(Extras::CHROMATICITIES);
    }
}

/// The data of a tag of a profile.
fn tag<'a>(icc: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let number = |at: usize| {
        let bytes = icc.get(at..at + 4)?.first_chunk::<4>()?;
        Some(u32::from_be_bytes(*bytes) as usize)
    };
    let count = number(128)?.min(100);
    let entry = (0..count)
        .map(|index| 132 + 12 * index)
        .find(|&at| icc.get(at..at + 4) == Some(name))?;
    let (offset, length) = (number(entry + 4)?, number(entry + 8)?);
    icc.get(offset..offset.checked_add(length)?)
}

/// Whether a profile of an RGB or gray display is that of sRGB, within what rounding and old computers did.
pub(super) fn is_srgb(icc: &[u8]) -> bool {
    let curves: &[&[u8; 4]] = match space(icc) {
        Some(b"RGB ") => &[b"rTRC", b"gTRC", b"bTRC"],
        Some(b"GRAY") => &[b"kTRC"],
        _ => return false,
    };
    let has_tables = [b"A2B0", b"A2B1", b"B2A0", b"D2B0"]
        .iter()
        .any(|name| tag(icc, name).is_some());
    !has_tables
        && curves.iter().all(|name| tag(icc, name).is_some_and(is_srgb_curve))
        && (curves.len() == 1 || has_srgb_primaries(icc))
}

/// A number with 16 fractional bits, times 65536.
fn fixed(bytes: &[u8], at: usize) -> Option<i32> {
    bytes
        .get(at..at + 4)?
        .first_chunk()
        .map(|&bytes| i32::from_be_bytes(bytes))
}

/// Whether red, green and blue are those of sRGB under D50.
fn has_srgb_primaries(icc: &[u8]) -> bool {
    const PRIMARIES: [(&[u8; 4], [i32; 3]); 3] = [
        (b"rXYZ", [28_578, 14_581, 912]),
        (b"gXYZ", [25_239, 46_981, 6_363]),
        (b"bXYZ", [9_380, 3_974, 46_799]),
    ];
    PRIMARIES.iter().all(|(name, wanted)| {
        let Some(found) = tag(icc, name) else { return false };
        let near = |(axis, wanted): (usize, &i32)| fixed(found, 8 + 4 * axis).is_some_and(|v| (v - wanted).abs() < 100);
        wanted.iter().enumerate().all(near)
    })
}

/// Whether a curve is that of sRGB, within a step of 8 bits.
fn is_srgb_curve(curve: &[u8]) -> bool {
    let linear = |value: f64| {
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    match curve.get(..4) {
        Some(b"curv") => {
            let count = fixed(curve, 8).map_or(0, |count| count.max(0) as usize);
            let values = curve.get(12..).unwrap_or_default();
            count > 255
                && values.len() >= 2 * count
                && values.chunks_exact(2).take(count).enumerate().all(|(at, value)| {
                    let value = f64::from(u16::from_be_bytes([value[0], value[1]])) / 65_535.0;
                    (value - linear(at as f64 / (count - 1) as f64)).abs() < 0.002
                })
        }
        Some(b"para") => {
            const WANTED: [f64; 5] = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045];
            let is_kind = matches!(curve.get(8..10), Some([0, 3 | 4]));
            is_kind
                && WANTED.iter().enumerate().all(|(at, wanted)| {
                    fixed(curve, 12 + 4 * at).is_some_and(|value| (f64::from(value) / 65_536.0 - wanted).abs() < 0.001)
                })
        }
        _ => false,
    }
}
