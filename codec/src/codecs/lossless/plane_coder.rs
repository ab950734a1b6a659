//! The coding of one plane: predictions, how well they did so far, and what follows for the next sample.

use lmc_entropy::Result;
use lmc_entropy::mixing::BitIo;
use lmc_kernels::isa::Isa;

use super::bias::{Bias, VIEWS};
use super::density::Density;
use super::matching::{FEW, MANY, Matching};
use super::method::Method;
use super::plane::Plane;
use super::predict::{BEFORE, COUNT, Linear, Predictions};
use super::sample::{LEVELS, SampleModel, Situation};

/// The largest error that is remembered, in sixteenths.
const ERROR_MAX: i32 = 1 << 20;

/// A plane that is known, and how far each of its samples was from the guess.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) plane: Plane,
    pub(super) residual: Plane,
}

/// Codes the samples of one plane of `0..=max` behind the planes `before`.
pub(super) fn code(
    io: &mut impl BitIo,
    format: ([usize; 2], Method),
    max: i32,
    before: &[Known],
    samples: &mut [u16],
) -> Result<Known> {
    Isa::best().run(|| code_here(io, format, max, before, samples))
}

/// The same, compiled for the instructions of its caller.
#[inline(always)]
fn code_here(
    io: &mut impl BitIo,
    ([height, width], method): ([usize; 2], Method),
    max: i32,
    before: &[Known],
    samples: &mut [u16],
) -> Result<Known> {
    let before = &before[before.len().saturating_sub(BEFORE)..];
    let planes: Vec<Plane> = before.iter().map(|known| known.plane.clone()).collect();
    let other = before.last().map(|known| &known.residual);
    let mut coder = PlaneCoder::new(([height, width], method), max, other);
    let mut linear = Linear::new(planes.len(), max, method);
    let mut model = SampleModel::new(max, method)?;
    let mut matchings = matchings(method);
    for (y, row) in samples.chunks_exact_mut(width).enumerate() {
        coder.each_plane(|plane| plane.begin_row(y));
        for (x, sample) in row.iter_mut().enumerate() {
            let at = coder.plane.at(y, x);
            let told = linear.predict(&coder.plane, &planes, at);
            let blend = coder.blend(&told, at);
            let mut situation = coder.situation(&told, &blend, at);
            for (found, matching) in situation.matches.iter_mut().zip(&mut matchings) {
                *found = matching.find(&coder.plane, &planes, at);
            }
            let value = model.code(io, &situation, i32::from(*sample))?;
            matchings.iter_mut().for_each(|matching| matching.learn(value));
            coder.learn(&told, &blend, at, value);
            linear.learn(&told, value);
            *sample = value as u16;
        }
        coder.each_plane(|plane| plane.end_row(y));
    }
    Ok(Known {
        plane: coder.plane,
        residual: coder.residual,
    })
}

/// What is remembered of neighbourhoods.
fn matchings(method: Method) -> Vec<Matching> {
    match method {
        Method::Plain => Vec::new(),
        Method::Recursive => vec![Matching::new(MANY), Matching::new(FEW)],
    }
}

/// What all predictions come to.
struct Blend {
    /// In sixteenths.
    value: i32,
    /// The nearest sample.
    guess: i32,
    /// The error of each prediction around here, eight times, in sixteenths; the blend's last.
    errors: [i32; COUNT + 1],
    /// The blend before it was corrected.
    mean: i32,
    /// The contexts in which it was corrected; 0 without.
    views: [usize; VIEWS],
}

/// How many contexts of the correction there are.
const VIEW_SIZES: [usize; VIEWS] = [1024, 729, 11_664];

struct PlaneCoder<'a> {
    max: i32,
    plane: Plane,
    residual: Plane,
    /// How far each prediction and the blend missed, in sixteenths.
    errors: [Plane; COUNT + 1],
    /// The residuals of the plane before.
    other: Option<&'a Plane>,
    /// How many predictions are blended.
    count: usize,
    bias: Option<Bias>,
}

impl<'a> PlaneCoder<'a> {
    fn new(([height, width], method): ([usize; 2], Method), max: i32, other: Option<&'a Plane>) -> Self {
        let is_recursive = method == Method::Recursive;
        Self {
            max,
            plane: Plane::new(width, height, (max + 1) / 2),
            residual: Plane::new(width, height, 0),
            errors: std::array::from_fn(|_| Plane::new(width, height, 16)),
            other,
            count: if is_recursive { COUNT } else { COUNT - 1 },
            bias: is_recursive.then(|| Bias::new(VIEW_SIZES)),
        }
    }

    fn each_plane(&mut self, mut work: impl FnMut(&mut Plane)) {
        work(&mut self.plane);
        work(&mut self.residual);
        self.errors.iter_mut().for_each(work);
    }

    /// The mean of the predictions, the better ones around here weighing more.
    #[inline(always)]
    fn blend(&self, told: &Predictions, at: usize) -> Blend {
        let errors: [i32; COUNT + 1] = std::array::from_fn(|i| around(&self.errors[i], at));
        let (mut sum, mut weights) = (0i64, 0i64);
        for (&value, &error) in told.values[..self.count].iter().zip(&errors) {
            let error = i64::from(error.min(1 << 16)) + 8;
            let weight = (1 << 50) / (error * error * error) + 1;
            // At most 2^41 times 2^24 would not fit, but values of 16 bits are under 2^21.
            sum += weight * i64::from(value.clamp(-(1 << 20), 1 << 21));
            weights += weight;
        }
        let mean = (sum / weights) as i32;
        let value = mean.clamp(0, 16 * self.max);
        let blend = Blend {
            value,
            guess: (value + 8) >> 4,
            errors,
            mean,
            views: [0; VIEWS],
        };
        match &self.bias {
            Some(bias) => self.corrected(bias, told, blend, at),
            None => blend,
        }
    }

