//! What the encoder is shown of each frame: logarithmic spectra of three window lengths, and the phases of the low bins.

use lmc_kernels::fft::{Fourier, LANES, Lane, hann};
use rayon::prelude::*;

use super::config::HOP;
use super::mel::MelBank;

/// Samples to either side of the frames that [`Features::of`] needs.
pub const FEATURE_MARGIN: usize = LONG / 2 - HOP / 2;
/// Values for each frame.
pub const FEATURES: usize = LONG_BINS + MIDDLE_BANDS + 2 * PHASE_BINS + SHORT_PLACES.len() * SHORT_BANDS;

const LONG: usize = 1024;
/// Up to 2.5 kHz, where harmonics can be told apart.
const LONG_BINS: usize = 160;
const MIDDLE: usize = 512;
const MIDDLE_BANDS: usize = 64;
/// Up to 2 kHz.
const PHASE_BINS: usize = 64;
const SHORT: usize = 256;
const SHORT_BANDS: usize = 24;
/// Centres of the short windows, in samples from the start of the frame.
const SHORT_PLACES: [usize; 4] = [40, 120, 200, 280];
/// Magnitudes well below this, in units of white noise of this amplitude, look alike.
const FLOOR: f32 = 1e-4;

/// The transforms of [`Features::of`].
#[derive(Debug)]
pub struct Features {
    long: Spectrum,
    middle: Spectrum,
    middle_bands: MelBank,
    short: Spectrum,
    short_bands: MelBank,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            long: Spectrum::new(LONG),
            middle: Spectrum::new(MIDDLE),
            middle_bands: MelBank::new(MIDDLE, MIDDLE_BANDS),
            short: Spectrum::new(SHORT),
            short_bands: MelBank::new(SHORT, SHORT_BANDS),
        }
    }
}

impl Features {
    /// Features of whole frames, `[frames, FEATURES]`.
    ///
    /// `samples` are those of the frames with [`FEATURE_MARGIN`] more to either side.
    pub fn of(&self, samples: &[f32]) -> Vec<f32> {
        let frames = samples.len().saturating_sub(2 * FEATURE_MARGIN) / HOP;
        let mut out = vec![0.0; frames * FEATURES];
        out.par_chunks_mut(LANES * FEATURES)
            .enumerate()
            .for_each(|(index, out)| self.some(samples, index * LANES, out));
        out
    }

    /// Up to [`LANES`] frames from `first` on.
    fn some(&self, samples: &[f32], first: usize, out: &mut [f32]) {
        let count = out.len() / FEATURES;
        let start = |lane: usize| FEATURE_MARGIN + (first + lane.min(count - 1)) * HOP;
        let mut rows: Vec<Lane> = Vec::with_capacity(FEATURES);
        let mut work = Work::default();

        self.long
            .of(samples, |lane| start(lane) + HOP / 2 - LONG / 2, &mut work);
        rows.extend(work.magnitudes[1..=LONG_BINS].iter().map(logarithm));

        self.middle
            .of(samples, |lane| start(lane) + HOP / 2 - MIDDLE / 2, &mut work);
        self.middle_bands.apply(&work.magnitudes, &mut work.bands);
        rows.extend(work.bands.iter().map(logarithm));
        for bin in 1..=PHASE_BINS {
            let compressed = |part: &Lane| {
                let magnitude = &work.magnitudes[bin];
                std::array::from_fn(|lane| part[lane] / (magnitude[lane] + 0.01).sqrt())
            };
            rows.push(compressed(&work.re[bin]));
            rows.push(compressed(&work.im[bin]));
        }
        for place in SHORT_PLACES {
            self.short
                .of(samples, |lane| start(lane) + place - SHORT / 2, &mut work);
            self.short_bands.apply(&work.magnitudes, &mut work.bands);
            rows.extend(work.bands.iter().map(logarithm));
        }
        for (lane, frame) in out.chunks_exact_mut(FEATURES).enumerate() {
            for (value, row) in frame.iter_mut().zip(&rows) {
                *value = row[lane];
            }
        }
    }
}

/// About -1 to 1 over the magnitudes of speech.
fn logarithm(magnitudes: &Lane) -> Lane {
    magnitudes.map(|magnitude| ((magnitude + FLOOR).ln() + 5.0) * 0.3)
}

#[derive(Default)]
struct Work {
    frames: Vec<Lane>,
    re: Vec<Lane>,
    im: Vec<Lane>,
    magnitudes: Vec<Lane>,
    bands: Vec<Lane>,
}

/// A windowed transform, scaled so that white noise has magnitudes of about its amplitude.
#[derive(Debug)]
struct Spectrum {
    fourier: Fourier,
    window: Vec<f32>,
}

impl Spectrum {
    fn new(size: usize) -> Self {
        Self {
            fourier: Fourier::new(size),
            window: noise_window(size),
        }
    }

    fn of(&self, samples: &[f32], start: impl Fn(usize) -> usize, work: &mut Work) {
        let starts: [usize; LANES] = std::array::from_fn(start);
        work.frames.clear();
        work.frames.extend(self.window.iter().enumerate().map(|(j, weight)| {
            let row: Lane = std::array::from_fn(|lane| samples[starts[lane] + j] * weight);
            row
        }));
        self.fourier.forward(&work.frames, &mut work.re, &mut work.im);
        work.magnitudes.clear();
        let parts = work.re.iter().zip(&work.im);
        work.magnitudes.extend(parts.map(|(re, im)| {
            let row: Lane = std::array::from_fn(|lane| (re[lane] * re[lane] + im[lane] * im[lane]).sqrt());
            row
        }));
    }
}

/// A Hann window whose squares sum to one.
pub fn noise_window(size: usize) -> Vec<f32> {
    let mut window = hann(size);
    let norm = window.iter().map(|w| w * w).sum::<f32>().sqrt();
    window.iter_mut().for_each(|w| *w /= norm);
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_seen_alike_wherever_they_stand() {
        let samples: Vec<f32> = (0..40 * HOP + 2 * FEATURE_MARGIN)
            .map(|j| (j as f32 * 0.05).sin() * 0.1 + (j % 97) as f32 * 1e-3)
            .collect();
        let features = Features::default();
        let all = features.of(&samples);
        assert_eq!(all.len(), 40 * FEATURES);
        let later = features.of(&samples[23 * HOP..]);
        for (a, b) in later.iter().zip(&all[23 * FEATURES..]) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
        assert!(features.of(&samples[..FEATURE_MARGIN]).is_empty());
    }
}
