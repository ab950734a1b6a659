//! Frequency tables: from scales and from what was counted.

use lmc_entropy::prior::{FRACTIONS, Observed, ObservedHyper};
use lmc_entropy::table::{CdfTable, TOTAL};
use lmc_entropy::trellis::Quantiser;

use super::prior::Tables;
use crate::Result;
use crate::wavelet::LOG_SCALE_FRACTION_BITS;

/// Levels of the scale, log-spaced.
pub(super) const LEVELS: usize = 64;
/// Levels of the scale that hyper-latents have tables for, up to a scale of about 22.
pub(super) const HYPER_LEVELS: usize = 44;
const SCALE_MIN: f64 = 0.11;
const SCALE_MAX: f64 = 256.0;
/// Log-scales below this have the smallest scale.
const LOG_SCALE_MIN: i32 = -4;
/// The support of a table ends after this many scales; what lies beyond is escaped.
const SUPPORT: f64 = 6.0;
/// The largest support of a table.
const SUPPORT_MAX: i32 = 1023;
/// How many observations the shape of the Gaussian counts for beside real counts.
const PRIOR_COUNT: f64 = 256.0;
/// Weight of the tail that keeps rare symbols possible.
const TAIL: f64 = 1e-3;
/// Elements that are this rarely not zero are not worth coding: what they cost exceeds what they bring.
const SKIP_PROBABILITY: f64 = 0.01;

/// The scale of a level.
pub(super) fn scale_of(level: usize) -> f64 {
    SCALE_MIN * (SCALE_MAX / SCALE_MIN).powf(level as f64 / (LEVELS - 1) as f64)
}

/// The level of each log-scale in fixed point, and the log-scale of the first entry.
pub(crate) fn scale_lut() -> (Vec<u8>, i32) {
    let one = 1i32 << LOG_SCALE_FRACTION_BITS;
    let first = LOG_SCALE_MIN * one;
    let last = SCALE_MAX as i32 * one;
    let level = |fixed: i32| {
        let level = level_of(f64::from(fixed) / f64::from(one));
        level.round().clamp(0.0, (LEVELS - 1) as f64) as u8
    };
    ((first..=last).map(level).collect(), first)
}

/// The scale of a log-scale: the softplus.
fn softplus(x: f64) -> f64 {
    if x > 30.0 { x } else { x.exp().ln_1p() }
}

/// The level of a log-scale, in parts of levels and also beyond them.
pub(super) fn level_of(log_scale: f64) -> f64 {
    (softplus(log_scale) / SCALE_MIN).ln() / (SCALE_MAX / SCALE_MIN).ln() * (LEVELS - 1) as f64
}

/// How fast the level rises with the log-scale.
pub(super) fn levels_per_log_scale(log_scale: f64) -> f64 {
    let slope = 1.0 / (1.0 + (-log_scale).exp());
    slope / softplus(log_scale) / (SCALE_MAX / SCALE_MIN).ln() * (LEVELS - 1) as f64
}

/// How often each symbol of each quantiser occurred at each scale level, and each value in each channel of z.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    levels: Vec<[Histogram; 2]>,
    z: Vec<Histogram>,
}

#[derive(Debug, Clone, Default)]
struct Histogram(std::collections::BTreeMap<i32, f64>);

impl Histogram {
    fn add(&mut self, symbol: i32) {
        *self.0.entry(symbol).or_default() += 1.0;
    }

    fn get(&self, symbol: i32) -> f64 {
        self.0.get(&symbol).copied().unwrap_or(0.0)
    }

    fn total(&self) -> f64 {
        self.0.values().sum()
    }

    fn outside(&self, low: i32, high: i32) -> f64 {
        self.0
            .iter()
            .filter(|(symbol, _)| !(low..=high).contains(*symbol))
            .map(|(_, count)| count)
            .sum()
    }
}

impl Counts {
    pub(super) fn new(z_channels: usize) -> Self {
        Self {
            levels: vec![Default::default(); LEVELS],
            z: vec![Histogram::default(); z_channels],
        }
    }

    pub(super) fn see(&mut self, seen: &[Observed]) {
        for element in seen {
            let quantiser = element.quantiser.unwrap_or(Quantiser::Whole);
            if let Some(histograms) = self.levels.get_mut(usize::from(element.scale)) {
                histograms[quantiser as usize].add(i32::from(element.symbol));
            }
        }
    }

    pub(super) fn see_hyper(&mut self, z: &[i16]) {
        for position in z.chunks_exact(self.z.len()) {
            for (histogram, value) in self.z.iter_mut().zip(position) {
                histogram.add(i32::from(*value));
            }
        }
    }

    /// Tables that mix the counts with the shape expected before counting; none of a trellis.
    pub(super) fn tables(&self) -> Result<Tables> {
        let levels = self.levels.iter().enumerate();
        let scale = levels.map(|(level, [whole, _])| level_table(level, Quantiser::Whole, whole));
        let scale = scale.collect::<Result<_>>()?;
        let z = self.z.iter().map(z_table).collect::<Result<_>>()?;
        let rarely = |[histogram, _]: &&[Histogram; 2]| {
            let total = histogram.total();
            total > 0.0 && 1.0 - histogram.get(0) / total < SKIP_PROBABILITY
        };
        let skip_below = self.levels.iter().take_while(rarely).count() as u8;
        Ok(Tables {
            z,
            scale,
            trellis: Vec::new(),
            skip_below,
        })
    }

