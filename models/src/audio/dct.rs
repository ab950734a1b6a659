//! The transform of a block: an orthonormal DCT-IV through a complex FFT of half the length.

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

/// A DCT-IV of one length; it is its own inverse.
#[derive(Clone)]
pub(super) struct Dct {
    fft: Arc<dyn Fft<f32>>,
    /// `exp(-i pi (4 k + 1) / (4 n))`, scaled by the square root of `sqrt(2 / n)`.
    twiddles: Vec<Complex32>,
}

impl std::fmt::Debug for Dct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dct").field("len", &(2 * self.twiddles.len())).finish()
    }
}

impl Dct {
    /// For blocks of `len`, a multiple of 2.
    pub(super) fn new(len: usize) -> Self {
        let twiddle = |k: usize| {
            let angle = -PI * (4 * k + 1) as f64 / (4 * len) as f64;
            let scale = (2.0 / len as f64).sqrt().sqrt();
            Complex32::new((scale * angle.cos()) as f32, (scale * angle.sin()) as f32)
        };
        Self {
            fft: FftPlanner::new().plan_fft_forward(len / 2),
            twiddles: (0..len / 2).map(twiddle).collect(),
        }
    }

    /// Transforms `block`, of the length of this transform.
    pub(super) fn run(&self, block: &mut [f32]) {
        let len = block.len();
        let pairs = self.twiddles.iter().enumerate();
        let mut folded: Vec<Complex32> = pairs
            .map(|(k, &twiddle)| Complex32::new(block[2 * k], block[len - 1 - 2 * k]) * twiddle)
            .collect();
        self.fft.process(&mut folded);
        for (k, (&value, &twiddle)) in folded.iter().zip(&self.twiddles).enumerate() {
            let value = value * twiddle;
            block[2 * k] = value.re;
            block[len - 1 - 2 * k] = -value.im;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_of_cosines_and_its_own_inverse() {
        let len = 16;
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
