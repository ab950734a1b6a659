//! The fast Fourier transform of powers of two, and what codecs and metrics make of it.
//!
//! - [`Fft`]: the complex transform, of `f32`, of `f64`, or of [`LANES`] signals side by side
//! - [`Fourier`]: the bins of real frames, [`LANES`] frames at a time
//! - [`Dct`]: the DCT-IV of blocks
//! - [`mel()`] and [`hertz`]: the scale of hearing
//!
//! Inner loops are compiled for the best instructions of the machine. No operations are fused, so all machines give the
//! same bits.

mod dct;
mod frames;
mod mel;
mod value;

use std::f64::consts::TAU;

pub use dct::Dct;
pub use frames::{Bins, Fourier, hann};
pub use mel::{hertz, mel};
pub use value::{LANES, Lane, Real, Value};

use crate::functions::sin_cos;
use crate::isa::Isa;

/// A complex transform of one size, a power of two.
///
/// ```
/// use lmc_kernels::fft::Fft;
///
/// let fft = Fft::<f64>::new(4);
/// let (mut re, mut im) = (vec![1.0f64, 2.0, 3.0, 4.0], vec![0.0; 4]);
/// fft.transform(&mut re, &mut im);
/// assert_eq!((re[0], re[2]), (10.0, -2.0));
/// assert!((im[1] - 2.0f64).abs() < 1e-12);
/// ```
#[derive(Debug, Clone)]
pub struct Fft<R> {
    size: usize,
    /// `exp(-2 i pi k / size)` for the lower half of all `k`.
    roots: Vec<[R; 2]>,
}

impl<R: Real> Fft<R> {
    /// A transform of at least `size` points: the next power of two.
    pub fn new(size: usize) -> Self {
        let size = size.next_power_of_two();
        let root = |k: usize| {
            let angle = -TAU * k as f64 / size as f64;
            let (sine, cosine) = sin_cos(angle);
            [R::from_f64(cosine), R::from_f64(sine)]
        };
        Self {
            size,
            roots: (0..size / 2).map(root).collect(),
        }
    }

    /// Points of the transform.
    pub fn size(&self) -> usize {
        self.size
    }

    /// `sum_j x_j exp(-2 pi i j k / size)` in the place of `x_k`. Missing values count as 0; those beyond the size are
    /// dropped.
    pub fn transform<V: Value<Real = R>>(&self, re: &mut Vec<V>, im: &mut Vec<V>) {
        re.resize(self.size, V::ZERO);
        im.resize(self.size, V::ZERO);
        let mut to = (vec![V::ZERO; self.size], vec![V::ZERO; self.size]);
        let mut run = 1;
        while run < self.size {
            Isa::best().run(
                #[inline(always)]
                || self.pass(run, (&*re, &*im), (&mut to.0, &mut to.1)),
            );
            std::mem::swap(re, &mut to.0);
            std::mem::swap(im, &mut to.1);
            run *= 2;
        }
    }

    /// A pass of Stockham's FFT: it halves the distance of the values that it adds and subtracts, and writes them in
    /// order, so that nothing has to be sorted at the end.
    #[inline(always)]
    fn pass<V: Value<Real = R>>(&self, run: usize, from: (&[V], &[V]), to: (&mut [V], &mut [V])) {
        let half = self.size / 2;
        for (index, [c, s]) in self.roots.iter().step_by(run).enumerate() {
            let (near, far, out) = (index * run, index * run + half, 2 * index * run);
            let (sum_re, difference_re) = to.0[out..out + 2 * run].split_at_mut(run);
            let (sum_im, difference_im) = to.1[out..out + 2 * run].split_at_mut(run);
            let (a_re, b_re) = (&from.0[near..near + run], &from.0[far..far + run]);
            let (a_im, b_im) = (&from.1[near..near + run], &from.1[far..far + run]);
            for k in 0..run {
                sum_re[k] = a_re[k].plus(b_re[k]);
                sum_im[k] = a_im[k].plus(b_im[k]);
                let (re, im) = (a_re[k].minus(b_re[k]), a_im[k].minus(b_im[k]));
                difference_re[k] = re.times(*c).minus(im.times(*s));
                difference_im[k] = re.times(*s).plus(im.times(*c));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_that_defines_it() {
        for size in [1, 2, 8, 64] {
            let fft = Fft::<f64>::new(size);
            let values = |a: usize, b: usize| -> Vec<f64> { (0..size).map(|i| (i * a % b) as f64).collect() };
            let (re, im) = (values(9, 7), values(3, 5));
            let (mut fast_re, mut fast_im) = (re.clone(), im.clone());
            fft.transform(&mut fast_re, &mut fast_im);
            for k in 0..size {
                let (mut wanted_re, mut wanted_im) = (0.0, 0.0);
                for n in 0..size {
                    let (sin, cos) = (-TAU * (k * n) as f64 / size as f64).sin_cos();
                    wanted_re += re[n] * cos - im[n] * sin;
                    wanted_im += re[n] * sin + im[n] * cos;
                }
                let apart = (fast_re[k] - wanted_re).abs() + (fast_im[k] - wanted_im).abs();
                assert!(apart < 1e-9, "{size} {k}");
            }
        }
    }

    #[test]
    fn lanes_are_transforms_of_their_own() {
        let fft = Fft::<f32>::new(32);
        let value = |j: usize, lane: usize| ((j * 31 + lane * 17) % 23) as f32 - 11.0;
        let rows = |shift: usize| -> Vec<Lane> {
            (0..32)
                .map(|j| std::array::from_fn(|lane| value(j + shift, lane)))
                .collect()
        };
        let (mut re, mut im) = (rows(0), rows(5));
        fft.transform(&mut re, &mut im);
        for lane in 0..LANES {
            let column = |rows: &[Lane]| -> Vec<f32> { rows.iter().map(|row| row[lane]).collect() };
            let (mut one_re, mut one_im) = (column(&rows(0)), column(&rows(5)));
            fft.transform(&mut one_re, &mut one_im);
            assert_eq!((column(&re), column(&im)), (one_re, one_im));
        }
    }

    #[test]
    fn other_lengths_are_padded_and_cut() {
        let fft = Fft::<f32>::new(3);
        assert_eq!(fft.size(), 4);
        let (mut re, mut im) = (vec![1.0f32], vec![0.0f32; 9]);
        fft.transform(&mut re, &mut im);
        assert_eq!((re, im), (vec![1.0; 4], vec![0.0; 4]));
    }
}