    /// The tables of a trellis.
    pub(super) fn trellis_tables(&self) -> Result<Vec<[CdfTable; 2]>> {
        let levels = self.levels.iter().enumerate();
        let pair = |(level, [whole, between]): (usize, &[Histogram; 2])| {
            Ok([
                level_table(level, Quantiser::Whole, whole)?,
                level_table(level, Quantiser::Between, between)?,
            ])
        };
        levels.map(pair).collect()
    }

    /// Ideal bits of the symbols of the whole quantiser under the pure Gaussians and under the counts themselves.
    pub(super) fn bits(&self) -> (f64, f64) {
        let mut bits = (0.0, 0.0);
        for (level, [histogram, _]) in self.levels.iter().enumerate() {
            let total = histogram.total();
            for (symbol, count) in &histogram.0 {
                bits.0 -= count * gaussian(Quantiser::Whole, *symbol, scale_of(level)).max(1e-9).log2();
                bits.1 -= count * (count / total).log2();
            }
        }
        bits
    }
}

/// How often each symbol of hyper-latents occurred at each level and fraction of the mean.
pub(super) struct HyperCounts(Vec<[Histogram; FRACTIONS]>);

impl HyperCounts {
    pub(super) fn new() -> Self {
        Self(vec![Default::default(); HYPER_LEVELS])
    }

    pub(super) fn see(&mut self, seen: &[ObservedHyper]) {
        for element in seen {
            let fractions = self.0.get_mut(usize::from(element.scale));
            if let Some(histogram) = fractions.and_then(|all| all.get_mut(usize::from(element.fraction))) {
                histogram.add(i32::from(element.symbol));
            }
        }
    }

    /// The tables of a context of hyper-latents.
    pub(super) fn tables(&self) -> Result<Vec<[CdfTable; FRACTIONS]>> {
        let levels = self.0.iter().enumerate();
        let tables = levels.flat_map(|(level, fractions)| {
            let fractions = fractions.iter().enumerate();
            fractions.map(move |(fraction, counted)| hyper_table(level, fraction, counted))
        });
        let tables: Vec<CdfTable> = tables.collect::<Result<_>>()?;
        Ok(tables.as_chunks().0.to_vec())
    }
}

fn hyper_table(level: usize, fraction: usize, counted: &Histogram) -> Result<CdfTable> {
    let edge = (scale_of(level) * SUPPORT).ceil() as i32 + 2;
    let mean = fraction as f64 / 16.0;
    let weight = |symbol: i32| counted.get(symbol) + PRIOR_COUNT * hyper_mass(f64::from(symbol) - mean, level);
    table(-edge, edge, weight, counted.outside(-edge, edge) + 0.1)
}

/// The mass of a hyper-latent at a distance from its mean, before anything was counted: a logistic with a tail.
pub(super) fn hyper_mass(distance: f64, level: usize) -> f64 {
    let (scale, distance) = (scale_of(level), distance.abs());
    // A logistic of this width is nearest to the Gaussian of the scale.
    let above = |x: f64| 1.0 / (1.0 + (1.702 * x / scale).exp());
    let tail = (-distance / (scale + 1.0)).exp() / (2.0 * scale + 2.0);
    (1.0 - TAIL) * (above(distance - 0.5) - above(distance + 0.5)) + TAIL * tail
}

/// The tables that a trellis has before anything was counted.
pub(crate) fn trellis_tables() -> Result<Vec<[CdfTable; 2]>> {
    Counts::new(1).trellis_tables()
}

/// Tables of a model before anything was counted: Gaussians, and wide ones for z.
pub(super) fn initial(z_channels: usize) -> Result<Tables> {
    Ok(Tables {
        skip_below: 0,
        ..Counts::new(z_channels).tables()?
    })
}

fn level_table(level: usize, quantiser: Quantiser, counted: &Histogram) -> Result<CdfTable> {
    let scale = scale_of(level);
    let edge = ((scale * SUPPORT).ceil() as i32 + 1).min(SUPPORT_MAX);
    let expected = |symbol: i32| {
        let tail = (-f64::from(symbol.abs()) / (scale + 1.0)).exp() / (2.0 * scale + 2.0);
        (1.0 - TAIL) * gaussian(quantiser, symbol, scale) + TAIL * tail
    };
    // Both signs are equally likely, so each counts for the other.
    let seen = |symbol: i32| 0.5 * (counted.get(symbol) + counted.get(-symbol));
    table(
        -edge,
        edge,
        |symbol| seen(symbol) + PRIOR_COUNT * expected(symbol),
        counted.outside(-edge, edge) + 0.1,
    )
}

