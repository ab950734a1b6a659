//! From what the decoder says of each part of a frame to samples, and gradients back: magnitudes and phases of a short
//! spectrum, its inverse transform, and the sum of overlapping windows (the idea of Vocos, Siuzdak 2023).

use rayon::prelude::*;

use super::config::SpeechConfig;
use super::fourier::{Fourier, LANES, Lane, hann};

/// Added to the logarithms of magnitudes, so that a fresh decoder is quiet.
const LOG_OFFSET: f32 = -4.0;
/// The largest logarithm of a magnitude.
const LOG_MAX: f32 = 6.0;

/// The synthesis of one configuration.
#[derive(Debug)]
pub struct Head {
    fourier: Fourier,
    /// Includes what the overlapping windows of each sample sum to.
    window: Vec<f32>,
    part: usize,
}

impl Head {
    /// The head of a checked configuration.
    pub fn new(config: &SpeechConfig) -> Self {
        let (size, part) = (config.window, config.part());
        let plain = hann(size);
        // Windows start every `part` samples: a sample at j of one is at j +- part, ... of the others.
        let overlap = |j: usize| (j % part..size).step_by(part).map(|j| plain[j]).sum::<f32>();
        let scale = 1.0 / (size as f32).sqrt();
        let window = (0..size).map(|j| plain[j] / overlap(j).max(1e-3) * scale).collect();
        Self {
            fourier: Fourier::new(size),
            window,
            part,
        }
    }

    /// Values of each part: logarithms of magnitudes, then phases.
    pub fn values(&self) -> usize {
        2 * self.fourier.bins()
    }

    fn size(&self) -> usize {
        self.window.len()
    }

    /// Samples by which the windows of the first and the last part stand out of them.
    fn margin(&self) -> usize {
        (self.size() - self.part) / 2
    }

    /// Samples of some consecutive parts, `part` for each.
    ///
    /// # Shapes
    /// `[parts, values]` to `[parts * part]`
    pub fn synthesise(&self, values: &[f32]) -> Vec<f32> {
        let parts = values.len() / self.values();
        let frames: Vec<Vec<Lane>> = values
            .par_chunks(LANES * self.values())
            .map(|values| self.frames(values))
            .collect();
        let mut padded = vec![0.0; parts * self.part + 2 * self.margin() + self.part];
        for index in 0..parts {
            let (frames, lane) = (&frames[index / LANES], index % LANES);
            let out = &mut padded[index * self.part..][..self.size()];
            for (out, row) in out.iter_mut().zip(frames) {
                *out += row[lane];
            }
        }
        padded[self.margin()..][..parts * self.part].to_vec()
    }

    /// The gradients of `values` that follow from those of the samples.
    pub fn backward(&self, values: &[f32], gradients: &[f32]) -> Vec<f32> {
        let margin = self.margin();
        let mut padded = vec![0.0; gradients.len() + 2 * margin + self.part];
        padded[margin..][..gradients.len()].copy_from_slice(gradients);
        let mut out = vec![0.0; values.len()];
        let chunk = LANES * self.values();
        out.par_chunks_mut(chunk)
            .zip(values.par_chunks(chunk))
            .enumerate()
            .for_each(|(index, (out, values))| self.backward_some(index * LANES, values, &padded, out));
        out
    }

    /// Windowed frames of up to [`LANES`] parts.
    fn frames(&self, values: &[f32]) -> Vec<Lane> {
        let bins = self.fourier.bins();
        let (mut re, mut im) = (vec![[0.0; LANES]; bins], vec![[0.0; LANES]; bins]);
        for (lane, values) in values.chunks_exact(self.values()).enumerate() {
            for bin in 0..bins {
                let (a, b) = self.bin(values, bin);
                re[bin][lane] = a * share(bin, bins);
                im[bin][lane] = b * share(bin, bins);
            }
        }
        self.fourier.adjoint(&mut re, &mut im);
        for (row, weight) in re.iter_mut().zip(&self.window) {
            row.iter_mut().for_each(|value| *value *= weight);
        }
        re
    }

    /// The complex value of a bin.
    fn bin(&self, values: &[f32], bin: usize) -> (f32, f32) {
        let magnitude = (values[bin] + LOG_OFFSET).min(LOG_MAX).exp();
        let phase = values[self.fourier.bins() + bin];
        (magnitude * phase.cos(), magnitude * phase.sin())
    }

    fn backward_some(&self, first: usize, values: &[f32], padded: &[f32], out: &mut [f32]) {
        let bins = self.fourier.bins();
        let count = values.len() / self.values();
        let frames: Vec<Lane> = (0..self.size())
            .map(|j| {
                let at = |lane: usize| padded[(first + lane.min(count - 1)) * self.part + j] * self.window[j];
                std::array::from_fn(at)
            })
            .collect();
        let (mut re, mut im) = (Vec::new(), Vec::new());
        self.fourier.forward(&frames, &mut re, &mut im);
        let rows = out
            .chunks_exact_mut(self.values())
            .zip(values.chunks_exact(self.values()));
        for (lane, (out, values)) in rows.enumerate() {
            for bin in 0..bins {
                let (a, b) = self.bin(values, bin);
                let (c, d) = (re[bin][lane] * share(bin, bins), im[bin][lane] * share(bin, bins));
                out[bin] = if values[bin] + LOG_OFFSET < LOG_MAX {
                    a * c + b * d
                } else {
                    0.0
                };
                out[bins + bin] = a * d - b * c;
            }
        }
    }
}

/// Every bin but the first and the last stands for two of the whole transform.
fn share(bin: usize, bins: usize) -> f32 {
    if bin == 0 || bin == bins - 1 { 1.0 } else { 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: usize) -> f32 {
        ((seed * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5
    }

    fn heads() -> Vec<Head> {
        [(4, 256), (4, 512), (2, 512), (1, 1024)]
            .map(|(parts, window)| {
                let config = SpeechConfig {
                    parts,
                    window,
                    ..SpeechConfig::default()
                };
                Head::new(&config)
            })
            .into_iter()
            .collect()
    }

    #[test]
    fn gradients_are_those_of_differences() {
        for head in heads() {
            let parts = 19;
            let mut values: Vec<f32> = (0..parts * head.values()).map(|k| noise(k) * 2.0 + 2.0).collect();
            let weights: Vec<f32> = (0..parts * head.part).map(|j| noise(j + 77)).collect();
            let objective = |values: &[f32]| -> f64 {
                let samples = head.synthesise(values);
                samples.iter().zip(&weights).map(|(a, b)| f64::from(a * b)).sum()
            };
            let gradients = head.backward(&values, &weights);
            for index in [
                0,
                5,
                head.values() / 2 + 3,
                7 * head.values() + 40,
                18 * head.values() + 90,
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

    #[test]
    fn parts_overlap_to_a_flat_sum() {
        for head in heads() {
            // A spectrum with nothing but a constant: every window is the same, and the sum is flat where all overlap.
            let bins = head.fourier.bins();
            let mut values = vec![-30.0; 40 * head.values()];
            for part in values.chunks_exact_mut(2 * bins) {
                part[0] = -LOG_OFFSET;
                part[bins] = 0.0;
            }
            let samples = head.synthesise(&values);
            let level = 1.0 / (head.size() as f32).sqrt();
            let inner = &samples[head.size()..samples.len() - head.size()];
            for (j, sample) in inner.iter().enumerate() {
                assert!((sample / level - 1.0).abs() < 1e-2, "{j}: {sample} {level}");
            }
        }
    }
}
