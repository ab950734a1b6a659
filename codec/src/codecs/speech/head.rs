//! From what the decoder says of each part of a frame to samples: magnitudes and phases of a short
//! spectrum, its inverse transform, and the sum of overlapping windows (the idea of Vocos, Siuzdak 2023).

use lmc_kernels::fft::{Fourier, LANES, Lane, hann};
use lmc_kernels::functions::{exp_f32, sin_cos_f32};
use lmc_kernels::isa::Isa;
use rayon::prelude::*;

use super::config::SpeechConfig;

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

    /// The transform of a window.
    pub fn fourier(&self) -> &Fourier {
        &self.fourier
    }

    /// What each sample of a transform is weighted with.
    pub fn window(&self) -> &[f32] {
        &self.window
    }

    /// Samples of a part.
    pub fn part(&self) -> usize {
        self.part
    }

    fn size(&self) -> usize {
        self.window.len()
    }

    /// Samples by which the windows of the first and the last part stand out of them.
    pub fn margin(&self) -> usize {
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

    /// Windowed frames of up to [`LANES`] parts.
    fn frames(&self, values: &[f32]) -> Vec<Lane> {
        let bins = self.fourier.bins();
        let (mut re, mut im) = (vec![[0.0; LANES]; bins], vec![[0.0; LANES]; bins]);
        let mut part = vec![(0.0, 0.0); bins];
        for (lane, values) in values.chunks_exact(self.values()).enumerate() {
            let (logs, phases) = values.split_at(bins);
            Isa::best().run(
                #[inline(always)]
                || {
                    for ((out, log), phase) in part.iter_mut().zip(logs).zip(phases) {
                        *out = polar(*log, *phase);
                    }
                },
            );
            for (bin, (a, b)) in part.iter().enumerate() {
                re[bin][lane] = a * self.share(bin);
                im[bin][lane] = b * self.share(bin);
            }
        }
        self.fourier.adjoint(&mut re, &mut im);
        for (row, weight) in re.iter_mut().zip(&self.window) {
            row.iter_mut().for_each(|value| *value *= weight);
        }
        re
    }

    /// The complex value of a bin, from the values of a part.
    pub fn bin(&self, values: &[f32], bin: usize) -> (f32, f32) {
        polar(values[bin], values[self.fourier.bins() + bin])
    }

    /// Whether a bin has the largest magnitude there is, however large its value.
    pub fn is_capped(&self, values: &[f32], bin: usize) -> bool {
        values[bin] + LOG_OFFSET >= LOG_MAX
    }

    /// How many bins of the whole transform a bin stands for: every one but the first and the last stands for two.
    pub fn share(&self, bin: usize) -> f32 {
        if bin == 0 || bin + 1 == self.fourier.bins() {
            1.0
        } else {
            2.0
        }
    }
}

/// The complex number of the logarithm of a magnitude and a phase.
#[inline(always)]
fn polar(log: f32, phase: f32) -> (f32, f32) {
    let magnitude = exp_f32((log + LOG_OFFSET).min(LOG_MAX));
    let (sine, cosine) = sin_cos_f32(phase);
    (magnitude * cosine, magnitude * sine)
}

#[cfg(test)]
mod tests {
    use super::*;

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
