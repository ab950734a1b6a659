//! Piecewise cubic Hermite interpolation that keeps monotone data monotone.

/// The interpolant of Fritsch and Butland, "A method for constructing local monotone piecewise cubic interpolants" (1984),
/// with the slopes at the ends of Moler's `pchip`; what SciPy and MATLAB call PCHIP.
#[derive(Debug, Clone)]
pub(crate) struct Cubic {
    x: Vec<f64>,
    y: Vec<f64>,
    slope: Vec<f64>,
}

impl Cubic {
    /// Through points whose `x` rise strictly.
    ///
    /// Returns nothing for fewer than two points, or `x` that do not rise.
    pub(crate) fn new(x: Vec<f64>, y: Vec<f64>) -> Option<Self> {
        let rises = x.windows(2).all(|pair| pair[0] < pair[1]);
        let finite = x.iter().chain(&y).all(|value| value.is_finite());
        if x.len() < 2 || x.len() != y.len() || !rises || !finite {
            return None;
        }
        let slope = slopes(&x, &y);
        Some(Self { x, y, slope })
    }

    /// The integral from `from` to `to`, both within the points.
    pub(crate) fn integral(&self, from: f64, to: f64) -> f64 {
        let mut sum = 0.0;
        for i in 0..self.x.len() - 1 {
            let (left, right) = (self.x[i], self.x[i + 1]);
            let (a, b) = (from.max(left), to.min(right));
            if a < b {
                let h = right - left;
                sum += h * (self.antiderivative(i, (b - left) / h) - self.antiderivative(i, (a - left) / h));
            }
        }
        sum
    }

    /// Of segment `i`, over the share `t` of its length.
    fn antiderivative(&self, i: usize, t: f64) -> f64 {
        let h = self.x[i + 1] - self.x[i];
        let (t2, t3, t4) = (t * t, t * t * t, t * t * t * t);
        self.y[i] * (t4 / 2.0 - t3 + t)
            + self.y[i + 1] * (t3 - t4 / 2.0)
            + h * self.slope[i] * (t4 / 4.0 - 2.0 * t3 / 3.0 + t2 / 2.0)
            + h * self.slope[i + 1] * (t4 / 4.0 - t3 / 3.0)
    }
}

fn slopes(x: &[f64], y: &[f64]) -> Vec<f64> {
    let h: Vec<f64> = x.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let delta: Vec<f64> = y.windows(2).zip(&h).map(|(pair, h)| (pair[1] - pair[0]) / h).collect();
    let last = delta.len() - 1;
    if last == 0 {
        return vec![delta[0]; 2];
    }
    let mut slope = vec![end(h[0], h[1], delta[0], delta[1])];
    for i in 0..last {
        slope.push(inner(h[i], h[i + 1], delta[i], delta[i + 1]));
    }
    slope.push(end(h[last], h[last - 1], delta[last], delta[last - 1]));
    slope
}

/// The weighted harmonic mean of the slopes on both sides; flat at a turning point.
fn inner(h0: f64, h1: f64, delta0: f64, delta1: f64) -> f64 {
    if delta0 * delta1 <= 0.0 {
        return 0.0;
    }
    let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
    (w0 + w1) / (w0 / delta0 + w1 / delta1)
}

/// The three-point formula, held back where it would overshoot.
fn end(h0: f64, h1: f64, delta0: f64, delta1: f64) -> f64 {
    let slope = ((2.0 * h0 + h1) * delta0 - h0 * delta1) / (h0 + h1);
    if slope * delta0 <= 0.0 {
        0.0
    } else if delta0 * delta1 <= 0.0 && slope.abs() > 3.0 * delta0.abs() {
        3.0 * delta0
    } else {
        slope
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_their_parts_are_exact() {
        let cubic = Cubic::new(vec![0.0, 1.0, 3.0, 4.0], vec![1.0, 3.0, 7.0, 9.0]).unwrap();
        assert!((cubic.integral(0.0, 4.0) - 20.0).abs() < 1e-12);
        assert!((cubic.integral(0.5, 2.5) - 8.0).abs() < 1e-12);
    }

    /// `scipy.interpolate.PchipInterpolator(x, y).integrate(a, b)`, SciPy 1.x.
    #[test]
    fn integrals_are_those_of_scipy() {
        let cubic = Cubic::new(vec![0.0, 1.0, 2.5, 4.0, 4.5], vec![0.0, 1.0, 1.2, 4.0, 3.0]).unwrap();
        assert!((cubic.integral(0.0, 4.5) - 7.999854224058769).abs() < 1e-12);
        assert!((cubic.integral(0.3, 4.2) - 6.913216562901745).abs() < 1e-12);
    }

    #[test]
    fn unusable_points_are_refused() {
        assert!(Cubic::new(vec![1.0], vec![1.0]).is_none());
        assert!(Cubic::new(vec![1.0, 1.0], vec![1.0, 2.0]).is_none());
        assert!(Cubic::new(vec![1.0, 2.0], vec![1.0, f64::NAN]).is_none());
    }
}
