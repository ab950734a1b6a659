//! A linear prediction by recursive least squares, in integers: the weights that would have made the least squared error
//! over every second sample so far, of which later ones count more.
//!
//! The correlations of the inputs are kept, and what the weights leave of their correlation with the samples. One
//! step of coordinate descent for each sample follows the minimum (after Zakharov, White, Liu 2008).

use super::predict::MAX_INPUTS;

/// Fractional bits of a weight.
const BITS: u32 = 16;
/// Weights stay in `-WEIGHT_MAX..=WEIGHT_MAX`.
const WEIGHT_MAX: i64 = 64 << BITS;
/// Predictions stay in `-VALUE_MAX..=VALUE_MAX`.
const VALUE_MAX: i64 = 1 << 24;
/// A sample counts `1 - 2^-DECAY` of the next one.
const DECAY: u32 = 9;
/// Added to the square of each input, so that unused weights stay small.
const RIDGE: i32 = 16;
/// Inputs and errors have at most this many bits where they are correlated, so that no sum overflows.
const INPUT_BITS: u32 = 10;
/// What is left of correlations stays in `-REST_MAX..=REST_MAX`.
const REST_MAX: i64 = 1 << 56;

/// Weights for the differences of neighbours to a base.
#[derive(Debug, Clone)]
pub(super) struct Recursive {
    weights: [i32; MAX_INPUTS],
    /// Correlations of the inputs, a row for each.
    squares: [[i32; MAX_INPUTS]; MAX_INPUTS],
    rest: [i64; MAX_INPUTS],
    count: usize,
    /// Lower bits of inputs and errors that correlations leave out.
    shift: u32,
    /// Whether the next sample is learned from: every second one is.
    learns: bool,
}

impl Recursive {
    /// Begins with `weights`, in sixteenths, for samples of `0..=max`.
    pub(super) fn new(weights: &[i32], max: i32) -> Self {
        let mut start = [0; MAX_INPUTS];
        let mut squares = [[0; MAX_INPUTS]; MAX_INPUTS];
        for (i, (own, &weight)) in start.iter_mut().zip(weights).enumerate() {
            *own = weight << (BITS - 4);
            squares[i][i] = RIDGE << DECAY;
        }
        Self {
            weights: start,
            squares,
            rest: [0; MAX_INPUTS],
            count: weights.len(),
            shift: (max.max(1).ilog2() + 1).saturating_sub(INPUT_BITS),
            learns: false,
        }
    }

    /// The predicted difference to the base, in sixteenths of a sample step. Inputs beyond the own ones are 0.
    #[inline(always)]
    pub(super) fn predict(&self, inputs: &[i32; MAX_INPUTS]) -> i32 {
        let terms = self.weights.iter().zip(inputs);
        let sum: i64 = terms.map(|(&w, &x)| i64::from(w) * i64::from(x)).sum();
        (sum >> (BITS - 4)).clamp(-VALUE_MAX, VALUE_MAX) as i32
    }

    /// Learns from the error in sixteenths, of every second sample: neighbours tell nearly the same, and half the work
    /// reaches twice as far.
    #[inline(always)]
    pub(super) fn learn(&mut self, inputs: &[i32; MAX_INPUTS], error: i32) {
        if self.learns {
            self.correlate(inputs, error);
            self.descend();
        }
        self.learns = !self.learns;
    }

    #[inline(always)]
    fn correlate(&mut self, inputs: &[i32; MAX_INPUTS], error: i32) {
        let inputs = inputs.map(|x| x >> self.shift);
        let error = i64::from(error >> self.shift) << (BITS - 4);
        for (i, row) in self.squares.iter_mut().enumerate().take(self.count) {
            for (square, &x) in row.iter_mut().zip(&inputs) {
                *square += inputs[i] * x - ((*square + (1 << (DECAY - 1))) >> DECAY);
            }
            row[i] += RIDGE;
        }
        for (rest, &x) in self.rest.iter_mut().zip(&inputs) {
            *rest = (*rest - (*rest >> DECAY) + error * i64::from(x)).clamp(-REST_MAX, REST_MAX);
        }
    }

    /// Moves the first of the weights whose correlation with the error is largest.
    #[inline(always)]
    fn descend(&mut self) {
        let largest = self.rest.iter().fold(0, |largest, rest| rest.abs().max(largest));
        let at = self.rest.iter().position(|rest| rest.abs() == largest).unwrap_or(0);
        let old = self.weights[at];
        let wanted = i64::from(old) + self.rest[at] / i64::from(self.squares[at][at].max(1));
        let new = wanted.clamp(-WEIGHT_MAX, WEIGHT_MAX) as i32;
        self.weights[at] = new;
        let step = i64::from(new) - i64::from(old);
        for (rest, &square) in self.rest.iter_mut().zip(&self.squares[at]) {
            *rest -= step * i64::from(square);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error of late predictions of a sum of inputs of `0..=max`.
    fn late_error(max: i32) -> i32 {
        let mut model = Recursive::new(&[0, 0, 0], max);
        let (mut seed, mut largest) = (1u32, 0);
        for turn in 0..8000 {
            let mut inputs = [0; MAX_INPUTS];
            for input in &mut inputs[..3] {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *input = ((i64::from(seed >> 8) * i64::from(max)) >> 24) as i32 - max / 2;
            }
            // Inputs that nearly agree are what plain descents are slow for.
            inputs[1] = inputs[0] + inputs[1] / 16;
            let error = 16 * (2 * inputs[0] - inputs[1] + inputs[2] / 2) - model.predict(&inputs);
            model.learn(&inputs, error);
            if turn >= 7000 {
                largest = largest.max(error.abs());
            }
        }
        largest
    }

    #[test]
    fn finds_the_weights_of_inputs_that_nearly_agree() {
        assert!(late_error(255) <= 64, "{} sixteenths", late_error(255));
        assert!(late_error(65_535) <= 64 * 256, "{} sixteenths", late_error(65_535));
    }

    #[test]
    fn the_largest_inputs_and_errors_overflow_nothing() {
        for max in [255, 1023, 65_535] {
            let mut model = Recursive::new(&[16; MAX_INPUTS], max);
            for turn in 0..4000 {
                let sign = if turn / 700 % 2 == 0 { 1 } else { -1 };
                let inputs: [i32; MAX_INPUTS] =
                    std::array::from_fn(|i| if (turn >> (i % 5)) & 1 == 0 { max } else { -max * sign });
                model.learn(&inputs, sign * (1 << 24));
                assert!(model.predict(&inputs).abs() <= 1 << 24);
            }
        }
    }
}
