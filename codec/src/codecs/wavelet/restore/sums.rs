//! Sums over pixels from which the best filters follow.

use rayon::prelude::*;

use super::features::{Band, Features, MOST, RUN, Run, UNITS};
use super::features_of;
use crate::media::image::{Color, Image};

/// Rows that are summed at a time.
const ROWS: usize = 32;

/// A feature of a run of pixels in 8-bit steps.
type Floats = [f32; RUN];

/// Sums over all pixels of some pictures.
#[derive(Clone)]
pub(super) struct Sums {
    pub(super) features: usize,
    /// Products of features with each other: a matrix whose lower half is empty.
    products: Vec<f64>,
    /// Products of features with the errors of each channel.
    targets: Vec<f64>,
    /// Squared errors of each channel.
    pub(super) errors: Vec<f64>,
}

impl Sums {
    /// Sums over nothing.
    pub(super) fn new(color: Color) -> Self {
        let (features, channels) = (features_of(color), color.channels());
        Self {
            features,
            products: vec![0.0; features * features],
            targets: vec![0.0; features * channels],
            errors: vec![0.0; channels],
        }
    }

    /// Sums over a decoded picture, where differences are cut off at `most` 16ths of an 8-bit step.
    pub(super) fn of(original: &Image, decoded: &Image, most: i16) -> Self {
        let zero = || Self::new(decoded.color());
        let bands = bands(original, decoded).map(|(wanted, given, rows)| {
            let mut sums = zero();
            let mut features: Features = [[0; RUN]; MOST];
            let mut floats = [[1.0; RUN]; MOST];
            let last = sums.features - 1;
            for row in 0..rows {
                for (left, count) in given.runs() {
                    given.features(row, left, most, &mut features);
                    for (to, from) in floats[..last].iter_mut().zip(&features) {
                        *to = in_steps(from);
                    }
                    floats[last] = [1.0; RUN];
                    sums.add([&wanted, &given], (row, left, count), &mut floats);
                }
            }
            sums
        });
        bands.reduce(zero, |sums, other| sums.plus(&other, 1.0))
    }

    fn add(&mut self, bands: [&Band; 2], (row, left, count): (usize, usize, usize), features: &mut [Floats; MOST]) {
        let features = &mut features[..self.features];
        features.iter_mut().for_each(|feature| feature[count..].fill(0.0));
        for a in 0..self.features {
            for b in a..self.features {
                self.products[a * self.features + b] += dot(&features[a], &features[b]);
            }
        }
        for (channel, total) in self.errors.iter_mut().enumerate() {
            let [wanted, given] = bands.map(|band| band.values(row, left, channel));
            let error = difference(wanted, given, count);
            *total += dot(&error, &error);
            let targets = &mut self.targets[channel * self.features..];
            targets
                .iter_mut()
                .zip(&*features)
                .for_each(|(target, feature)| *target += dot(feature, &error));
        }
    }

    /// With `share` of other sums added.
    pub(super) fn plus(mut self, other: &Self, share: f64) -> Self {
        let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += share * b);
        add(&mut self.products, &other.products);
        add(&mut self.targets, &other.targets);
        add(&mut self.errors, &other.errors);
        self
    }

    pub(super) fn product(&self, a: usize, b: usize) -> f64 {
        self.products[a.min(b) * self.features + a.max(b)]
    }

    /// Products of all features with the errors of a channel.
    pub(super) fn targets(&self, channel: usize) -> &[f64] {
        &self.targets[channel * self.features..(channel + 1) * self.features]
    }

    /// The squared error of a channel that these weights leave.
    pub(super) fn left(&self, channel: usize, weights: &[f64]) -> f64 {
        let gains = weights.iter().zip(self.targets(channel)).enumerate();
        let gains = gains.map(|(a, (weight, target))| {
            let others = weights.iter().enumerate().map(|(b, other)| self.product(a, b) * other);
            weight * (2.0 * target - others.sum::<f64>())
        });
        self.errors[channel] - gains.sum::<f64>()
    }
}

/// The squared errors of all samples.
pub(crate) fn squared_error(original: &Image, decoded: &Image) -> f64 {
    let bands = bands(original, decoded).map(|(wanted, given, rows)| {
        let channels = decoded.color().channels();
        let places = (0..rows).flat_map(|row| wanted.runs().map(move |run| (row, run)));
        let errors = places.flat_map(|(row, (left, count))| {
            let [wanted, given] = [&wanted, &given];
            (0..channels).map(move |channel| {
                let [wanted, given] = [wanted, given].map(|band| band.values(row, left, channel));
                difference(wanted, given, count)
            })
        });
        errors.map(|error| dot(&error, &error)).sum::<f64>()
    });
    bands.sum()
}

/// The number of rows of a band.
fn bands<'a>(original: &'a Image, decoded: &'a Image) -> impl ParallelIterator<Item = (Band, Band, usize)> + use<'a> {
    let height = decoded.height() as usize;
    (0..height).into_par_iter().step_by(ROWS).map(move |top| {
        let rows = ROWS.min(height - top);
        (Band::new(original, top, rows), Band::new(decoded, top, rows), rows)
    })
}

/// Values in 8-bit steps.
fn in_steps(values: &Run) -> Floats {
    values.map(|value| f32::from(value) / f32::from(UNITS))
}

fn difference(wanted: &Run, given: &Run, count: usize) -> Floats {
    let difference = |x: usize| if x < count { wanted[x] - given[x] } else { 0 };
    in_steps(&std::array::from_fn(difference))
}

fn dot(a: &Floats, b: &Floats) -> f64 {
    const LANES: usize = 16;
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    f64::from(sums.iter().sum::<f32>())
}
