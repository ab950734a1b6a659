//! Averages of the bins of a spectrum over bands that are equally wide on the mel scale.

use lmc_kernels::fft::{LANES, Lane, hertz, mel};

use super::config::RATE_HZ;

/// Triangular bands over the bins of a transform.
#[derive(Debug)]
pub struct MelBank {
    /// First bin and weights, which sum to one, of each band.
    bands: Vec<(usize, Vec<f32>)>,
}

impl MelBank {
    /// `count` bands from 0 to half the rate over the bins of a transform of `size`.
    pub fn new(size: usize, count: usize) -> Self {
        let bin_hz = f64::from(RATE_HZ) / size as f64;
        let top = mel(f64::from(RATE_HZ) / 2.0);
        let edge = |i: usize| hertz(top * i as f64 / (count + 1) as f64) / bin_hz;
        let bands = (0..count)
            .map(|band| triangle([edge(band), edge(band + 1), edge(band + 2)], size / 2))
            .collect();
        Self { bands }
    }

    /// Number of bands.
    pub fn count(&self) -> usize {
        self.bands.len()
    }

    /// Bands of magnitudes.
    pub fn apply(&self, bins: &[Lane], out: &mut Vec<Lane>) {
        out.clear();
        out.extend(self.bands.iter().map(|(start, weights)| {
            let mut sum = [0.0; LANES];
            for (weight, bin) in weights.iter().zip(&bins[*start..]) {
                for lane in 0..LANES {
                    sum[lane] += weight * bin[lane];
                }
            }
            sum
        }));
    }

    /// Adds the gradients of the bins that follow from those of the bands.
    pub fn adjoint(&self, bands: &[Lane], into_bins: &mut [Lane]) {
        for ((start, weights), band) in self.bands.iter().zip(bands) {
            for (weight, bin) in weights.iter().zip(&mut into_bins[*start..]) {
                for lane in 0..LANES {
                    bin[lane] += weight * band[lane];
                }
            }
        }
    }
}

/// A band by the positions, in bins, of its ends and its peak. Where it is too narrow to hold a bin, the nearest one.
fn triangle([low, peak, high]: [f64; 3], last: usize) -> (usize, Vec<f32>) {
    let weight = |bin: usize| {
        let x = bin as f64;
        let rise = (x - low) / (peak - low);
        let fall = (high - x) / (high - peak);
        rise.min(fall).max(0.0)
    };
    let inside: Vec<usize> = (0..=last).filter(|bin| weight(*bin) > 1e-3).collect();
    let (Some(first), Some(end)) = (inside.first(), inside.last()) else {
        return ((peak.round() as usize).min(last), vec![1.0]);
    };
    let weights: Vec<f64> = (*first..=*end).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    (*first, weights.iter().map(|w| (w / sum) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_average_and_reach_the_ends() {
        for (size, count) in [(256, 24), (512, 64), (2048, 80)] {
            let bank = MelBank::new(size, count);
            let mut out = Vec::new();
            bank.apply(&vec![[3.0; LANES]; size / 2 + 1], &mut out);
            assert_eq!(out.len(), bank.count());
            assert!(
                out.iter().flatten().all(|v| (v - 3.0).abs() < 1e-5),
                "a flat spectrum stays flat"
            );
            let starts: Vec<usize> = bank.bands.iter().map(|band| band.0).collect();
            assert!(starts.is_sorted() && *starts.last().unwrap() > size * 2 / 5);
        }
    }
}
