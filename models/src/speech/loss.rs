//! How far a sound is from another, over windows of several lengths, with its gradient.
//!
//! Written out by hand rather than recorded by the autodiff: the windows overlap much, and so the whole objective costs
//! less than a tenth of what it would as tensor operations.

use lmc_codec::codecs::speech::{MelBank, noise_window};
use lmc_kernels::fft::{Bins, Fourier, LANES, Lane};
use rayon::prelude::*;

/// Window, and the numbers of mel bands that are compared on it. Windows start every quarter of their length.
const RESOLUTIONS: [(usize, &[usize]); 4] = [(256, &[20]), (512, &[40]), (1024, &[24, 64]), (2048, &[80])];
/// Windows whose bins are compared too.
const BINS_COMPARED: [usize; 2] = [512, 1024];
/// Magnitudes well below this, in units of white noise of this amplitude, count as silence.
const FLOOR: f32 = 3e-4;
/// Differences of logarithms below this count less and less.
const SOFT: f32 = 0.05;
/// The smallest level that a sound is measured against.
const QUIETEST: f32 = 3e-3;

/// Weights of the terms.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossWeights {
    /// Logarithms of mel bands.
    pub mel: f32,
    /// Logarithms of bins.
    pub bins: f32,
    /// Squares of differences of magnitudes, against the power of the sound.
    pub magnitudes: f32,
    /// Squares of complex differences, against the power of the sound.
    pub complex: f32,
}

impl Default for LossWeights {
    fn default() -> Self {
        Self {
            mel: 1.0,
            bins: 0.15,
            magnitudes: 0.2,
            complex: 0.03,
        }
    }
}

/// The terms, each averaged over windows and resolutions, not yet weighted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LossTerms {
    /// Mean difference of the logarithms of mel bands, in nepers.
    pub mel: f32,
    /// Mean difference of the logarithms of bins, in nepers.
    pub bins: f32,
    /// Mean square of differences of magnitudes, against the power of the sound.
    pub magnitudes: f32,
    /// Mean square of complex differences, against the power of the sound.
    pub complex: f32,
}

impl LossTerms {
    /// The weighted sum.
    pub fn total(&self, weights: &LossWeights) -> f32 {
        self.mel * weights.mel
            + self.bins * weights.bins
            + self.magnitudes * weights.magnitudes
            + self.complex * weights.complex
    }

    pub(super) fn add(&mut self, other: &Self, share: f32) {
        self.mel += other.mel * share;
        self.bins += other.bins * share;
        self.magnitudes += other.magnitudes * share;
        self.complex += other.complex * share;
    }
}

/// The objective of training.
#[derive(Debug)]
pub struct Objective {
    weights: LossWeights,
    resolutions: Vec<Resolution>,
}

impl Objective {
    /// All resolutions with these weights.
    pub fn new(weights: LossWeights) -> Self {
        Self {
            weights,
            resolutions: RESOLUTIONS
                .map(|(size, bands)| Resolution::new(size, bands))
                .into_iter()
                .collect(),
        }
    }

    /// The mean terms of a batch of sounds of `len` samples and the gradients of their weighted sum for `outputs`.
    ///
    /// # Shapes
    /// - `targets`, `outputs`, gradients: `[batch * len]`
    pub fn of_batch(&self, targets: &[f32], outputs: &[f32], len: usize) -> (LossTerms, Vec<f32>) {
        let count = (targets.len() / len) as f32;
        let rows: Vec<(LossTerms, Vec<f32>)> = targets
            .par_chunks_exact(len)
            .zip(outputs.par_chunks_exact(len))
            .map(|(target, output)| self.of(target, output))
            .collect();
        let mut terms = LossTerms::default();
        let mut gradients = Vec::with_capacity(outputs.len());
        for (row, gradient) in rows {
            terms.add(&row, 1.0 / count);
            gradients.extend(gradient.iter().map(|g| g / count));
        }
        (terms, gradients)
    }

    /// The terms for one sound and the gradient of their weighted sum for `output`.
    pub fn of(&self, target: &[f32], output: &[f32]) -> (LossTerms, Vec<f32>) {
        let power = target.iter().map(|x| x * x).sum::<f32>() / target.len().max(1) as f32;
        let power = power.max(QUIETEST * QUIETEST);
        let mut terms = LossTerms::default();
        let mut gradient = vec![0.0; output.len()];
        let used = self.resolutions.iter().filter(|r| r.size <= output.len());
        let share = 1.0 / used.clone().count().max(1) as f32;
        for resolution in used {
            let found = resolution.of(target, output, power, &self.weights, share, &mut gradient);
            terms.add(&found, share);
        }
        (terms, gradient)
    }
}

