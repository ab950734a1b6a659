//! The head of the decoder in training: samples, and gradients back.

use lmc_codec::codecs::speech::{Head as Synthesis, SpeechConfig};
use lmc_kernels::fft::{LANES, Lane};
use rayon::prelude::*;

/// The synthesis of one configuration, with its gradients.
#[derive(Debug)]
pub struct Head {
    inner: Synthesis,
}

impl Head {
    /// The head of a checked configuration.
    pub fn new(config: &SpeechConfig) -> Self {
        let inner = Synthesis::new(config);
        Self { inner }
    }

    /// Samples of some consecutive parts, see [`Synthesis::synthesise`].
    pub fn synthesise(&self, values: &[f32]) -> Vec<f32> {
        self.inner.synthesise(values)
    }

    /// The gradients of `values` that follow from those of the samples.
    pub fn backward(&self, values: &[f32], gradients: &[f32]) -> Vec<f32> {
        let margin = self.inner.margin();
        let mut padded = vec![0.0; gradients.len() + 2 * margin + self.inner.part()];
        padded[margin..][..gradients.len()].copy_from_slice(gradients);
        let mut out = vec![0.0; values.len()];
        let chunk = LANES * self.inner.values();
        out.par_chunks_mut(chunk)
            .zip(values.par_chunks(chunk))
            .enumerate()
            .for_each(|(index, (out, values))| self.some_back(index * LANES, values, &padded, out));
        out
    }

    fn some_back(&self, first: usize, values: &[f32], padded: &[f32], out: &mut [f32]) {
        let bins = self.inner.fourier().bins();
        let count = values.len() / self.inner.values();
        let frames: Vec<Lane> = (0..self.inner.window().len())
            .map(|j| {
                let at = |lane: usize| {
                    padded[(first + lane.min(count - 1)) * self.inner.part() + j] * self.inner.window()[j]
                };
                std::array::from_fn(at)
            })
            .collect();
        let (mut re, mut im) = (Vec::new(), Vec::new());
        self.inner.fourier().forward(&frames, &mut re, &mut im);
        let rows = out
            .chunks_exact_mut(self.inner.values())
            .zip(values.chunks_exact(self.inner.values()));
        for (lane, (out, values)) in rows.enumerate() {
            for bin in 0..bins {
                let (a, b) = self.inner.bin(values, bin);
                let (c, d) = (
                    re[bin][lane] * self.inner.share(bin),
                    im[bin][lane] * self.inner.share(bin),
                );
                out[bin] = if self.inner.is_capped(values, bin) {
                    0.0
                } else {
                    a * c + b * d
                };
                out[bins + bin] = a * d - b * c;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: usize) -> f32 {
        ((seed * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5
    }

    fn heads() -> impl Iterator<Item = Head> {
        [(4, 256), (4, 512), (2, 512), (1, 1024)]
            .into_iter()
            .map(|(parts, window)| {
                Head::new(&SpeechConfig {
                    parts,
                    window,
                    ..SpeechConfig::default()
                })
            })
    }

    #[test]
    fn gradients_are_those_of_differences() {
        for head in heads() {
            let parts = 19;
            let mut values: Vec<f32> = (0..parts * head.inner.values()).map(|k| noise(k) * 2.0 + 2.0).collect();
            let weights: Vec<f32> = (0..parts * head.inner.part()).map(|j| noise(j + 77)).collect();
            let objective = |values: &[f32]| -> f64 {
                let samples = head.synthesise(values);
                samples.iter().zip(&weights).map(|(a, b)| f64::from(a * b)).sum()
            };
            let gradients = head.backward(&values, &weights);
            for index in [
                0,
                5,
                head.inner.values() / 2 + 3,
                7 * head.inner.values() + 40,
                18 * head.inner.values() + 90,
            ] {
                let step = 1e-2;
                let middle = values[index];
                values[index] = middle + step;
                let above = objective(&values);
                values[index] = middle - step;
                let below = objective(&values);
                values[index] = middle;
                let expected = ((above - below) / f64::from(2.0 * step)) as f32;
                let found = gradients[index];
                assert!(
                    (expected - found).abs() < 2e-3 * (0.1 + expected.abs()),
                    "{index}: {expected} {found}"
                );
            }
        }
    }
}
