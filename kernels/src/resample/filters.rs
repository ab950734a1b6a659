//! The filters of a change of rate.

use std::f64::consts::PI;

use crate::functions::sin_cos;

/// Partial sums of a scalar product, which a compiler turns into vectors.
const LANES: usize = 16;

/// How good a filter is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    /// Where the band ends, as a share of half the lower rate.
    cutoff: f64,
    /// Shape of the Kaiser window (Kaiser, Schafer 1980).
    beta: f64,
    /// Half the length of the filter, in samples of the lower rate.
    reach: Reach,
    /// Most positions between two inputs that have a filter of their own; between more, filters are interpolated.
    max_phases: u64,
    /// Whether the taps of each position sum to 1, or only those of all positions on average.
    flat: bool,
}

/// Half the length of a filter.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reach {
    /// Zero crossings of the sinc on each side.
    Crossings(u32),
    /// As many steps of the finest grid of both rates as reject this many dB in a transition of a tenth of the band.
    RejectionDb(f64),
}

impl Design {
    /// For sound that is heard: the band ends at 0.955 of half the lower rate, and about 90 dB are rejected.
    pub const TRANSPARENT: Self = Self {
        cutoff: 0.955,
        beta: 9.0,
        reach: Reach::Crossings(64),
        max_phases: 1024,
        flat: true,
    };

    /// The filter of Octave's `resample`: 60 dB, a tenth of the band to fall in. Published implementations of STOI use
    /// it.
    pub const OCTAVE: Self = Self {
        cutoff: 1.0,
        beta: 0.1102 * (60.0 - 8.7),
        reach: Reach::RejectionDb(60.0),
        max_phases: u64::MAX,
        flat: false,
    };

    /// Half the length of the filter in samples of the input.
    fn width(self, from: u64, to: u64) -> f64 {
        match self.reach {
            Reach::Crossings(crossings) => (f64::from(crossings) / lower(from, to)).ceil(),
            Reach::RejectionDb(rejection) => {
                let finest = 1.0 / (2 * from.max(to)) as f64;
                ((rejection - 8.0) / (28.714 * finest / 10.0)).ceil() / to as f64
            }
        }
    }
}

/// The lower rate as a share of that of the input.
fn lower(from: u64, to: u64) -> f64 {
    (to as f64 / from as f64).min(1.0)
}

/// A sample of a sound.
pub trait Sample: Copy {
    /// Silence.
    const ZERO: Self;
    /// The nearest number of this kind.
    fn from_f64(value: f64) -> Self;
    /// A mixture of `self` and a share of `other`.
    fn mix(self, other: Self, share: f64) -> Self;
    /// The scalar product of two slices of the same length.
    fn dot(a: &[Self], b: &[Self]) -> Self;
}

macro_rules! sample {
    ($number:ty) => {
        impl Sample for $number {
            const ZERO: Self = 0.0;

            fn from_f64(value: f64) -> Self {
                value as Self
            }

            fn mix(self, other: Self, share: f64) -> Self {
                self + share as Self * (other - self)
            }

            fn dot(a: &[Self], b: &[Self]) -> Self {
                let mut sums: [Self; LANES] = [0.0; LANES];
                let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
                let rest: Self = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
                for (a, b) in a.iter().zip(b) {
                    for lane in 0..LANES {
                        sums[lane] += a[lane] * b[lane];
                    }
                }
                sums.iter().sum::<Self>() + rest
            }
        }
    };
}

sample!(f32);
sample!(f64);

/// The filters for positions between two inputs.
#[derive(Debug, Clone)]
pub(super) struct Filters<T> {
    /// Taps before the position, and behind it.
    half: usize,
    /// Steps between two inputs that positions have.
    steps: u64,
    /// Filters between two inputs; one more closes the last interval where they are interpolated.
    phases: u64,
    taps: Vec<T>,
}

/// One filter, or a mixture of two.
pub(super) struct Filter<'a, T> {
    one: &'a [T],
    other: &'a [T],
    share: f32,
}

impl<T: Sample> Filters<T> {
    /// For a ratio of rates in lowest terms.
    pub(super) fn new(from: u64, to: u64, design: Design) -> Self {
        let width = design.width(from, to);
        // A tap at the very end of the window counts where the window does not fall to 0.
        let half = if design.flat {
            width as usize
        } else {
            width as usize + 1
        };
        let phases = to.min(design.max_phases);
        let mut all = Vec::with_capacity((phases as usize + 1) * 2 * half);
        for phase in 0..=phases {
            let offset = phase as f64 / phases as f64;
            all.extend(taps(half, offset, width, lower(from, to) * design.cutoff, design.beta));
        }
        let scale = |sum: f64| move |tap: &f64| T::from_f64(tap / sum);
        let taps = if design.flat {
            let each = all.chunks_exact(2 * half);
            each.flat_map(|taps| taps.iter().map(scale(taps.iter().sum())))
                .collect()
        } else {
            let sum: f64 = all[..phases as usize * 2 * half].iter().sum();
            all.iter().map(scale(sum / phases as f64)).collect()
        };
        Self {
            half,
            steps: to,
            phases,
            taps,
        }
    }

    /// Taps before a position, and behind it.
    pub(super) fn half(&self) -> usize {
        self.half
    }

    /// The filter for `step` of [`steps`](Self::steps) behind an input.
    pub(super) fn at(&self, step: u64) -> Filter<'_, T> {
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

impl<T: Sample> Filter<'_, T> {
    pub(super) fn apply(&self, input: &[T]) -> T {
        let one = T::dot(self.one, input);
        if self.share == 0.0 {
            return one;
        }
        one.mix(T::dot(self.other, input), f64::from(self.share))
    }
}

/// `2 * half` taps around a position that is `offset` behind the tap `half - 1`: a sinc under a Kaiser window that ends
/// `width` from the position.
fn taps(half: usize, offset: f64, width: f64, cutoff: f64, beta: f64) -> impl Iterator<Item = f64> {
    (0..2 * half).map(move |tap| {
        let x = tap as f64 - (half as f64 - 1.0) - offset;
        sinc(cutoff * x) * kaiser(x / width, beta)
    })
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { sin_cos(PI * x).0 / (PI * x) }
}

/// The Kaiser window at `x`, 0 beyond -1 and 1.
fn kaiser(x: f64, beta: f64) -> f64 {
    // Positions are exact to about 1e-15 of the width.
    if x.abs() > 1.0 + 1e-12 {
        return 0.0;
    }
    bessel(beta * (1.0 - x * x).max(0.0).sqrt()) / bessel(beta)
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
