//! Short-time objective intelligibility: Taal, Hendriks, Heusdens and Jensen, "An algorithm for intelligibility prediction
//! of time-frequency weighted noisy speech", IEEE Transactions on Audio, Speech and Language Processing, 2011.

use crate::sound::Sound;
use crate::sound::fft::{Fft, powers};
use crate::sound::resample::resample;

/// The rate at which all is computed.
const RATE: u32 = 10_000;
/// Samples of a frame; the next begins in its middle.
const FRAME: usize = 256;
const HOP: usize = FRAME / 2;
/// Points of the transform of a frame.
const POINTS: usize = 512;
/// Bands of a third of an octave, and the centre of the lowest in Hz.
const BANDS: usize = 15;
const LOWEST_HZ: f64 = 150.0;
/// Frames of a segment, 384 ms.
const SEGMENT: usize = 30;
/// How far under the loudest a frame of the original may be without being silent, in dB.
const RANGE_DB: f64 = 40.0;
/// The lowest ratio of signal to distortion that counts, in dB.
const LOWEST_DB: f64 = -15.0;

/// The mean correlation of the envelopes of both, 1 for equal sounds; of the mean of the channels. Nothing where the
/// original has fewer than 30 frames that are not silent. Both have the same length and rate.
pub fn stoi(original: &Sound, decoded: &Sound) -> Option<f64> {
    if original.samples().iter().all(|&sample| sample == 0) {
        return None;
    }
    let at_rate = |sound: &Sound| resample(&sound.mono(), sound.rate(), RATE);
    let (x, y) = without_silence(&at_rate(original), &at_rate(decoded));
    let (x, y) = (envelopes(&x), envelopes(&y));
    let (mut sum, mut count) = (0.0, 0usize);
    for (x, y) in x.iter().zip(&y) {
        for (x, y) in x.windows(SEGMENT).zip(y.windows(SEGMENT)) {
            sum += correlation(x, &limited(x, y));
            count += 1;
        }
    }
    (count > 0).then(|| sum / count as f64)
}

/// A Hann window without the zeros at its ends.
fn window() -> Vec<f64> {
    let value = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * (i + 1) as f64 / (FRAME + 1) as f64).cos();
    (0..FRAME).map(value).collect()
}

/// Frames under the window. As in the authors' program one that ends with the last sample is left out.
fn frames(samples: &[f64]) -> Vec<Vec<f64>> {
    let window = window();
    let starts = (0..samples.len().saturating_sub(FRAME)).step_by(HOP);
    let frame = |start: usize| samples[start..].iter().zip(&window).map(|(s, w)| s * w).collect();
    starts.map(frame).collect()
}

/// Both without the frames in which `x` is silent: the others are added up again where they overlap.
fn without_silence(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (x, y) = (frames(x), frames(y));
    let level = |frame: &Vec<f64>| 20.0 * (norm(frame) + f64::EPSILON).log10();
    let levels: Vec<f64> = x.iter().map(level).collect();
    let loudest = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let heard = |frames: &[Vec<f64>]| {
        let pairs = frames.iter().zip(&levels);
        let heard: Vec<&Vec<f64>> = pairs
            .filter(|(_, level)| **level > loudest - RANGE_DB)
            .map(|p| p.0)
            .collect();
        let mut out = vec![0.0; heard.len().saturating_sub(1) * HOP + FRAME];
        for (i, frame) in heard.iter().enumerate() {
            let place = out[i * HOP..].iter_mut();
            place.zip(frame.iter()).for_each(|(sum, sample)| *sum += sample);
        }
        out
    };
    (heard(&x), heard(&y))
}

/// For each band its amplitude in each frame.
fn envelopes(samples: &[f64]) -> Vec<Vec<f64>> {
    let fft = Fft::new(POINTS);
    let spectra: Vec<Vec<f64>> = frames(samples)
        .into_iter()
        .map(|frame| powers(&fft, frame.into_iter()))
        .collect();
    let band = |(from, to): (usize, usize)| {
        let amplitude = |powers: &Vec<f64>| powers[from..to].iter().sum::<f64>().sqrt();
        spectra.iter().map(amplitude).collect()
    };
    (0..BANDS).map(|i| band(lines(i))).collect()
}

/// The lines of the spectrum that belong to a band: from the one nearest to its lower edge up to the one nearest to its
/// upper edge, which belongs to the next band.
fn lines(band: usize) -> (usize, usize) {
    let nearest = |sixths: i32| {
        let hertz = LOWEST_HZ * 2f64.powf(f64::from(sixths) / 6.0);
        (hertz * POINTS as f64 / f64::from(RATE)).round() as usize
    };
    let sixths = 2 * band as i32;
    (nearest(sixths - 1), nearest(sixths + 1))
}

/// `y` at the level of `x`, clipped where it is far above (equation 3).
fn limited(x: &[f64], y: &[f64]) -> Vec<f64> {
    let scale = norm(x) / (norm(y) + f64::EPSILON);
    let most = 1.0 + 10f64.powf(-LOWEST_DB / 20.0);
    x.iter().zip(y).map(|(x, y)| (y * scale).min(x * most)).collect()
}

/// Of two segments (equation 5).
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect()
    };
    let (x, y) = (centred(x), centred(y));
    let product: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
    product / ((norm(&x) + f64::EPSILON) * (norm(&y) + f64::EPSILON))
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(noise: f64, count: usize) -> Sound {
        let mut state = 7u32;
        let mut sample = |i: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let t = i as f64 / 16_000.0;
            let voice = (t * 900.0).sin() + (t * 4200.0).sin() + (t * 11_000.0).sin();
            let random = f64::from(state) / f64::from(u32::MAX) - 0.5;
            (5000.0 * (t * 20.0).sin().powi(2) * voice + 30_000.0 * noise * random) as i16
        };
        Sound::new(16_000, 1, (0..count).map(&mut sample).collect()).unwrap()
    }

    #[test]
    fn noise_hurts_and_level_does_not() {
        let clean = speech(0.0, 32_000);
        assert!(stoi(&clean, &clean).unwrap() > 0.999_999);
        let (little, much) = (stoi(&clean, &speech(0.05, 32_000)), stoi(&clean, &speech(1.0, 32_000)));
        assert!(
            little > much && much > Some(0.0) && little < Some(1.0),
            "{little:?} {much:?}"
        );
    }

    #[test]
    fn short_and_silent_sounds_have_no_value() {
        let short = speech(0.0, 4000);
        assert_eq!(stoi(&short, &short), None);
        let dot = speech(0.0, 1);
        assert_eq!(stoi(&dot, &dot), None);
        let silent = Sound::new(16_000, 1, vec![0; 32_000]).unwrap();
        assert_eq!(stoi(&silent, &speech(0.0, 32_000)), None);
    }
}
