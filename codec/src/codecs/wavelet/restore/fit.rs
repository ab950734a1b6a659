//! The encoder's side: filters that bring decoded pictures nearest to their originals.

use super::coded::{CodedFilter, LARGEST, most};
use super::features::{UNITS, WHITE, step};
use super::sums::{Sums, squared_error};
use super::{CODED_BITS, MOST_BITS, MOST_OFFSET, MOST_WEIGHT, features_of};
use crate::codecs::wavelet::synthesis::FilterSpec;
use crate::media::image::{Color, Image};

/// The filter of least squared error for what decoders make of a picture without it, if it is worth its bits. `bit` is the squared error,
/// of all samples in 8-bit steps, that a bit is worth.
/// It cuts off differences at `threshold` times the root of the mean squared error.
pub(crate) fn fit(original: &Image, decoded: &Image, threshold: f64, bit: f64) -> Option<CodedFilter> {
    let color = decoded.color();
    let before = squared_error(original, decoded);
    let root = (before / decoded.samples().len() as f64).sqrt();
    let threshold = (4.0 * root * threshold).round().clamp(1.0, 255.0) as u8;
    let sums = Sums::of(original, decoded, most(threshold));
    let mut filter = CodedFilter {
        color,
        threshold,
        coefficients: Vec::new(),
    };
    let steps = |feature| f64::from(step(feature, color));
    // What bits a coefficient takes depends on all others, so those of the first time count in the second.
    for price in [0.0, bit] {
        let bits = filter.lengths();
        let price = |feature, value| price * f64::from(bits(feature, value));
        let channels = (0..color.channels()).flat_map(|channel| rounded(&sums, channel, steps, price));
        filter.coefficients = channels.collect();
    }
    let after: f64 = (0..color.channels())
        .zip(filter.coefficients.chunks(sums.features))
        .map(|(channel, found)| {
            let weights = found.iter().enumerate();
            let weights: Vec<f64> = weights.map(|(at, value)| f64::from(*value) * steps(at)).collect();
            sums.left(channel, &weights)
        })
        .sum();
    let pays = before - after > 8.0 * bit * filter.stream_bytes() as f64;
    (pays && filter.filter().is_some()).then_some(filter)
}

/// The filter for all pictures at one quality, from originals in RGB and what decoders make of them without a filter. Each pair counts by how
/// much smaller its errors get, whatever they are.
///
/// Returns where differences are cut off, in 8-bit steps, then for each channel the weights of all features, the last of which is
/// added; nothing without pictures. [`SynthesisSpec::with_filters`](crate::codecs::wavelet::SynthesisSpec::with_filters) takes them.
pub fn fit_for_all(pairs: &[(Image, Image)]) -> Option<Vec<f64>> {
    let mean = |(original, decoded): &(Image, Image)| {
        squared_error(original, decoded).max(1e-3) / decoded.samples().len() as f64
    };
    let logs: f64 = pairs.iter().map(|pair| mean(pair).ln()).sum();
    let root = (0.5 * logs / pairs.len().max(1) as f64).exp();
    let most = (root * f64::from(UNITS)).round().clamp(0.0, f64::from(WHITE)) as i16;
    let sums = pairs.iter().fold(Sums::new(Color::Rgb), |sums, pair| {
        let (original, decoded) = pair;
        let share = (mean(pair) * decoded.samples().len() as f64).recip();
        sums.plus(&Sums::of(original, decoded, most), share)
    });
    let all: Vec<usize> = (0..features_of(Color::Rgb)).collect();
    let channels = (0..3).flat_map(|channel| solve(&sums, &all, sums.targets(channel), 1e-9));
    let most = f64::from(most) / f64::from(UNITS);
    (!pairs.is_empty()).then(|| [most].into_iter().chain(channels).collect())
}

