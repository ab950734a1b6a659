//! Predictions of a sample from its neighbours in its own plane and in the planes before it.

use super::lms::Lms;
use super::method::Method;
use super::plane::Plane;
use super::recursive::Recursive;

/// Neighbours in the own plane, as rows and columns away, about the nearest first.
const OWN: [(isize, isize); 18] = [
    (0, -1),
    (-1, 0),
    (-1, -1),
    (-1, 1),
    (0, -2),
    (-2, 0),
    (-2, 1),
    (-2, -1),
    (-1, -2),
    (-1, 2),
    (-2, 2),
    (-2, -2),
    (0, -3),
    (-3, 0),
    (-1, 3),
    (-1, -3),
    (-3, 1),
    (-3, -1),
];
/// [`Method::Plain`] looks at the first ones alone.
const OWN_PLAIN: usize = 12;
/// Neighbours in a plane that is known already, on all sides.
pub(super) const OTHER: [(isize, isize); 11] = [
    (0, 0),
    (0, -1),
    (-1, 0),
    (0, 1),
    (1, 0),
    (-1, -1),
    (-1, 1),
    (1, -1),
    (1, 1),
    (0, 2),
    (2, 0),
];
/// Planes before the own that are looked at.
pub(super) const BEFORE: usize = 2;
/// The most inputs of a linear prediction.
pub(super) const MAX_INPUTS: usize = OWN.len() + BEFORE * OTHER.len();
/// The most predictions.
pub(super) const COUNT: usize = 6;
/// Of the linear predictions, one follows slowly and one fast.
const RATES: [i64; 2] = [12, 120];

/// The predictions of one sample, and the state that learns from it.
#[derive(Debug, Clone)]
pub(super) struct Predictions {
    /// In sixteenths of a sample step: slow, fast, median, smooth, north, and the recursive one, which not all methods
    /// have.
    pub(super) values: [i32; COUNT],
    inputs: [i32; MAX_INPUTS],
    power: i64,
}

/// Predicts the samples of a plane in raster order.
#[derive(Debug)]
pub(super) struct Linear {
    models: [Lms; 2],
    recursive: Option<Recursive>,
    own: &'static [(isize, isize)],
}

impl Linear {
    /// For a plane of samples of `0..=max` behind `before` known ones, at most [`BEFORE`].
    pub(super) fn new(before: usize, max: i32, method: Method) -> Self {
        let own = match method {
            Method::Plain => &OWN[..OWN_PLAIN],
            Method::Recursive => &OWN,
        };
        let mut start = vec![0; own.len() + before * OTHER.len()];
        match before {
            // A plane through the neighbours.
            0 => start[..4].copy_from_slice(&[4, 4, -8, 4]),
            // As the plane before changes here.
            _ => start[own.len()] = 16,
        }
        Self {
            models: RATES.map(|rate| Lms::new(&start, rate)),
            recursive: (method == Method::Recursive).then(|| Recursive::new(&start, max)),
            own,
        }
    }

    /// Predicts the sample of the plane `own`.
    #[inline(always)]
    pub(super) fn predict(&self, own: &Plane, before: &[Plane], at: usize) -> Predictions {
        let mut inputs = [0; MAX_INPUTS];
        let base = differences(own, self.own, at, &mut inputs);
        let mut count = self.own.len();
        for plane in before {
            differences(plane, &OTHER, at, &mut inputs[count..]);
            count += OTHER.len();
        }
        let [slow, fast] = [0, 1].map(|i| 16 * base + self.models[i].predict(&inputs[..count]));
        let [median, smooth, north] = fixed(own, before.last(), at);
        let recursive = self.recursive.as_ref();
        let recursive = recursive.map_or(0, |model| 16 * base + model.predict(&inputs));
        let squares = inputs[..count].iter().map(|&x| i64::from(x) * i64::from(x));
        Predictions {
            values: [slow, fast, median, smooth, north, recursive],
            power: squares.sum(),
            inputs,
        }
    }

    /// Learns from the sample that was predicted.
    #[inline(always)]
    pub(super) fn learn(&mut self, told: &Predictions, sample: i32) {
        for (model, value) in self.models.iter_mut().zip(told.values) {
            model.learn(&told.inputs, 16 * sample - value, told.power);
        }
        if let Some(model) = &mut self.recursive {
            model.learn(&told.inputs, 16 * sample - told.values[COUNT - 1]);
        }
    }
}

/// Neighbours less the mean of those to the west and north, which is returned.
#[inline(always)]
fn differences(plane: &Plane, places: &[(isize, isize)], at: usize, inputs: &mut [i32]) -> i32 {
    let base = (plane.near(at, 0, -1) + plane.near(at, -1, 0)) >> 1;
    for (input, &(dy, dx)) in inputs.iter_mut().zip(places) {
        *input = plane.near(at, dy, dx) - base;
    }
    base
}

/// The median edge detector (Weinberger, Seroussi, Sapiro 2000), a smooth mean and the sample to the north, of the
/// difference to the plane before if there is one; in sixteenths.
#[inline(always)]
fn fixed(own: &Plane, other: Option<&Plane>, at: usize) -> [i32; 3] {
    let of = |dy, dx| other.map_or(0, |plane| plane.near(at, dy, dx));
    let near = |dy, dx| own.near(at, dy, dx) - of(dy, dx);
    let (w, n, nw, ne) = (near(0, -1), near(-1, 0), near(-1, -1), near(-1, 1));
    let median = (w + n - nw).clamp(w.min(n), w.max(n));
    let smooth = 8 * (w + n) + 4 * (ne - nw);
    [16 * median, smooth, 16 * n].map(|value| 16 * of(0, 0) + value)
}
