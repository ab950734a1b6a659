//! The hash of all samples of an image, by which two decoders can be compared.

use super::{Image, Samples};
use crate::hash::PixelHash;

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
        PixelHash::of_hasher(&hasher)
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
}