    /// A blend with what blends miss after neighbours like these added to the mean.
    #[inline(always)]
    fn corrected(&self, bias: &Bias, told: &Predictions, blend: Blend, at: usize) -> Blend {
        let usual = (blend.errors[COUNT] / 8).max(1);
        let near = |dy, dx| class(16 * self.residual.near(at, dy, dx), usual);
        let other = self.other.map_or(0, |plane| plane.near(at, 0, 0));
        let [_, fast, median, .., recursive] = told.values;
        let apart = |value: i32, unit| class(value - blend.value, unit);
        let size = (level(blend.errors[COUNT]) / 4).min(15);
        let views = [
            16 * self.pattern(blend.guess, at) + size,
            81 * near(0, -1) + 9 * near(-1, 0) + class(16 * other, usual),
            16 * (81 * apart(recursive, usual / 4) + 9 * apart(fast, usual / 4) + apart(median, usual / 2)) + size,
        ];
        let value = (blend.mean + bias.of(views)).clamp(0, 16 * self.max);
        let guess = (value + 8) >> 4;
        Blend {
            value,
            guess,
            views,
            ..blend
        }
    }

    #[inline(always)]
    fn situation(&self, told: &Predictions, blend: &Blend, at: usize) -> Situation {
        let usual = (blend.errors[COUNT] / 8).max(1);
        let width = (usual / 16).max(1).ilog2().saturating_sub(1);
        let near = |dy, dx| self.residual.near(at, dy, dx);
        let other = |dy, dx| self.other.map_or(0, |plane| plane.near(at, dy, dx));
        let signs = |a, b| class(a, usual) * 9 + class(b, usual);
        let fraction = ((blend.value + 8) & 15) as usize;
        let [slow, fast, median, .., recursive] = told.values;
        let contexts = [
            level(blend.errors[COUNT]),
            fraction * 16 + (width as usize).min(15),
            signs(16 * near(0, -1), 16 * near(-1, 0)),
            signs(16 * other(0, 0), 16 * (other(0, 1) + other(1, 0))),
            class(slow - blend.value, usual / 4) * 9 + class(median - blend.value, usual / 2),
            self.pattern(blend.guess, at),
            self.repeats(other(0, 0), at),
            blend.views[1],
            blend.views[2],
            blend.views[0],
        ];
        let error = |i: usize| blend.errors[i] / 8 + 1;
        let densities = [
            Density::new(blend.value, usual),
            Density::new(blend.value, (usual + error(0)) / 3 + 1),
            Density::new(slow, error(0)),
            Density::new(fast, error(1)),
            Density::new(median, error(2)),
            Density::new(recursive, error(5)),
        ];
        Situation {
            guess: blend.guess,
            width,
            contexts,
            densities,
            matches: [None; 2],
        }
    }

    /// Which neighbours are above the guess.
    #[inline(always)]
    fn pattern(&self, guess: i32, at: usize) -> usize {
        let places = [(0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)];
        bits(places.map(|(dy, dx)| self.plane.near(at, dy, dx) > guess))
    }

    /// Which neighbours are alike and were guessed: flat areas and drawings.
    #[inline(always)]
    fn repeats(&self, other: i32, at: usize) -> usize {
        let (plane, residual) = (&self.plane, &self.residual);
        let (w, n) = (plane.near(at, 0, -1), plane.near(at, -1, 0));
        bits([
            w == n,
            n == plane.near(at, -1, 1),
            w == plane.near(at, -1, -1),
            w == plane.near(at, 0, -2),
            residual.near(at, 0, -1) == 0,
            residual.near(at, -1, 0) == 0,
            residual.near(at, -1, 1) == 0,
            other == 0,
        ])
    }

    #[inline(always)]
    fn learn(&mut self, told: &Predictions, blend: &Blend, at: usize, sample: i32) {
        if let Some(bias) = &mut self.bias {
            bias.learn(blend.views, 16 * sample - blend.mean);
        }
        self.plane.set(at, sample);
        self.residual.set(at, sample - blend.guess);
        let values = told.values.into_iter().chain([blend.value]);
        for (errors, value) in self.errors.iter_mut().zip(values) {
            errors.set(at, (16 * sample - value).abs().min(ERROR_MAX));
        }
    }
}

/// The sum of the errors around `at`, eight in all.
#[inline(always)]
fn around(errors: &Plane, at: usize) -> i32 {
    let near = |dy, dx| errors.near(at, dy, dx);
    2 * (near(0, -1) + near(-1, 0)) + near(-1, -1) + near(-1, 1) + near(0, -2) + near(-2, 0)
}

/// The level of an error: four to an octave.
#[inline(always)]
fn level(error: i32) -> usize {
    let error = (error / 8).max(1) as u32;
    let octave = error.ilog2();
    let quarter = ((error << 2) >> octave) & 3;
    ((octave << 2 | quarter) as usize).min(LEVELS - 1)
}

/// A signed value as one of nine classes of its size in units.
#[inline(always)]
fn class(value: i32, unit: i32) -> usize {
    let size = i64::from(value.unsigned_abs());
    let unit = i64::from(unit.max(1));
    let class = usize::from(4 * size >= unit)
        + usize::from(size >= unit)
        + usize::from(size >= 2 * unit)
        + usize::from(size >= 4 * unit);
    if value < 0 { 4 - class } else { 4 + class }
}

#[inline(always)]
fn bits<const N: usize>(flags: [bool; N]) -> usize {
    flags.iter().fold(0, |bits, &flag| 2 * bits + usize::from(flag))
}
