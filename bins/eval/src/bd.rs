//! Bjøntegaard differences between curves.
//!
//! The logarithm of the rate is interpolated as a function of quality (and the reverse for [`bd_quality`]) by monotone
//! piecewise cubics, and the difference averaged over what both curves cover. Nothing is extrapolated.

use std::fmt;

use crate::cubic::Cubic;

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Bits per unit; above 0.
    pub rate: f64,
    /// What rises with better quality.
    pub quality: f64,
}

/// The share of the narrower range that both curves must cover.
pub const LEAST_OVERLAP: f64 = 0.25;
/// The points that a curve must have.
pub const LEAST_POINTS: usize = 4;

/// Why two curves are not compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// A curve has too few points of different quality.
    FewPoints(usize),
    /// The curves share too little: the share of the narrower range.
    Overlap(f64),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FewPoints(points) => write!(f, "a curve has {points} points, and {LEAST_POINTS} are needed"),
            Self::Overlap(share) => write!(
                f,
                "the curves share {:.0}% of the narrower range, and {:.0}% are needed",
                share * 100.0,
                LEAST_OVERLAP * 100.0
            ),
        }
    }
}

impl std::error::Error for Refusal {}

/// How much more rate `test` takes for the same quality, in percent; below 0 where it saves.
///
/// # Errors
/// [`Refusal`] for curves of too few points or too small an overlap.
pub fn bd_rate(reference: &[Point], test: &[Point]) -> Result<f64, Refusal> {
    let axes = |point: &Point| (point.quality, point.rate.ln());
    let difference = mean_difference(&axis(reference, axes), &axis(test, axes))?;
    Ok((difference.exp() - 1.0) * 100.0)
}

/// How much better `test` is at the same rate, in the unit of quality.
///
/// # Errors
/// As [`bd_rate`].
pub fn bd_quality(reference: &[Point], test: &[Point]) -> Result<f64, Refusal> {
    let axes = |point: &Point| (point.rate.ln(), point.quality);
    mean_difference(&axis(reference, axes), &axis(test, axes))
}

/// Points in the order of the first coordinate, without those that are not numbers; of equal ones the first stays.
fn axis(points: &[Point], axes: impl Fn(&Point) -> (f64, f64)) -> Vec<(f64, f64)> {
    let mut pairs: Vec<(f64, f64)> = points.iter().map(axes).collect();
    pairs.retain(|(x, y)| x.is_finite() && y.is_finite());
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    pairs.dedup_by(|b, a| a.0 == b.0);
    pairs
}

fn mean_difference(reference: &[(f64, f64)], test: &[(f64, f64)]) -> Result<f64, Refusal> {
    let fewest = reference.len().min(test.len());
    if fewest < LEAST_POINTS {
        return Err(Refusal::FewPoints(fewest));
    }
    let range = |curve: &[(f64, f64)]| (curve[0].0, curve[curve.len() - 1].0);
    let (r, t) = (range(reference), range(test));
    let (from, to) = (r.0.max(t.0), r.1.min(t.1));
    let share = ((to - from) / (r.1 - r.0).min(t.1 - t.0)).max(0.0);
    if share < LEAST_OVERLAP {
        return Err(Refusal::Overlap(share));
    }
    let cubic = |curve: &[(f64, f64)]| {
        let (x, y) = curve.iter().copied().unzip();
        Cubic::new(x, y).ok_or(Refusal::FewPoints(fewest))
    };
    let difference = cubic(test)?.integral(from, to) - cubic(reference)?.integral(from, to);
    Ok(difference / (to - from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(factor: f64, shift: f64, points: i32) -> Vec<Point> {
        let point = |i: i32| Point {
            rate: factor * 0.1 * 1.7f64.powi(i),
            quality: 26.0 + 2.5 * f64::from(i) + shift,
        };
        (0..points).map(point).collect()
    }

    #[test]
    fn known_differences_are_found() {
        let reference = curve(1.0, 0.0, 7);
        assert!((bd_rate(&reference, &curve(1.3, 0.0, 7)).unwrap() - 30.0).abs() < 1e-9);
        assert!((bd_quality(&reference, &curve(1.0, 0.7, 7)).unwrap() - 0.7).abs() < 1e-9);
        let mut reversed = reference.clone();
        reversed.reverse();
        assert!(bd_rate(&reference, &reversed).unwrap().abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let reference = curve(1.0, 0.0, 5);
        assert_eq!(bd_rate(&reference, &curve(1.0, 0.0, 2)), Err(Refusal::FewPoints(2)));
        assert_eq!(bd_rate(&reference, &[]), Err(Refusal::FewPoints(0)));
        assert_eq!(bd_rate(&reference, &curve(1.0, 30.0, 5)), Err(Refusal::Overlap(0.0)));
        let little = bd_rate(&reference, &curve(1.0, 9.0, 5));
        assert!(matches!(little, Err(Refusal::Overlap(share)) if share > 0.0 && share < LEAST_OVERLAP));
        let flat = [Point {
            rate: 0.1,
            quality: 30.0,
        }; 4];
        assert_eq!(bd_rate(&reference, &flat), Err(Refusal::FewPoints(1)));
        let lossless = [Point {
            rate: 3.0,
            quality: f64::INFINITY,
        }; 4];
        assert_eq!(bd_rate(&reference, &lossless), Err(Refusal::FewPoints(0)));
    }
}
