//! The bins of real frames, many at once.
//!
//! Frames are transformed [`LANES`] at a time, with the lane as the innermost index, so that every butterfly is a row of
//! plain additions and multiplications that the compiler makes vectors of.

use super::{Fft, LANES, Lane};
use crate::functions::sin_cos;

/// A transform of real frames of one size, a power of two.
#[derive(Debug, Clone)]
pub struct Fourier {
    fft: Fft<f32>,
}

impl Fourier {
    /// For frames of `size` samples: the next power of two of at least 2.
    pub fn new(size: usize) -> Self {
        let fft = Fft::new(size.max(2));
        Self { fft }
    }

    /// Samples of a frame.
    pub fn size(&self) -> usize {
        self.fft.size()
    }

    /// Bins of a real frame, 0 to half the rate.
    pub fn bins(&self) -> usize {
        self.size() / 2 + 1
    }

    /// The bins of real frames: `size` rows of lanes in, [`Self::bins`] rows of real and imaginary parts out.
    pub fn forward(&self, frames: &[Lane], re: &mut Vec<Lane>, im: &mut Vec<Lane>) {
        re.clear();
        re.extend_from_slice(frames);
        im.clear();
        im.resize(self.size(), [0.0; LANES]);
        self.fft.transform(re, im);
        re.truncate(self.bins());
        im.truncate(self.bins());
    }

    /// The bins of two lots of real frames at the price of one: first real and imaginary parts, then those of the second.
    pub fn forward_both(&self, first: &[Lane], second: &[Lane], bins: &mut Bins) {
        let [re, im, other_re, other_im] = &mut bins.parts;
        re.clear();
        re.extend_from_slice(first);
        im.clear();
        im.extend_from_slice(second);
        self.fft.transform(re, im);
        other_re.clear();
        other_im.clear();
        // The transform of the first is the even part of the sum's under conjugation, that of the second the odd one.
        for k in 0..self.bins() {
            let mirror = (self.size() - k) % self.size();
            let (a, b, c, d) = (re[k], im[k], re[mirror], im[mirror]);
            other_re.push(std::array::from_fn(|l| 0.5 * (b[l] + d[l])));
            other_im.push(std::array::from_fn(|l| 0.5 * (c[l] - a[l])));
            re[k] = std::array::from_fn(|l| 0.5 * (a[l] + c[l]));
            im[k] = std::array::from_fn(|l| 0.5 * (b[l] - d[l]));
        }
        re.truncate(self.bins());
        im.truncate(self.bins());
    }

    /// `Re sum_k (re_k + i im_k) exp(2 pi i j k / n)` over the bins 0 to n / 2, each counted once: the adjoint of
    /// [`Self::forward`]. Uses up the bins; `re` becomes the frames.
    pub fn adjoint(&self, re: &mut Vec<Lane>, im: &mut Vec<Lane>) {
        re.resize(self.size(), [0.0; LANES]);
        im.resize(self.size(), [0.0; LANES]);
        // The conjugate of the transform of the conjugate is the inverse direction; only its real part is wanted.
        for row in im.iter_mut() {
            for value in row {
                *value = -*value;
            }
        }
        self.fft.transform(re, im);
    }
}

/// Real and imaginary parts of two lots of frames.
#[derive(Debug, Default)]
pub struct Bins {
    /// Rows of the first lot, real and imaginary, then those of the second.
    pub parts: [Vec<Lane>; 4],
}

/// A Hann window of the periodic kind.
pub fn hann(size: usize) -> Vec<f32> {
    let value = |j: usize| 0.5 - 0.5 * sin_cos(2.0 * std::f64::consts::PI * j as f64 / size as f64).1;
    (0..size).map(|j| value(j) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: usize) -> f32 {
        ((seed * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5
    }

    #[test]
    fn bins_are_those_of_the_definition() {
        let n = 16;
        let frames: Vec<Lane> = (0..n)
            .map(|j| std::array::from_fn(|lane| noise(j * LANES + lane)))
            .collect();
        let (mut re, mut im) = (Vec::new(), Vec::new());
        Fourier::new(n).forward(&frames, &mut re, &mut im);
        assert_eq!(re.len(), n / 2 + 1);
        for k in 0..=n / 2 {
            let angle = |j: usize| 2.0 * std::f64::consts::PI * (j * k) as f64 / n as f64;
            let expected_re: f64 = (0..n).map(|j| f64::from(frames[j][3]) * angle(j).cos()).sum();
            let expected_im: f64 = (0..n).map(|j| -f64::from(frames[j][3]) * angle(j).sin()).sum();
            assert!((f64::from(re[k][3]) - expected_re).abs() < 1e-5);
            assert!((f64::from(im[k][3]) - expected_im).abs() < 1e-5);
        }
    }

    #[test]
    fn two_at_once_are_like_one_at_a_time() {
        let n = 32;
        let fourier = Fourier::new(n);
        let lot = |shift: usize| -> Vec<Lane> { (0..n).map(|j| [noise(j + shift); LANES]).collect() };
        let mut bins = Bins::default();
        fourier.forward_both(&lot(0), &lot(50), &mut bins);
        for (index, shift) in [(0, 0), (2, 50)] {
            let (mut re, mut im) = (Vec::new(), Vec::new());
            fourier.forward(&lot(shift), &mut re, &mut im);
            for k in 0..=n / 2 {
                assert!((re[k][1] - bins.parts[index][k][1]).abs() < 1e-5);
                assert!((im[k][1] - bins.parts[index + 1][k][1]).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn the_adjoint_is_the_adjoint() {
        let n = 64;
        let fourier = Fourier::new(n);
        let frames: Vec<Lane> = (0..n).map(|j| [noise(j); LANES]).collect();
        let (mut re, mut im) = (Vec::new(), Vec::new());
        fourier.forward(&frames, &mut re, &mut im);
        let mut other_re: Vec<Lane> = (0..=n / 2).map(|k| [noise(k + 500); LANES]).collect();
        let mut other_im: Vec<Lane> = (0..=n / 2).map(|k| [noise(k + 900); LANES]).collect();
        let there: f32 = (0..=n / 2)
            .map(|k| re[k][0] * other_re[k][0] + im[k][0] * other_im[k][0])
            .sum();
        fourier.adjoint(&mut other_re, &mut other_im);
        let back: f32 = (0..n).map(|j| frames[j][0] * other_re[j][0]).sum();
        assert!((there - back).abs() < 1e-4 * there.abs().max(1.0), "{there} {back}");
    }
}