fn z_table(counted: &Histogram) -> Result<CdfTable> {
    let total = counted.total();
    let (mean, scale) = if total > 0.0 {
        let mean = counted.0.iter().map(|(z, count)| f64::from(*z) * count).sum::<f64>() / total;
        let square = counted
            .0
            .iter()
            .map(|(z, count)| (f64::from(*z) - mean).powi(2) * count)
            .sum::<f64>();
        (mean, (square / total).sqrt().max(0.2))
    } else {
        (0.0, 8.0)
    };
    let reach = ((scale * SUPPORT).ceil() as i32 + 2).min(255);
    let centre = mean.round() as i32;
    let expected = |z: i32| {
        let z = f64::from(z) - mean;
        0.9 * mass(z - 0.5, z + 0.5, scale) + 0.1 * (-z.abs() / scale).exp() / (2.0 * scale)
    };
    let (low, high) = (centre - reach, centre + reach);
    let weight = |z: i32| counted.get(z) + 0.1 * PRIOR_COUNT * expected(z);
    table(low, high, weight, counted.outside(low, high) + 0.1)
}

/// The mass of a Gaussian around zero where no other point of the quantiser is nearer than that of `symbol`.
fn gaussian(quantiser: Quantiser, symbol: i32, scale: f64) -> f64 {
    let [before, own, behind] = [symbol - 1, symbol, symbol + 1].map(|symbol| f64::from(quantiser.point(symbol)));
    mass(0.25 * (before + own), 0.25 * (own + behind), scale)
}

/// The mass of a Gaussian around zero on an interval.
pub(super) fn mass(low: f64, high: f64, scale: f64) -> f64 {
    // The error function does not cancel on the right.
    if low + high < 0.0 {
        return mass(-high, -low, scale);
    }
    let above = |x: f64| erfc(x / scale * std::f64::consts::FRAC_1_SQRT_2);
    0.5 * (above(low) - above(high))
}

/// The complementary error function, relative error below 1.2e-7.
///
/// Source: Press et al., "Numerical Recipes", section 6.2 (Chebyshev fit).
fn erfc(x: f64) -> f64 {
    const FIT: [f64; 10] = [
        -1.26551223,
        1.00002368,
        0.37409196,
        0.09678418,
        -0.18628806,
        0.27886807,
        -1.13520398,
        1.48851587,
        -0.82215223,
        0.17087277,
    ];
    let t = 1.0 / (1.0 + 0.5 * x.abs());
    let exponent = FIT.iter().rev().fold(0.0, |sum, factor| sum * t + factor);
    let tail = t * (exponent - x * x).exp();
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// The table of `low..=high` and an escape with these weights.
fn table(low: i32, high: i32, weight: impl Fn(i32) -> f64, escape: f64) -> Result<CdfTable> {
    let weights: Vec<f64> = (low..=high).map(weight).chain([escape]).collect();
    let sum: f64 = weights.iter().sum();
    let room = f64::from(TOTAL) - weights.len() as f64;
    let mut freqs: Vec<u32> = weights.iter().map(|weight| 1 + (weight / sum * room) as u32).collect();
    // What rounding left over goes to the most likely symbol.
    let rest = TOTAL - freqs.iter().sum::<u32>();
    if let Some(largest) = freqs.iter_mut().max() {
        *largest += rest;
    }
    Ok(CdfTable::new(low, &freqs)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erfc_has_its_known_values() {
        for (x, expected) in [
            (0.0, 1.0),
            (0.5, 0.4795001),
            (1.0, 0.1572992),
            (3.0, 2.20905e-5),
            (-1.0, 1.8427008),
        ] {
            assert!((erfc(x) / expected - 1.0).abs() < 1e-6, "{x}: {}", erfc(x));
        }
    }

    #[test]
    fn the_lut_rises_through_all_levels() {
        let (lut, first) = scale_lut();
        assert_eq!(first, -128);
        assert!(lut.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!((lut[0], lut[lut.len() - 1]), (0, 63));
    }

    #[test]
    fn counts_move_tables() {
        let mut counts = Counts::new(1);
        let seen = |scale, symbol, quantiser| Observed {
            scale,
            symbol,
            quantiser,
        };
        counts.see(&[seen(20, 3, Some(Quantiser::Between)); 4000]);
        counts.see(&[seen(0, 0, None); 10]);
        counts.see_hyper(&[7; 4000]);
        let (tables, trellis) = (counts.tables().unwrap(), counts.trellis_tables().unwrap());
        let (before, trellis_before) = (initial(1).unwrap(), trellis_tables().unwrap());
        let mass = |table: &CdfTable, symbol| u32::from(table.slot(symbol).unwrap().size.get());
        assert!(mass(&trellis[20][1], 3) > 4 * mass(&trellis_before[20][1], 3));
        // What rounding leaves over goes to one of the two.
        assert!(mass(&trellis[20][1], 3).abs_diff(mass(&trellis[20][1], -3)) < 64);
        assert_eq!(
            (&tables.scale[20], &trellis[20][0]),
            (&before.scale[20], &trellis_before[20][0])
        );
        assert!(mass(&tables.z[0], 7) > TOTAL / 2);
        assert_eq!((before.skip_below, tables.skip_below), (0, 1));
    }
}
