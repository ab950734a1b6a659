//! A linear prediction whose weights follow the image: normalised least mean squares, in integers.

/// Fractional bits of a weight.
const BITS: u32 = 20;
/// Weights stay in `-WEIGHT_MAX..=WEIGHT_MAX`.
const WEIGHT_MAX: i64 = 256 << BITS;
/// Predictions stay in `-VALUE_MAX..=VALUE_MAX`.
const VALUE_MAX: i64 = 1 << 24;

/// Weights for the differences of neighbours to a base.
#[derive(Debug, Clone)]
pub(super) struct Lms {
    weights: Vec<i64>,
    rate: i64,
}

impl Lms {
    /// Begins with `weights`, in sixteenths; each sample moves them by `rate / 4096` of what would have made its prediction
    /// right.
    pub(super) fn new(weights: &[i32], rate: i64) -> Self {
        let weights = weights.iter().map(|&w| i64::from(w) << (BITS - 4));
        Self {
            weights: weights.collect(),
            rate,
        }
    }

    /// The predicted difference to the base, in sixteenths of a sample step.
    #[inline(always)]
    pub(super) fn predict(&self, inputs: &[i32]) -> i32 {
        let terms = self.weights.iter().zip(inputs);
        let sum: i64 = terms.map(|(&w, &x)| w * i64::from(x)).sum();
        (sum >> (BITS - 4)).clamp(-VALUE_MAX, VALUE_MAX) as i32
    }

    /// Learns from the error in sixteenths; `power` is the sum of the squares of the inputs.
    #[inline(always)]
    pub(super) fn learn(&mut self, inputs: &[i32], error: i32, power: i64) {
        let gain = ((i64::from(error) * self.rate) << 12) / (power + 64);
        for (weight, &x) in self.weights.iter_mut().zip(inputs) {
            let step = (gain * i64::from(x) + 128) >> 8;
            *weight = (*weight + step).clamp(-WEIGHT_MAX, WEIGHT_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_weights() {
        let mut lms = Lms::new(&[0, 0], 64);
        let mut seed = 1u32;
        let mut error = 0;
        for _ in 0..5000 {
            let inputs = [(); 2].map(|()| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as i32 - 128
            });
            error = 16 * (3 * inputs[0] - 2 * inputs[1]) - lms.predict(&inputs);
            let power = inputs.iter().map(|&x| i64::from(x * x)).sum();
            lms.learn(&inputs, error, power);
        }
        assert!(error.abs() < 16, "{error} sixteenths");
    }
}
