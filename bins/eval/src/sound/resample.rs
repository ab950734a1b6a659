//! Another sampling rate, by the filter that published implementations of STOI use; at 16 and 48 kHz it is as good for
//! the other metrics.

use lmc_kernels::resample::{Design, Resampler};

/// The samples at `to` Hz instead of `from` Hz, without delay; `ceil(n * to / from)` of them. Both rates are above 0.
pub(super) fn resample(samples: &[f64], from: u32, to: u32) -> Vec<f64> {
    let Some(mut resampler) = Resampler::new(from, to, 1, Design::OCTAVE) else {
        return samples.to_vec();
    };
    let total = (samples.len() as u64 * u64::from(to)).div_ceil(u64::from(from));
    let mut out = vec![Vec::with_capacity(total as usize)];
    resampler.push(&[samples.to_vec()], &mut out);
    resampler.finish(total, &mut out);
    out.swap_remove(0)
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