/// Filters of a model in integers, and the fractional bits of their weights: as many as the strongest one allows. Each is what
/// [`fit_for_all`] returns.
pub(crate) fn rounded_filters(filters: &[Vec<f64>]) -> (u32, Vec<FilterSpec>) {
    let features = features_of(Color::Rgb);
    let channels = |filter: &Vec<f64>| {
        filter
            .get(1..)
            .unwrap_or_default()
            .chunks(features)
            .map(<[f64]>::to_vec)
            .collect::<Vec<_>>()
    };
    let strength = |weights: &Vec<f64>| {
        weights
            .iter()
            .take(features - 1)
            .map(|weight| weight.abs())
            .sum::<f64>()
    };
    let strongest = filters
        .iter()
        .flat_map(channels)
        .map(|channel| strength(&channel))
        .fold(0.0, f64::max);
    let room = f64::from(MOST_WEIGHT) - features as f64;
    let fits = |bits: &u32| strongest * f64::from(1 << bits) <= room;
    let bits = (CODED_BITS..=MOST_BITS).rev().find(fits).unwrap_or(CODED_BITS);
    let one = f64::from(1 << bits);
    let rounded = |filter: &Vec<f64>| {
        let threshold = filter.first().map_or(0.0, |most| most * f64::from(UNITS));
        let mut spec = FilterSpec {
            threshold: threshold.round().clamp(0.0, f64::from(WHITE)) as i16,
            ..FilterSpec::default()
        };
        let parts = spec.weights.iter_mut().zip(&mut spec.offsets);
        for ((weights, offset), channel) in parts.zip(channels(filter)) {
            let (last, others) = channel.split_last().unwrap_or((&0.0, &[]));
            // Filters that are too strong, which no training gave yet, are made weaker.
            let factor = one.min(room / strength(&channel).max(f64::MIN_POSITIVE));
            *weights = others.iter().map(|weight| (weight * factor).round() as i16).collect();
            let most = f64::from(MOST_OFFSET);
            *offset = (last * one * f64::from(UNITS)).round().clamp(-most, most) as i32;
        }
        spec
    };
    (bits, filters.iter().map(rounded).collect())
}

/// The best coefficients in whole steps: one after the other is rounded, the one that matters most first, and those that are left are
/// solved for anew. `price` is the squared error that the bits of a feature's coefficient are worth.
fn rounded(sums: &Sums, channel: usize, step: impl Fn(usize) -> f64, price: impl Fn(usize, i32) -> f64) -> Vec<i32> {
    let mut found = vec![0; sums.features];
    let mut free: Vec<usize> = (0..sums.features).collect();
    free.sort_by(|&a, &b| {
        let weight = |at: usize| sums.product(at, at) * step(at).powi(2);
        weight(b).total_cmp(&weight(a))
    });
    let mut targets = sums.targets(channel).to_vec();
    while let Some(&at) = free.first() {
        let first = |targets: &[f64]| solve(sums, &free, targets, 1.0).first().copied().unwrap_or(0.0);
        let exact = (first(&targets) / step(at)).clamp(f64::from(-LARGEST), f64::from(LARGEST));
        // What it costs to be a step away from there, all others doing their best.
        let mut unit = vec![0.0; targets.len()];
        unit[at] = 1.0;
        let curvature = step(at).powi(2) / first(&unit);
        let loss = |value: &i32| curvature * (f64::from(*value) - exact).powi(2) + price(at, *value);
        let candidates = [exact.floor(), exact.ceil(), 0.0].map(|value| value as i32);
        let best = candidates.into_iter().min_by(|a, b| loss(a).total_cmp(&loss(b)));
        found[at] = best.unwrap_or_default();
        let whole = f64::from(found[at]);
        free.remove(0);
        for &other in &free {
            targets[other] -= sums.product(at, other) * whole * step(at);
        }
    }
    found
}

/// The weights of the features in `free` that leave the least error, in their order, with `ridge` times their squares.
fn solve(sums: &Sums, free: &[usize], targets: &[f64], ridge: f64) -> Vec<f64> {
    let n = free.len();
    let row = |&a: &usize| {
        let products = free
            .iter()
            .map(|&b| sums.product(a, b) + if a == b { ridge } else { 0.0 });
        products.chain([targets[a]]).collect()
    };
    let mut rows: Vec<Vec<f64>> = free.iter().map(row).collect();
    // The matrix is positive definite, so elimination needs no exchange of rows.
    for pivot in 0..n {
        let (done, below) = rows.split_at_mut(pivot + 1);
        let Some(top) = done.last() else { break };
        for row in below {
            let factor = row[pivot] / top[pivot];
            let values = row.iter_mut().zip(top).skip(pivot);
            values.for_each(|(value, top)| *value -= factor * top);
        }
    }
    let mut weights = vec![0.0; n];
    for at in (0..n).rev() {
        let known: f64 = (at + 1..n).map(|other| rows[at][other] * weights[other]).sum();
        weights[at] = (rows[at][n] - known) / rows[at][at];
    }
    weights
}
