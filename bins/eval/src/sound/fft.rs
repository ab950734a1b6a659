//! The fast Fourier transform of powers of two, in double precision: what metrics and alignment need, no more.

use std::f64::consts::TAU;

/// A complex number, real part first.
pub(super) type Complex = (f64, f64);

/// A transform of one size.
#[derive(Debug, Clone)]
pub(super) struct Fft {
    /// `exp(-2 pi i k / size)` for the first half of k.
    twiddles: Vec<Complex>,
    size: usize,
}

impl Fft {
    /// A transform of at least `size` points: the next power of two.
    pub(super) fn new(size: usize) -> Self {
        let size = size.next_power_of_two();
        let twiddle = |k: usize| {
            let (sin, cos) = (-TAU * k as f64 / size as f64).sin_cos();
            (cos, sin)
        };
        Self {
            twiddles: (0..size / 2).map(twiddle).collect(),
            size,
        }
    }

    /// Points of the transform.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The transform of `values`, in place: radix 2, decimation in time. There are as many as [`Self::size`].
    pub(super) fn transform(&self, values: &mut [Complex]) {
        assert_eq!(values.len(), self.size);
        let bits = self.size.trailing_zeros();
        for i in 0..self.size {
            let j = i.reverse_bits() >> (usize::BITS - bits.max(1));
            if bits > 0 && i < j {
                values.swap(i, j);
            }
        }
        let mut half = 1;
        while half < self.size {
            let step = self.size / (2 * half);
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let product = times(*b, self.twiddles[k * step]);
                    *b = (a.0 - product.0, a.1 - product.1);
                    *a = (a.0 + product.0, a.1 + product.1);
                }
            }
            half *= 2;
        }
    }

    /// Powers of the first half of the spectrum, the middle included, of real samples; zeros follow them.
    pub(super) fn powers(&self, samples: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut values: Vec<Complex> = samples.take(self.size).map(|sample| (sample, 0.0)).collect();
        values.resize(self.size, (0.0, 0.0));
        self.transform(&mut values);
        let half = values.iter().take(self.size / 2 + 1);
        half.map(|(re, im)| re * re + im * im).collect()
    }
}

/// The product.
pub(super) fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_that_defines_it() {
        for size in [1, 2, 8, 64] {
            let fft = Fft::new(size);
            let values: Vec<Complex> = (0..size).map(|i| ((i * i % 7) as f64, (i * 3 % 5) as f64)).collect();
            let mut fast = values.clone();
            fft.transform(&mut fast);
            for (k, fast) in fast.iter().enumerate() {
                let (mut re, mut im) = (0.0, 0.0);
                for (n, value) in values.iter().enumerate() {
                    let (sin, cos) = (-TAU * (k * n) as f64 / size as f64).sin_cos();
                    let term = times(*value, (cos, sin));
                    (re, im) = (re + term.0, im + term.1);
                }
                assert!((fast.0 - re).abs() + (fast.1 - im).abs() < 1e-9, "{size} {k}");
            }
        }
    }
}
