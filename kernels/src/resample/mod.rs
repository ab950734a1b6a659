//! Changes of rate: windowed-sinc interpolation at exact rational positions.
//!
//! Output `n` lies at the input position `n * from / to`, kept as a fraction of integers, so that nothing drifts and
//! nothing is shifted, there or back. Each output is a function of the samples around it alone: it does not matter how
//! the input is cut.

mod filters;

pub use filters::{Design, Sample};

use filters::Filters;

/// Changes the rate of one or more channels.
///
/// ```
/// use lmc_kernels::resample::{Design, Resampler};
///
/// let mut half = Resampler::<f32>::new(48_000, 24_000, 1, Design::TRANSPARENT).expect("the rates differ");
/// let mut out = vec![Vec::new()];
/// half.push(&[vec![0.5; 1000]], &mut out);
/// half.finish(500, &mut out);
/// assert_eq!(out[0].len(), 500);
/// assert!((out[0][250] - 0.5).abs() < 1e-6);
/// ```
#[derive(Debug, Clone)]
pub struct Resampler<T> {
    /// The ratio of the rates in lowest terms.
    from: u64,
    to: u64,
    filters: Filters<T>,
    /// Inputs of each channel that later outputs still need.
    history: Vec<Vec<T>>,
    /// Index of the first input of the history; negative before the sound.
    first: i64,
    next_out: u64,
}

impl<T: Sample> Resampler<T> {
    /// From one rate in Hz to another; `None` where they are equal. Rates are at least 1.
    pub fn new(from: u32, to: u32, channels: usize, design: Design) -> Option<Self> {
        if from == to {
            return None;
        }
        let (from, to) = (u64::from(from.max(1)), u64::from(to.max(1)));
        let common = gcd(from, to);
        let (from, to) = (from / common, to / common);
        let filters = Filters::new(from, to, design);
        Some(Self {
            from,
            to,
            history: vec![vec![T::ZERO; filters.half()]; channels],
            first: -(filters.half() as i64),
            filters,
            next_out: 0,
        })
    }

    /// Takes further inputs, as many of each channel, and appends the outputs that they suffice for.
    pub fn push(&mut self, input: &[Vec<T>], out: &mut [Vec<T>]) {
        for (history, input) in self.history.iter_mut().zip(input) {
            history.extend_from_slice(input);
        }
        self.produce(u64::MAX, out);
    }

    /// Appends outputs until there are `total` of them since the start; the sound goes on with zeros.
    pub fn finish(&mut self, total: u64, out: &mut [Vec<T>]) {
        let zeros = vec![vec![T::ZERO; 2 * self.filters.half()]; self.history.len()];
        while self.next_out < total {
            for (history, zeros) in self.history.iter_mut().zip(&zeros) {
                history.extend_from_slice(zeros);
            }
            self.produce(total, out);
        }
    }

    /// The outputs up to `total` whose inputs are there.
    fn produce(&mut self, total: u64, out: &mut [Vec<T>]) {
        let length = self.history.first().map_or(0, Vec::len);
        let taps = 2 * self.filters.half();
        while self.next_out < total {
            // 2^40 samples at 2^18 Hz stay far below 2^64.
            let position = self.next_out * self.from;
            // The first input that counts is half a filter before the position.
            let start = (position / self.to) as i64 - self.filters.half() as i64 + 1 - self.first;
            let start = start.max(0) as usize;
            if start + taps > length {
                break;
            }
            let filter = self.filters.at(position % self.to);
            for (history, out) in self.history.iter().zip(out.iter_mut()) {
                out.push(filter.apply(&history[start..start + taps]));
            }
            self.next_out += 1;
        }
        self.forget();
    }

