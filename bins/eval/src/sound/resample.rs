//! Another sampling rate, by a low-pass filter of 60 dB between the points of both rates.
//!
//! The filter is the one of Octave's `resample` (a sinc under a Kaiser window, a tenth of the band to fall in), which
//! published implementations of STOI use; at 16 and 48 kHz it is as good for the other metrics.

/// Rejection in dB.
const REJECTION_DB: f64 = 60.0;

/// The samples at `to` Hz instead of `from` Hz, without delay; `ceil(n * to / from)` of them. Both rates are above 0.
pub(super) fn resample(samples: &[f64], from: u32, to: u32) -> Vec<f64> {
    if from == to {
        return samples.to_vec();
    }
    let common = gcd(from, to);
    let (up, down) = ((to / common) as usize, (from / common) as usize);
    let filter = filter(up, down);
    let middle = filter.len() / 2;
    let value = |m: usize| {
        // The filter's taps under the samples k: those with 0 <= m * down + middle - k * up < taps.
        let place = m * down + middle;
        let first = (place + 1).saturating_sub(filter.len()).div_ceil(up);
        let last = (place / up).min(samples.len() - 1);
        (first..=last).map(|k| samples[k] * filter[place - k * up]).sum()
    };
    let count = if samples.is_empty() {
        0
    } else {
        (samples.len() * up).div_ceil(down)
    };
    (0..count).map(value).collect()
}

/// An odd number of taps at `up` times the lower rate, with a sum of `up`.
fn filter(up: usize, down: usize) -> Vec<f64> {
    let cutoff = 1.0 / (2 * up.max(down)) as f64;
    let half = ((REJECTION_DB - 8.0) / (28.714 * cutoff / 10.0)).ceil() as i64;
    let beta = 0.1102 * (REJECTION_DB - 8.7);
    let tap = |n: i64| {
        let x = n as f64 / half as f64;
        let window = bessel_i0(beta * (1.0 - x * x).max(0.0).sqrt()) / bessel_i0(beta);
        window * sinc(2.0 * cutoff * n as f64)
    };
    let taps: Vec<f64> = (-half..=half).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| tap * up as f64 / sum).collect()
}

fn sinc(x: f64) -> f64 {
    let x = std::f64::consts::PI * x;
    if x == 0.0 { 1.0 } else { x.sin() / x }
}

/// The modified Bessel function of the first kind of order 0, by its series.
fn bessel_i0(x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-17 * sum {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hertz: f64, count: usize) -> Vec<f64> {
        let step = std::f64::consts::TAU * hertz / f64::from(rate);
        (0..count).map(|i| (i as f64 * step).sin()).collect()
    }

    #[test]
    fn tones_keep_their_place_and_height() {
        for (from, to) in [(48_000, 16_000), (16_000, 48_000), (44_100, 48_000), (16_000, 10_000)] {
            let out = resample(&tone(from, 440.0, from as usize), from, to);
            let wanted = tone(to, 440.0, to as usize);
            assert_eq!(out.len(), wanted.len());
            let inside = to as usize / 10..to as usize * 9 / 10;
            let worst = inside.map(|i| (out[i] - wanted[i]).abs()).fold(0.0, f64::max);
            assert!(worst < 2e-3, "{from} to {to}: {worst}");
        }
    }

    #[test]
    fn what_does_not_fit_is_filtered_out() {
        let out = resample(&tone(48_000, 9000.0, 48_000), 48_000, 16_000);
        assert!(out[2000..14_000].iter().all(|sample| sample.abs() < 2e-3));
        assert_eq!(resample(&[], 8000, 16_000), [0.0; 0]);
        assert_eq!(resample(&[1.0; 7], 3, 2).len(), 5);
    }
}
