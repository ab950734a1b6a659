//! A logistic mixer: one layer of weights, chosen by a small context.

/// Fractional bits of a weight.
pub(super) const WEIGHT_BITS: u32 = 16;
/// Weights stay in `-WEIGHT_MAX..=WEIGHT_MAX`, so that no sum overflows.
pub(super) const WEIGHT_MAX: i32 = 16 << WEIGHT_BITS;

/// Weights in sets; a set is chosen for each bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mixer {
    inputs: usize,
    weights: Vec<i32>,
}

impl Mixer {
    /// All weights alike, so that together they weigh a little more than the mean of the inputs.
    pub(super) fn new(sets: usize, inputs: usize) -> Self {
        let start = (WEIGHT_MAX / 8) / (inputs as i32 + 2);
        Self {
            inputs,
            weights: vec![start; sets * inputs],
        }
    }

    pub(super) fn sets(&self) -> usize {
        self.weights.len() / self.inputs
    }

    pub(super) fn weights(&self) -> &[i32] {
        &self.weights
    }

    pub(super) fn set_weights(&mut self, weights: impl Iterator<Item = i32>) {
        for (own, weight) in self.weights.iter_mut().zip(weights) {
            *own = weight.clamp(-WEIGHT_MAX, WEIGHT_MAX);
        }
    }

    /// The mixed logit of `inputs` with the weights of `set`.
    #[inline]
    pub(super) fn mix(&self, set: usize, inputs: &[i32]) -> i32 {
        let weights = self.weights[set * self.inputs..].iter();
        let sum: i64 = weights.zip(inputs).map(|(&w, &x)| i64::from(w) * i64::from(x)).sum();
        (sum >> WEIGHT_BITS) as i32
    }

    /// Moves the weights of `set` against the error, `65536 * (bit - p)`, by `2^-shift` of its product with each input.
    #[inline]
    pub(super) fn learn(&mut self, set: usize, inputs: &[i32], error: i32, shift: u32) {
        let round = 1i64 << (shift - 1);
        for (weight, &x) in self.weights[set * self.inputs..].iter_mut().zip(inputs) {
            let step = (i64::from(x) * i64::from(error) + round) >> shift;
            *weight = (i64::from(*weight) + step).clamp(i64::from(-WEIGHT_MAX), i64::from(WEIGHT_MAX)) as i32;
        }
    }
}