    /// Drops inputs that no later output needs.
    fn forget(&mut self) {
        let next = (self.next_out * self.from / self.to) as i64 - self.filters.half() as i64 + 1;
        let length = self.history.first().map_or(0, Vec::len);
        let unused = (next - self.first).clamp(0, length as i64) as usize;
        self.history
            .iter_mut()
            .for_each(|history| drop(history.drain(..unused)));
        self.first += unused as i64;
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    fn run(from: u32, to: u32, input: &[f32], piece: usize, total: u64) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to, 1, Design::TRANSPARENT).unwrap();
        let mut out = vec![Vec::new()];
        for piece in input.chunks(piece) {
            resampler.push(&[piece.to_vec()], &mut out);
        }
        resampler.finish(total, &mut out);
        out.remove(0)
    }

    fn sine(rate: u32, hz: f64, length: usize) -> Vec<f32> {
        let step = 2.0 * PI * hz / f64::from(rate);
        (0..length).map(|at| (step * at as f64).sin() as f32).collect()
    }

    /// The signal-to-noise ratio in dB of the middle of `found`.
    fn snr_db(found: &[f32], wanted: &[f32]) -> f64 {
        let middle = found.len() / 4..found.len() * 3 / 4;
        let power = |value: f64| value * value;
        let signal: f64 = wanted[middle.clone()].iter().map(|&w| power(w.into())).sum();
        let noise: f64 = middle
            .map(|at| power(f64::from(found[at]) - f64::from(wanted[at])))
            .sum();
        10.0 * (signal / noise.max(1e-30)).log10()
    }

    #[test]
    fn a_sine_keeps_its_place_at_every_rate() {
        for (from, to) in [
            (44_100, 48_000),
            (48_000, 44_100),
            (8_000, 48_000),
            (192_000, 16_000),
            (11_025, 16_000),
            (47_999, 48_000),
        ] {
            let hz = f64::from(from.min(to)) * 0.31;
            let length = from as usize / 4;
            let total = (length as u64 * u64::from(to)).div_ceil(u64::from(from));
            let found = run(from, to, &sine(from, hz, length), 1000, total);
            assert_eq!(found.len() as u64, total);
            let snr = snr_db(&found, &sine(to, hz, total as usize));
            assert!(snr > 80.0, "{from} Hz to {to} Hz: {snr:.1} dB");
        }
    }

    #[test]
    fn what_is_above_the_lower_band_goes() {
        let found = run(48_000, 16_000, &sine(48_000, 9_500.0, 12_000), 12_000, 4_000);
        let loudest = found[1000..3000].iter().fold(0.0f32, |a, b| a.max(b.abs()));
        assert!(loudest < 1e-4, "{loudest}");
        let constant = run(44_100, 48_000, &[0.5; 4000], 4000, 4353);
        assert!(constant[200..4000].iter().all(|v| (v - 0.5).abs() < 1e-6));
    }

    #[test]
    fn the_cut_of_the_input_does_not_matter() {
        let input = sine(44_100, 1234.5, 5000);
        for (from, to) in [(44_100, 48_000), (44_100, 16_000), (8_001, 191_999)] {
            let whole = run(from, to, &input, input.len(), 3000);
            for piece in [1, 7, 777] {
                assert_eq!(run(from, to, &input, piece, 3000), whole);
            }
        }
        assert_eq!(run(8000, 48_000, &[], 1, 0), [0.0; 0]);
        assert_eq!(run(8000, 48_000, &[1.0], 1, 6).len(), 6);
        assert!(Resampler::<f32>::new(48_000, 48_000, 1, Design::TRANSPARENT).is_none());
    }

    #[test]
    fn a_sharp_filter_for_metrics_keeps_tones_and_drops_what_does_not_fit() {
        for (from, to, hz) in [
            (48_000, 16_000, 440.0),
            (16_000, 10_000, 440.0),
            (44_100, 48_000, 440.0),
        ] {
            let input: Vec<f64> = sine(from, hz, from as usize).into_iter().map(f64::from).collect();
            let mut resampler = Resampler::new(from, to, 1, Design::OCTAVE).unwrap();
            let mut out = vec![Vec::new()];
            resampler.push(&[input], &mut out);
            resampler.finish(u64::from(to), &mut out);
            let wanted = sine(to, hz, to as usize);
            let inside = to as usize / 10..to as usize * 9 / 10;
            let worst = inside
                .map(|i| (out[0][i] - f64::from(wanted[i])).abs())
                .fold(0.0, f64::max);
            assert!(worst < 2e-3, "{from} to {to}: {worst}");
        }
    }
}