#[derive(Debug)]
struct Resolution {
    size: usize,
    fourier: Fourier,
    window: Vec<f32>,
    banks: Vec<MelBank>,
    compares_bins: bool,
}

/// Room for the spectra of some windows.
#[derive(Default)]
struct Work {
    target: Vec<Lane>,
    output: Vec<Lane>,
    bins: Bins,
    target_magnitudes: Vec<Lane>,
    output_magnitudes: Vec<Lane>,
    into_magnitudes: Vec<Lane>,
    target_bands: Vec<Lane>,
    output_bands: Vec<Lane>,
}

impl Resolution {
    fn new(size: usize, bands: &[usize]) -> Self {
        Self {
            size,
            fourier: Fourier::new(size),
            window: noise_window(size),
            banks: bands.iter().map(|count| MelBank::new(size, *count)).collect(),
            compares_bins: BINS_COMPARED.contains(&size),
        }
    }

    fn of(
        &self,
        target: &[f32],
        output: &[f32],
        power: f32,
        weights: &LossWeights,
        share: f32,
        gradient: &mut [f32],
    ) -> LossTerms {
        let hop = self.size / 4;
        let frames = (output.len() - self.size) / hop + 1;
        let mut terms = LossTerms::default();
        let mut work = Work::default();
        for first in (0..frames).step_by(LANES) {
            let count = LANES.min(frames - first);
            let start = |lane: usize| (first + lane.min(count - 1)) * hop;
            self.gather(target, start, &mut work.target);
            self.gather(output, start, &mut work.output);
            let scale = Scale {
                lanes: std::array::from_fn(|lane| if lane < count { 1.0 / frames as f32 } else { 0.0 }),
                share,
                power,
            };
            self.spectra(&mut work);
            self.compare_bands(&mut work, weights, &scale, &mut terms);
            self.compare_bins(&mut work, weights, &scale, &mut terms);
            self.fourier_back(&mut work, weights, &scale, &mut terms);
            for (j, (row, weight)) in work.output.iter().zip(&self.window).enumerate() {
                for lane in 0..count {
                    gradient[start(lane) + j] += row[lane] * weight;
                }
            }
        }
        terms
    }

    fn gather(&self, samples: &[f32], start: impl Fn(usize) -> usize, rows: &mut Vec<Lane>) {
        let starts: [usize; LANES] = std::array::from_fn(start);
        rows.clear();
        rows.extend(self.window.iter().enumerate().map(|(j, weight)| {
            let row: Lane = std::array::from_fn(|lane| samples[starts[lane] + j] * weight);
            row
        }));
    }

    fn spectra(&self, work: &mut Work) {
        self.fourier.forward_both(&work.target, &work.output, &mut work.bins);
        let [re, im, other_re, other_im] = &work.bins.parts;
        magnitudes(re, im, &mut work.target_magnitudes);
        magnitudes(other_re, other_im, &mut work.output_magnitudes);
        work.into_magnitudes.clear();
        work.into_magnitudes.resize(re.len(), [0.0; LANES]);
    }

    fn compare_bands(&self, work: &mut Work, weights: &LossWeights, scale: &Scale, terms: &mut LossTerms) {
        for bank in &self.banks {
            bank.apply(&work.target_magnitudes, &mut work.target_bands);
            bank.apply(&work.output_magnitudes, &mut work.output_bands);
            let mean = 1.0 / (bank.count() * self.banks.len()) as f32;
            for (target, output) in work.target_bands.iter().zip(&mut work.output_bands) {
                for lane in 0..LANES {
                    let (term, slope) = logarithmic(target[lane], output[lane]);
                    terms.mel += term * scale.lanes[lane] * mean;
                    output[lane] = slope * scale.lanes[lane] * mean * weights.mel * scale.share;
                }
            }
            bank.adjoint(&work.output_bands, &mut work.into_magnitudes);
        }
    }

    fn compare_bins(&self, work: &mut Work, weights: &LossWeights, scale: &Scale, terms: &mut LossTerms) {
        let mean = 1.0 / self.fourier.bins() as f32;
        let rows = work.target_magnitudes.iter().zip(&work.output_magnitudes);
        for ((target, output), into) in rows.zip(&mut work.into_magnitudes) {
            for lane in 0..LANES {
                let factor = scale.lanes[lane] * mean;
                if self.compares_bins {
                    let (term, slope) = logarithmic(target[lane], output[lane]);
                    terms.bins += term * factor;
                    into[lane] += slope * factor * weights.bins * scale.share;
                }
                let difference = output[lane] - target[lane];
                terms.magnitudes += difference * difference / scale.power * factor;
                into[lane] += 2.0 * difference / scale.power * factor * weights.magnitudes * scale.share;
            }
        }
    }

