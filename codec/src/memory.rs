//! Bounds on the memory that work on a picture takes, from what its header states.
//!
//! They are upper bounds, measured with [`Limits::max_memory_bytes`](crate::Limits::max_memory_bytes) in mind: what is
//! refused might have fitted, what is accepted fits. A sound takes a few packets, whatever its length.

use crate::container::ImageMedia;
use crate::media::image::{Color, Depth};

/// What the program, its weights and its tables take.
const BASE_BYTES: u64 = 64 << 20;
/// Windows and tiles that a thread works on.
const THREAD_BYTES: u64 = 64 << 20;
/// Latents, for each pixel.
const LATENT_BYTES: u64 = 24;
/// Predictions, for each pixel.
const PREDICTION_BYTES: u64 = 4;

/// Size and samples of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Number of pixels.
    pub pixels: u64,
    /// Colour channels.
    pub color: Color,
    /// Whether there is alpha.
    pub alpha: bool,
    /// Bits of a sample.
    pub depth: Depth,
}

impl Shape {
    /// The shape that a header states.
    pub fn of(media: &ImageMedia) -> Self {
        Self {
            pixels: u64::from(media.width) * u64::from(media.height),
            color: media.color,
            alpha: media.alpha,
            depth: media.depth,
        }
    }

    /// Bytes of the samples of a pixel.
    fn pixel_bytes(&self) -> u64 {
        let channels = self.color.channels() as u64 + u64::from(self.alpha);
        channels * u64::from(self.depth.bits() / 8)
    }

    /// Bytes to decode it, verify it, or write it as a file; `learned` for codecs that have weights.
    pub fn decoding_bytes(&self, learned: bool) -> u64 {
        let coefficients = if learned { LATENT_BYTES } else { PREDICTION_BYTES };
        // The picture, the same with its channels in the order of a file, and what the file's writer holds.
        fixed_bytes().saturating_add(self.pixels.saturating_mul(coefficients + 3 * self.pixel_bytes()))
    }

    /// Bytes to read it from a file and encode it once.
    pub fn encoding_bytes(&self) -> u64 {
        // The picture, and what the reader of the file or the codec holds of it.
        fixed_bytes().saturating_add(self.pixels.saturating_mul(PREDICTION_BYTES + 2 * self.pixel_bytes()))
    }
}

fn fixed_bytes() -> u64 {
    BASE_BYTES + THREAD_BYTES * rayon::current_num_threads() as u64
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn bounds_grow_with_pixels_and_samples() {
        let shape = |pixels, color, alpha, depth| Shape {
            pixels,
            color,
            alpha,
            depth,
        };
        let small = shape(1, Color::Gray, false, Depth::Eight);
        let large = shape(100_000_000, Color::Rgb, true, Depth::Sixteen);
        assert_eq!((small.pixel_bytes(), large.pixel_bytes()), (1, 8));
        assert!(large.decoding_bytes(false) > large.encoding_bytes());
        assert_eq!(large.decoding_bytes(true) - fixed_bytes(), 4_800_000_000);
        assert!(shape(u64::MAX, Color::Rgb, true, Depth::Sixteen).decoding_bytes(true) == u64::MAX);
    }
}
