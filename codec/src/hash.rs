//! The value by which the pixels of two decoders are compared, or their samples of sound.

use std::fmt;

/// The first 16 bytes of the BLAKE3 hash of an image's size and samples.
///
/// What is hashed: width and height (32 bits each, little-endian); a byte each for the number of colours (1 or 3), for
/// alpha (0 or 1) and for the bits of a sample (8 or 16); then all pixels in raster order, each its colours and then its
/// alpha, samples of 16 bits little-endian. Metadata do not count.
///
/// Of a sound: the rate and the number of channels (32 bits each, little-endian), then all samples as 32-bit floats,
/// little-endian, those of all channels of a moment beside each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PixelHash(pub [u8; 16]);

/// The first byte of a HASH segment with such a hash.
const KIND: u8 = 1;

impl PixelHash {
    /// The hash of all that a hasher was given.
    pub(crate) fn of_hasher(hasher: &blake3::Hasher) -> Self {
        let mut hash = [0; 16];
        hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(hash)
    }

    /// The payload of a HASH segment.
    pub fn to_payload(self) -> Vec<u8> {
        [&[KIND], &self.0[..]].concat()
    }

    /// The hash in the payload of a HASH segment; `None` for kinds that this version does not know.
    pub fn of_payload(payload: &[u8]) -> Option<Self> {
        let (&kind, hash) = payload.split_first()?;
        let hash = hash.try_into().ok()?;
        (kind == KIND).then_some(Self(hash))
    }
}

impl fmt::Display for PixelHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PixelHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PixelHash({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_come_back_and_other_kinds_are_left_alone() {
        let hash = PixelHash([7; 16]);
        let payload = hash.to_payload();
        assert_eq!(PixelHash::of_payload(&payload), Some(hash));
        for other in [
            &[][..],
            &payload[1..],
            &payload[..16],
            &[&payload[..], &[0]].concat(),
            &[2; 17],
        ] {
            assert_eq!(PixelHash::of_payload(other), None);
        }
    }
}
