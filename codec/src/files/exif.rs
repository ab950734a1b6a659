//! The little of EXIF that a codec must know: where the data begin, and which way is up.

use image::metadata::Orientation;

/// Takes off the prefix that some writers leave before the TIFF block.
pub(super) fn without_prefix(exif: Vec<u8>) -> Vec<u8> {
    match exif.strip_prefix(b"Exif\0\0") {
        Some(block) => block.to_vec(),
        None => exif,
    }
}

/// The orientation that the data name; the data say afterwards that the pixels are upright.
pub(super) fn take_orientation(exif: &mut [u8]) -> Orientation {
    Orientation::remove_from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)
}

/// An EXIF block with nothing but an orientation, for tests.
#[cfg(test)]
pub(super) fn block(orientation: u8, big_endian: bool) -> Vec<u8> {
    let n16 = |value: u16| {
        if big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let n32 = |value: u32| {
        if big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let mut block = if big_endian {
        b"MM\0*".to_vec()
    } else {
        b"II*\0".to_vec()
    };
    block.extend(n32(8));
    block.extend(n16(1));
    block.extend(n16(0x112));
    block.extend(n16(3));
    block.extend(n32(1));
    block.extend(n16(u16::from(orientation)));
    block.extend([0; 6]);
    block
}
