//! Gradients through motion compensation: its transpose.
//!
//! Compensation is linear in the reference but for rounding and clamping, which gradients pass unchanged. Training
//! alone needs this, so it is in floating point.

use lmc_codec::codecs::video::motion::{
    CELL, PHASES, TAP_COUNT, TAP_UNIT, TAPS, Vector, VectorField, WINDOW, WINDOW_UNIT,
};

/// Squares between cells begin half a cell before them.
const HALF: isize = (CELL / 2) as isize;
/// Taps before a sample.
const BEFORE: isize = 3;
/// Side of the samples that a square comes from.
const SUPPORT: usize = CELL + TAP_COUNT - 1;

/// Adds to the gradients of a reference, `height` rows of `width`, what follows from those of its prediction.
pub(crate) fn compensate_adjoint(prediction: &[f32], field: &VectorField, [width, height]: [usize; 2]) -> Vec<f32> {
    let mut reference = vec![0.0; width * height];
    let taps = TAPS.map(|taps| taps.map(|tap| f32::from(tap) / f32::from(TAP_UNIT)));
    let plane = Plane { width, height, taps };
    for row in 0..=field.rows as isize {
        for column in 0..=field.columns as isize {
            let square = plane.square(prediction, [column, row]);
            for (vector, weights) in corners(field, [column, row]) {
                let part: Vec<f32> = square
                    .iter()
                    .zip(weights)
                    .map(|(value, weight)| value * weight)
                    .collect();
                plane.spread(&mut reference, &part, [column, row], vector);
            }
        }
    }
    reference
}

/// The vectors around a square, each once, and their weights for each sample.
fn corners(field: &VectorField, [column, row]: [isize; 2]) -> Vec<(Vector, [f32; CELL * CELL])> {
    let rising = |far: bool, at: usize| {
        let weight = if far { WINDOW[at] } else { WINDOW_UNIT - WINDOW[at] };
        f32::from(weight) / f32::from(WINDOW_UNIT)
    };
    let mut corners: Vec<(Vector, [f32; CELL * CELL])> = Vec::new();
    for (lower, right) in [(false, false), (false, true), (true, false), (true, true)] {
        let before = |far: bool| if far { 0 } else { 1 };
        let vector = field.nearest(column - before(right), row - before(lower));
        let weight = |at: usize| rising(lower, at / CELL) * rising(right, at % CELL);
        match corners.iter_mut().find(|(known, _)| *known == vector) {
            Some((_, weights)) => weights.iter_mut().enumerate().for_each(|(at, sum)| *sum += weight(at)),
            None => corners.push((vector, std::array::from_fn(weight))),
        }
    }
    corners
}

struct Plane {
    width: usize,
    height: usize,
    taps: [[f32; TAP_COUNT]; PHASES],
}

impl Plane {
    fn at(&self, x: isize, y: isize) -> Option<usize> {
        let inside = x >= 0 && y >= 0 && x < self.width as isize && y < self.height as isize;
        inside.then(|| y as usize * self.width + x as usize)
    }

    /// The samples of a square, zero outside of the plane.
    fn square(&self, samples: &[f32], [column, row]: [isize; 2]) -> [f32; CELL * CELL] {
        let (left, top) = (column * CELL as isize - HALF, row * CELL as isize - HALF);
        std::array::from_fn(|at| {
            let place = self.at(left + (at % CELL) as isize, top + (at / CELL) as isize);
            place.map_or(0.0, |place| samples[place])
        })
    }

    /// Adds to the reference what a square of gradients comes to by a vector.
    fn spread(&self, reference: &mut [f32], part: &[f32], [column, row]: [isize; 2], vector: Vector) {
        let quarters = |at: isize, by: i16| 4 * (at * CELL as isize - HALF) + isize::from(by);
        let (x, y) = (quarters(column, vector.x), quarters(row, vector.y));
        let (along, down) = (&self.taps[(x & 3) as usize], &self.taps[(y & 3) as usize]);
        let mut tall = [[0.0f32; CELL]; SUPPORT];
        for (at, line) in part.chunks_exact(CELL).enumerate() {
            for (to, tap) in tall[at..].iter_mut().zip(down) {
                to.iter_mut().zip(line).for_each(|(to, value)| *to += tap * value);
            }
        }
        let (left, top) = ((x >> 2) - BEFORE, (y >> 2) - BEFORE);
        for (line, y) in tall.iter().zip(top..) {
            let mut wide = [0.0f32; SUPPORT];
            for (at, value) in line.iter().enumerate() {
                wide[at..]
                    .iter_mut()
                    .zip(along)
                    .for_each(|(to, tap)| *to += tap * value);
            }
            let y = y.clamp(0, self.height as isize - 1) as usize;
            for (value, x) in wide.iter().zip(left..) {
                reference[y * self.width + x.clamp(0, self.width as isize - 1) as usize] += value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use lmc_codec::codecs::video::motion::{self, compensate_plane};

    use super::*;

    #[test]
    fn it_is_the_transpose() {
        let (width, height) = (44, 27);
        let random = |at: usize, by: usize| (at * by % 1_009) as i16;
        let samples = (0..width * height).map(|at| 1_500 + random(at, 641)).collect();
        let reference = motion::Plane::new(width, height, samples).unwrap();
        let mut field = VectorField::still(width, height);
        for (at, vector) in field.vectors.iter_mut().enumerate() {
            *vector = Vector {
                x: random(at / 2, 37) % 90 - 45,
                y: random(at, 53) % 60 - 30,
            };
        }
        let weights: Vec<f32> = (0..width * height)
            .map(|at| f32::from(random(at, 271)) / 1_009.0)
            .collect();
        let predicted = compensate_plane(&reference, &field).unwrap();
        let product = |samples: &[i16], weights: &[f32]| -> f64 {
            let pairs = samples.iter().zip(weights);
            pairs
                .map(|(sample, weight)| f64::from(*sample) * f64::from(*weight))
                .sum()
        };
        let forward = product(&predicted.data, &weights);
        let backward = product(&reference.data, &compensate_adjoint(&weights, &field, [width, height]));
        assert!((forward / backward - 1.0).abs() < 1e-4, "{forward}, {backward}");
    }
}
