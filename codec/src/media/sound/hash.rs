//! The hash of all samples of a sound, by which two decoders can be compared.

use super::{Sound, SoundSource};
use crate::hash::PixelHash;

/// Samples that are hashed at once.
const BLOCK: usize = 4096;

impl Sound {
    /// The hash of its rate, its channels and its samples.
    pub fn sample_hash(&self) -> PixelHash {
        let mut hasher = blake3::Hasher::new();
        [self.spec().rate, u32::from(self.spec().channels)]
            .iter()
            .for_each(|value| {
                hasher.update(&value.to_le_bytes());
            });
        for block in self.samples().chunks(BLOCK) {
            let bytes: Vec<u8> = block.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            hasher.update(&bytes);
        }
        PixelHash::of_hasher(&hasher)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SampleFormat, SoundSpec};
    use super::*;

    #[test]
    fn the_hash_is_of_the_documented_bytes() {
        let spec = SoundSpec {
            rate: 48_000,
            channels: 2,
            format: SampleFormat::Int16,
        };
        let sound = Sound::new(spec, vec![1.0, -2.0]).unwrap();
        let bytes = [0x80, 0xbb, 0, 0, 2, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0];
        assert_eq!(sound.sample_hash().0, blake3::hash(&bytes).as_bytes()[..16]);
        let longer = Sound::new(spec, vec![0.5; 2 * BLOCK + 2]).unwrap();
        let shorter = Sound::new(spec, vec![0.5; 2 * BLOCK]).unwrap();
        assert_ne!(longer.sample_hash(), shorter.sample_hash());
    }
}
