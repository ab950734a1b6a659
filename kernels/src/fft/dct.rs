//! An orthonormal DCT-IV through a complex transform of half the length.

use std::f64::consts::PI;

use super::Fft;
use crate::functions::sin_cos;

/// A DCT-IV of one length; it is its own inverse.
#[derive(Debug, Clone)]
pub struct Dct {
    fft: Fft<f32>,
    /// `exp(-i pi (8 k + 1) / (8 n))`, scaled by the square root of `sqrt(2 / n)`.
    twiddles: Vec<[f32; 2]>,
}

impl Dct {
    /// For blocks of `len` samples: the next power of 2 of at least 4.
    pub fn new(len: usize) -> Self {
        let len = len.next_power_of_two().max(4);
        let scale = (2.0 / len as f64).sqrt().sqrt();
        let twiddle = |k: usize| {
            let angle = -PI * (8 * k + 1) as f64 / (8 * len) as f64;
            let (sine, cosine) = sin_cos(angle);
            [(scale * cosine) as f32, (scale * sine) as f32]
        };
        Self {
            fft: Fft::new(len / 2),
            twiddles: (0..len / 2).map(twiddle).collect(),
        }
    }

    /// Samples of a block.
    pub fn size(&self) -> usize {
        2 * self.twiddles.len()
    }

    /// Transforms a block of [`size`](Self::size) samples in place.
    ///
    /// # Panics
    /// If the block has another length.
    pub fn run(&self, block: &mut [f32]) {
        assert_eq!(block.len(), self.size(), "a block has the length of its transform");
        let last = block.len() - 1;
        let half = self.twiddles.len();
        let (mut re, mut im) = (Vec::with_capacity(half), Vec::with_capacity(half));
        for (k, [c, s]) in self.twiddles.iter().enumerate() {
            let (x, y) = (block[2 * k], block[last - 2 * k]);
            re.push(x * c - y * s);
            im.push(x * s + y * c);
        }
        self.fft.transform(&mut re, &mut im);
        for (k, [c, s]) in self.twiddles.iter().enumerate() {
            block[2 * k] = re[k] * c - im[k] * s;
            block[last - 2 * k] = -(re[k] * s + im[k] * c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_of_cosines_and_its_own_inverse() {
        for len in [16, 128] {
            let input: Vec<f32> = (0..len).map(|i| ((i * i * 7 + 3) % 11) as f32 - 5.0).collect();
            let mut output = input.clone();
            let dct = Dct::new(len);
            dct.run(&mut output);
            for (k, &found) in output.iter().enumerate() {
                let term = |(j, &x): (usize, &f32)| {
                    f64::from(x) * (PI / len as f64 * (j as f64 + 0.5) * (k as f64 + 0.5)).cos()
                };
                let wanted = (2.0 / len as f64).sqrt() * input.iter().enumerate().map(term).sum::<f64>();
                assert!((f64::from(found) - wanted).abs() < 1e-5, "{k}: {found}, not {wanted}");
            }
            dct.run(&mut output);
            for (found, wanted) in output.iter().zip(&input) {
                assert!((found - wanted).abs() < 1e-5);
            }
        }
    }
}
