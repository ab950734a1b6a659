//! Changes of rate: windowed-sinc interpolation at exact rational positions.
//!
//! Output `n` lies at the input position `n * from / to`, kept as a fraction of integers, so that nothing drifts and
//! nothing is shifted, there or back. Each output is a function of the samples around it alone: it does not matter how
//! the input is cut.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side, at the lower of both rates.
const CROSSINGS: usize = 64;
/// Where the band ends, as a share of half the lower rate: 0.955 leaves room for the transition of the filter.
const CUTOFF: f64 = 0.955;
/// Shape of the Kaiser window: about 90 dB in the stop band (Kaiser, Schafer 1980).
const BETA: f64 = 9.0;
/// Most positions between two inputs that have a filter of their own; between more, filters are interpolated.
const MAX_PHASES: u64 = 1024;
/// Partial sums of a scalar product, which a compiler turns into vectors.
const LANES: usize = 16;

/// Changes the rate of one or more channels.
#[derive(Debug, Clone)]
pub(super) struct Resampler {
    /// The ratio of the rates in lowest terms.
    from: u64,
    to: u64,
    filters: Filters,
    /// Inputs of each channel that later outputs still need.
    history: Vec<Vec<f32>>,
    /// Index of the first input of the history; negative before the sound.
    first: i64,
    next_out: u64,
}

impl Resampler {
    /// From one rate in Hz to another; `None` where they are equal. Rates are at least 1.
    pub(super) fn new(from: u32, to: u32, channels: usize) -> Option<Self> {
        if from == to {
            return None;
        }
        let (from, to) = (u64::from(from.max(1)), u64::from(to.max(1)));
        let common = gcd(from, to);
        let (from, to) = (from / common, to / common);
        let filters = Filters::new(from, to);
        Some(Self {
            from,
            to,
            history: vec![vec![0.0; filters.half]; channels],
            first: -(filters.half as i64),
            filters,
            next_out: 0,
        })
    }

    /// Takes further inputs, as many of each channel, and appends the outputs that they suffice for.
    pub(super) fn push(&mut self, input: &[Vec<f32>], out: &mut [Vec<f32>]) {
        for (history, input) in self.history.iter_mut().zip(input) {
            history.extend_from_slice(input);
        }
        self.produce(u64::MAX, out);
    }

    /// Appends outputs until there are `total` of them since the start; the sound goes on with zeros.
    pub(super) fn finish(&mut self, total: u64, out: &mut [Vec<f32>]) {
        let zeros = vec![vec![0.0; 2 * self.filters.half]; self.history.len()];
        while self.next_out < total {
            for (history, zeros) in self.history.iter_mut().zip(&zeros) {
                history.extend_from_slice(zeros);
            }
            self.produce(total, out);
        }
    }

    /// The outputs up to `total` whose inputs are there.
    fn produce(&mut self, total: u64, out: &mut [Vec<f32>]) {
        let length = self.history.first().map_or(0, Vec::len);
        let taps = 2 * self.filters.half;
        while self.next_out < total {
            // 2^40 samples at 2^18 Hz stay far below 2^64.
            let position = self.next_out * self.from;
            // The first input that counts is half a filter before the position.
            let start = (position / self.to) as i64 - self.filters.half as i64 + 1 - self.first;
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
        let next = (self.next_out * self.from / self.to) as i64 - self.filters.half as i64 + 1;
        let length = self.history.first().map_or(0, Vec::len);
        let unused = (next - self.first).clamp(0, length as i64) as usize;
        self.history
            .iter_mut()
            .for_each(|history| drop(history.drain(..unused)));
        self.first += unused as i64;
    }
}

/// The filters for positions between two inputs.
#[derive(Debug, Clone)]
struct Filters {
    /// Taps before the position, and behind it.
    half: usize,
    /// Steps between two inputs that positions have.
    steps: u64,
    /// Filters between two inputs; one more closes the last interval where they are interpolated.
    phases: u64,
    taps: Vec<f32>,
}

/// One filter, or a mixture of two.
struct Filter<'a> {
    one: &'a [f32],
    other: &'a [f32],
    share: f32,
}

impl Filters {
    fn new(from: u64, to: u64) -> Self {
        let lower = (to as f64 / from as f64).min(1.0);
        let half = (CROSSINGS as f64 / lower).ceil() as usize;
        let phases = to.min(MAX_PHASES);
        let mut taps = Vec::with_capacity((phases as usize + 1) * 2 * half);
        for phase in 0..=phases {
            taps.extend(filter(half, phase as f64 / phases as f64, lower * CUTOFF));
        }
        Self {
            half,
            steps: to,
            phases,
            taps,
        }
    }

    /// The filter for `step` of [`steps`](Self::steps) behind an input.
    fn at(&self, step: u64) -> Filter<'_> {
        let scaled = step * self.phases;
        let phase = (scaled / self.steps) as usize;
        let taps = 2 * self.half;
        Filter {
            one: &self.taps[phase * taps..(phase + 1) * taps],
            other: &self.taps[(phase + 1) * taps..(phase + 2) * taps],
            share: (scaled % self.steps) as f32 / self.steps as f32,
        }
    }
}

impl Filter<'_> {
    fn apply(&self, input: &[f32]) -> f32 {
        let one = dot(self.one, input);
        if self.share == 0.0 {
            return one;
        }
        one + self.share * (dot(self.other, input) - one)
    }
}

/// A filter of `2 * half` taps around a position that is `offset` behind the tap `half - 1`. Its sum is 1, so that a
/// constant stays as it is.
fn filter(half: usize, offset: f64, cutoff: f64) -> Vec<f32> {
    let taps: Vec<f64> = (0..2 * half)
        .map(|tap| {
            let x = tap as f64 - (half as f64 - 1.0) - offset;
            sinc(cutoff * x) * kaiser(x / half as f64)
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The Kaiser window at `x` of -1..=1.
fn kaiser(x: f64) -> f64 {
    bessel(BETA * (1.0 - x * x).max(0.0).sqrt()) / bessel(BETA)
}

/// The modified Bessel function of the first kind and order 0, by its power series.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..50 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
        if term < 1e-17 * sum {
            break;
        }
    }
    sum
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_blocks
        .remainder()
        .iter()
        .zip(b_blocks.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod unit {
    use super::*;

    fn run(from: u32, to: u32, input: &[f32], piece: usize, total: u64) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to, 1).unwrap();
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
        assert!(Resampler::new(48_000, 48_000, 1).is_none());
    }
}
