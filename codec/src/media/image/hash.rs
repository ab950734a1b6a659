//! The hash of all samples of an image, by which two decoders can be compared.

use std::fmt;

use super::{Image, Samples};

/// The first 16 bytes of the BLAKE3 hash of an image's size and samples.
///
/// What is hashed: width and height (32 bits each, little-endian); a byte each for the number of colours (1 or 3), for
/// alpha (0 or 1) and for the bits of a sample (8 or 16); then all pixels in raster order, each its colours and then its
/// alpha, samples of 16 bits little-endian. Metadata do not count.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PixelHash(pub [u8; 16]);

/// The first byte of a HASH segment with such a hash.
const KIND: u8 = 1;

impl PixelHash {
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

impl Image {
    /// The hash of its samples.
    pub fn pixel_hash(&self) -> PixelHash {
        let (channels, alpha) = (self.color().channels(), self.alpha());
        let mut hasher = blake3::Hasher::new();
        [self.width(), self.height()].iter().for_each(|side| {
            hasher.update(&side.to_le_bytes());
        });
        hasher.update(&[channels as u8, u8::from(alpha.is_some()), self.depth().bits() as u8]);
        let row = self.width() as usize;
        let mut bytes = Vec::new();
        for y in 0..self.height() as usize {
            bytes.clear();
            match (self.samples(), alpha) {
                (Samples::U8(samples), Some(Samples::U8(alpha))) => {
                    let pixels = samples[y * row * channels..].chunks_exact(channels);
                    let pixels = pixels.zip(&alpha[y * row..]).take(row);
                    pixels.for_each(|(pixel, alpha)| bytes.extend(pixel.iter().chain([alpha])));
                }
                (Samples::U16(samples), Some(Samples::U16(alpha))) => {
                    let pixels = samples[y * row * channels..].chunks_exact(channels);
                    let pixels = pixels.zip(&alpha[y * row..]).take(row);
                    pixels.for_each(|(pixel, alpha)| {
                        bytes.extend(pixel.iter().chain([alpha]).flat_map(|sample| sample.to_le_bytes()));
                    });
                }
                (Samples::U8(samples), _) => bytes.extend_from_slice(&samples[y * row * channels..][..row * channels]),
                (Samples::U16(samples), _) => {
                    let samples = &samples[y * row * channels..][..row * channels];
                    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
                }
            }
            hasher.update(&bytes);
        }
        let mut hash = [0; 16];
        hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        PixelHash(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Color;
    use super::*;

    fn hash_of(bytes: &[u8]) -> [u8; 16] {
        let mut hash = [0; 16];
        hash.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        hash
    }

    #[test]
    fn the_hash_is_of_the_documented_bytes() {
        let samples = Samples::U8(vec![1, 2, 3, 4, 5, 6]);
        let rgb = Image::new(2, 1, Color::Rgb, samples, None).unwrap();
        let bytes = [2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 8, 1, 2, 3, 4, 5, 6];
        assert_eq!(rgb.pixel_hash().0, hash_of(&bytes));
        let with_alpha = rgb.clone().with_alpha(Some(Samples::U8(vec![7, 8]))).unwrap();
        let bytes = [2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 8, 1, 2, 3, 7, 4, 5, 6, 8];
        assert_eq!(with_alpha.pixel_hash().0, hash_of(&bytes));
        let deep = Image::new(1, 2, Color::Gray, Samples::U16(vec![0x102, 0x304]), None).unwrap();
        let deep = deep.with_alpha(Some(Samples::U16(vec![0xfffe, 5]))).unwrap();
        let bytes = [1, 0, 0, 0, 2, 0, 0, 0, 1, 1, 16, 2, 1, 0xfe, 0xff, 4, 3, 5, 0];
        assert_eq!(deep.pixel_hash().0, hash_of(&bytes));
        assert_eq!(deep.clone().with_icc(Some(vec![1])).pixel_hash(), deep.pixel_hash());
    }

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
