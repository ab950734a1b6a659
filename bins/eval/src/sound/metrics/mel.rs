//! The distance of logarithmic mel spectra at several resolutions.

use lmc_kernels::fft::{hertz, mel};

use crate::sound::Sound;
use crate::sound::fft::{Fft, powers};

/// Windows in samples; each has a sixteenth as many bands.
const WINDOWS: [usize; 5] = [128, 256, 512, 1024, 2048];
/// Levels under this count as this, in dB of a full-scale sine.
const FLOOR_DB: f64 = -100.0;

/// The mean absolute difference of levels in dB over windows, bands, moments and channels: first the mean of each
/// window's values, then that of the five windows. For each window a spectrum is taken every quarter of it (periodic
/// Hann, whole windows inside the sound alone, a shorter sound filled up with silence); its powers, those of a full-scale
/// sine being 1, are summed under triangles whose corners are evenly spaced on the mel scale, `2595 log10(1 + f / 700)`,
/// from 0 Hz to half of the rate. 0 for equal sounds. Both have the same length, rate and channels.
pub fn mel_distance_db(original: &Sound, decoded: &Sound) -> f64 {
    let mut sum = 0.0;
    for window in WINDOWS {
        let bank = MelBank::new(window, original.rate());
        let channels = 0..original.channels();
        let distance = |channel| bank.distance(&original.channel(channel), &decoded.channel(channel));
        sum += channels.map(distance).sum::<f64>() / f64::from(original.channels());
    }
    sum / WINDOWS.len() as f64
}

/// Spectra of one window, in mel bands.
struct MelBank {
    fft: Fft,
    window: Vec<f64>,
    /// Of each band the first line of the spectrum and the weights from there on.
    bands: Vec<(usize, Vec<f64>)>,
}

impl MelBank {
    fn new(size: usize, rate: u32) -> Self {
        let hann = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / size as f64).cos();
        let count = size / 16;
        let top = mel(f64::from(rate) / 2.0);
        let corner = |i: usize| hertz(top * i as f64 / (count + 1) as f64);
        let line = f64::from(rate) / size as f64;
        let band = |i: usize| triangle([corner(i), corner(i + 1), corner(i + 2)].map(|hertz| hertz / line));
        Self {
            fft: Fft::new(size),
            window: (0..size).map(hann).collect(),
            bands: (0..count).map(band).collect(),
        }
    }

    /// Levels of one window of samples in dB.
    fn levels(&self, samples: &[f64]) -> impl Iterator<Item = f64> {
        let weighed = samples.iter().zip(&self.window).map(|(sample, weight)| sample * weight);
        let powers = powers(&self.fft, weighed);
        // The sum of a Hann window is half of its size, and a sine shows half of its amplitude.
        let full = (self.window.len() as f64 / 4.0).powi(2);
        self.bands.iter().map(move |(first, weights)| {
            let power: f64 = powers[*first..]
                .iter()
                .zip(weights)
                .map(|(power, weight)| power * weight)
                .sum();
            (10.0 * (power / full).log10()).max(FLOOR_DB)
        })
    }

    fn distance(&self, original: &[f64], decoded: &[f64]) -> f64 {
        let size = self.window.len();
        let (mut sum, mut count) = (0.0, 0usize);
        let last = original.len().saturating_sub(size);
        for start in (0..=last).step_by(size / 4) {
            let part = |samples: &'_ [f64]| -> Vec<f64> {
                let end = (start + size).min(samples.len());
                self.levels(&samples[start.min(end)..end]).collect()
            };
            for (a, b) in part(original).into_iter().zip(part(decoded)) {
                sum += (a - b).abs();
                count += 1;
            }
        }
        sum / count as f64
    }
}

/// The weights of lines under a triangle with these corners, and the first line that has one.
fn triangle([low, middle, high]: [f64; 3]) -> (usize, Vec<f64>) {
    let first = low.floor() as usize + 1;
    let last = (high.ceil() as usize).saturating_sub(1);
    let weight = |line: usize| {
        let line = line as f64;
        ((line - low) / (middle - low))
            .min((high - line) / (high - middle))
            .max(0.0)
    };
    (first, (first..=last).map(weight).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(height: f64, count: usize) -> Sound {
        let sample = |i: usize| (32_767.0 * height * (i as f64 * 0.05).sin()) as i16;
        Sound::new(16_000, 1, (0..count).map(sample).collect()).unwrap()
    }

    #[test]
    fn a_full_scale_sine_is_0_db_and_silence_the_floor() {
        let bank = MelBank::new(1024, 16_000);
        let top = |sound: Sound| bank.levels(&sound.channel(0)).fold(f64::NEG_INFINITY, f64::max);
        // Hann spreads a sine over three lines, so that a band may hold half as much again.
        assert!(top(tone(1.0, 1024)).abs() < 2.0);
        assert_eq!(top(Sound::new(16_000, 1, vec![0; 1024]).unwrap()), FLOOR_DB);
    }

    #[test]
    fn equal_sounds_have_no_distance_and_short_ones_have_one() {
        assert_eq!(mel_distance_db(&tone(0.5, 5000), &tone(0.5, 5000)), 0.0);
        assert!(mel_distance_db(&tone(0.5, 9), &tone(0.2, 9)) > 1.0);
        let (loud, soft) = (tone(0.9, 20_000), tone(0.45, 20_000));
        // Bands that hold nothing but rounding differ at random.
        assert!((1.0..9.0).contains(&mel_distance_db(&loud, &soft)));
    }

    #[test]
    fn every_band_has_lines() {
        for rate in [8000, 16_000, 48_000] {
            for window in WINDOWS {
                let bank = MelBank::new(window, rate);
                for (i, (first, weights)) in bank.bands.iter().enumerate() {
                    assert!(weights.iter().sum::<f64>() > 0.0, "{rate} {window} {i}");
                    assert!(first + weights.len() <= window / 2 + 1, "{rate} {window} {i}");
                }
            }
        }
    }
}