    /// Adds the complex term and turns all gradients into those of the windows, in `work.output`.
    fn fourier_back(&self, work: &mut Work, weights: &LossWeights, scale: &Scale, terms: &mut LossTerms) {
        let mean = 1.0 / self.fourier.bins() as f32;
        let [re, im, other_re, other_im] = &mut work.bins.parts;
        for k in 0..re.len() {
            let magnitude = &work.output_magnitudes[k];
            let into = &work.into_magnitudes[k];
            for lane in 0..LANES {
                let (y_re, y_im) = (other_re[k][lane], other_im[k][lane]);
                let (d_re, d_im) = (y_re - re[k][lane], y_im - im[k][lane]);
                let factor = scale.lanes[lane] * mean / scale.power;
                terms.complex += (d_re * d_re + d_im * d_im) * factor;
                let complex = 2.0 * factor * weights.complex * scale.share;
                let radial = into[lane] / magnitude[lane].max(1e-9);
                other_re[k][lane] = y_re * radial + d_re * complex;
                other_im[k][lane] = y_im * radial + d_im * complex;
            }
        }
        self.fourier.adjoint(other_re, other_im);
        std::mem::swap(&mut work.output, other_re);
    }
}

/// What a term of some windows counts.
struct Scale {
    /// One over the number of windows, and nothing for lanes that only fill up.
    lanes: Lane,
    share: f32,
    power: f32,
}

fn magnitudes(re: &[Lane], im: &[Lane], out: &mut Vec<Lane>) {
    out.clear();
    out.extend(re.iter().zip(im).map(|(re, im)| {
        let row: Lane = std::array::from_fn(|lane| (re[lane] * re[lane] + im[lane] * im[lane]).sqrt());
        row
    }));
}

/// The softened difference of two logarithms, and its slope for the second.
fn logarithmic(target: f32, output: f32) -> (f32, f32) {
    let difference = ((output + FLOOR) / (target + FLOOR)).ln();
    let root = (difference * difference + SOFT * SOFT).sqrt();
    (root - SOFT, difference / root / (output + FLOOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(seed: usize, len: usize) -> Vec<f32> {
        let noise = |j: usize| ((j * 7919 + seed * 131) % 1009) as f32 / 1009.0 - 0.5;
        (0..len)
            .map(|j| 0.05 * noise(j) + 0.05 * (j as f32 * 0.02 * (seed + 1) as f32).sin())
            .collect()
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let weights = LossWeights {
            mel: 1.0,
            bins: 0.5,
            magnitudes: 0.7,
            complex: 0.3,
        };
        let objective = Objective::new(weights);
        let (target, output) = (sound(1, 5000), sound(2, 5000));
        let (_, gradient) = objective.of(&target, &output);
        // One sample changes the sum by little more than the sum is rounded by. So 500 move at once, along the gradient,
        // the direction in which the sum changes most.
        for first in (0..5000).step_by(500) {
            let part = &gradient[first..first + 500];
            let power = part.iter().map(|g| f64::from(g * g)).sum::<f64>();
            let step = 1e-5 / (power / 500.0).sqrt();
            let at = |step: f64| {
                let mut moved = output.clone();
                let moves = moved[first..first + 500].iter_mut().zip(part);
                moves.for_each(|(sample, g)| *sample += (step * f64::from(*g)) as f32);
                f64::from(objective.of(&target, &moved).0.total(&weights))
            };
            let found = (at(step) - at(-step)) / (2.0 * step);
            assert!(
                (found / power - 1.0).abs() < 0.02,
                "from {first} on: {found}, not {power}"
            );
        }
    }

    #[test]
    fn a_sound_is_no_distance_from_itself() {
        let objective = Objective::new(LossWeights::default());
        let target = sound(3, 4096);
        let (terms, gradient) = objective.of(&target, &target);
        assert!(terms.total(&LossWeights::default()) < 1e-6, "{terms:?}");
        assert!(gradient.iter().all(|g| g.abs() < 1e-4));
        let louder: Vec<f32> = target.iter().map(|x| x * 2.0).collect();
        let (terms, _) = objective.of(&target, &louder);
        assert!((terms.mel - 2f32.ln()).abs() < 0.1, "{terms:?}");
        assert!((terms.complex - 1.0).abs() < 0.3, "{terms:?}");
    }
}
