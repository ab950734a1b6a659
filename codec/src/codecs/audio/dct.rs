//! The transform of a block: an orthonormal DCT-IV through a complex FFT of half the length.
//!
//! The FFT is written out here because the lengths are few and powers of two, and all transforms of a sound together take
//! some thousandths of its time.

use std::f64::consts::PI;

/// A DCT-IV of one length; it is its own inverse.
#[derive(Debug, Clone)]
pub(super) struct Dct {
    /// Half the length: the complex values of the FFT.
    half: usize,
    /// `exp(-i pi (8 k + 1) / (8 n))`, scaled by the square root of `sqrt(2 / n)`.
    twiddles: Vec<[f32; 2]>,
    /// `exp(-2 i pi k / half)` for the lower half of all `k`.
    roots: Vec<[f32; 2]>,
}

/// Real and imaginary parts.
type Complexes = (Vec<f32>, Vec<f32>);

impl Dct {
    /// For blocks of `len`, a power of 2 of at least 4.
    pub(super) fn new(len: usize) -> Self {
        let half = len / 2;
        let point = |angle: f64, scale: f64| [(scale * angle.cos()) as f32, (scale * angle.sin()) as f32];
        let scale = (2.0 / len as f64).sqrt().sqrt();
        let twiddle = |k: usize| point(-PI * (8 * k + 1) as f64 / (8 * len) as f64, scale);
        let root = |k: usize| point(-2.0 * PI * k as f64 / half as f64, 1.0);
        Self {
            half,
            twiddles: (0..half).map(twiddle).collect(),
            roots: (0..half / 2).map(root).collect(),
        }
    }

    /// Transforms `block`, of the length of this transform.
    pub(super) fn run(&self, block: &mut [f32]) {
        let last = block.len() - 1;
        let mut from: Complexes = (vec![0.0; self.half], vec![0.0; self.half]);
        for (k, [c, s]) in self.twiddles.iter().enumerate() {
            let (re, im) = (block[2 * k], block[last - 2 * k]);
            from.0[k] = re * c - im * s;
            from.1[k] = re * s + im * c;
        }
        let (re, im) = self.fft(from);
        for (k, [c, s]) in self.twiddles.iter().enumerate() {
            block[2 * k] = re[k] * c - im[k] * s;
            block[last - 2 * k] = -(re[k] * s + im[k] * c);
        }
    }

    /// Stockham's FFT: each pass halves the distance of the values it adds and subtracts and writes them in order, so that
    /// nothing has to be sorted at the end.
    fn fft(&self, mut from: Complexes) -> Complexes {
        let mut to: Complexes = (vec![0.0; self.half], vec![0.0; self.half]);
        let mut run = 1;
        while run < self.half {
            for (index, [c, s]) in self.roots.iter().step_by(run).enumerate() {
                let (near, far, out) = (index * run, index * run + self.half / 2, 2 * index * run);
                let (sum_re, difference_re) = to.0[out..out + 2 * run].split_at_mut(run);
                let (sum_im, difference_im) = to.1[out..out + 2 * run].split_at_mut(run);
                let (a_re, b_re) = (&from.0[near..near + run], &from.0[far..far + run]);
                let (a_im, b_im) = (&from.1[near..near + run], &from.1[far..far + run]);
                for k in 0..run {
                    sum_re[k] = a_re[k] + b_re[k];
                    sum_im[k] = a_im[k] + b_im[k];
                    let (re, im) = (a_re[k] - b_re[k], a_im[k] - b_im[k]);
                    difference_re[k] = re * c - im * s;
                    difference_im[k] = re * s + im * c;
                }
            }
            std::mem::swap(&mut from, &mut to);
            run *= 2;
        }
        from
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
