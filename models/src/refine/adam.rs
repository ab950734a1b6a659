//! Adam over plain numbers.

/// Moving averages of a gradient and of its square.
#[derive(Debug)]
pub(super) struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
    steps: i32,
}

const KEEP_MEAN: f32 = 0.9;
const KEEP_SQUARE: f32 = 0.99;

impl Adam {
    pub(super) fn new(len: usize) -> Self {
        Self {
            mean: vec![0.0; len],
            square: vec![0.0; len],
            steps: 0,
        }
    }

    /// Moves `values` against `gradient`, by about `rate` each.
    pub(super) fn step(&mut self, values: &mut [f32], gradient: &[f32], rate: f32) {
        self.steps += 1;
        let (mean_share, square_share) = (1.0 - KEEP_MEAN.powi(self.steps), 1.0 - KEEP_SQUARE.powi(self.steps));
        let averages = self.mean.iter_mut().zip(&mut self.square);
        for ((value, gradient), (mean, square)) in values.iter_mut().zip(gradient).zip(averages) {
            *mean += (1.0 - KEEP_MEAN) * (gradient - *mean);
            *square += (1.0 - KEEP_SQUARE) * (gradient * gradient - *square);
            *value -= rate * (*mean / mean_share) / ((*square / square_share).sqrt() + 1e-12);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_bottom_of_a_bowl() {
        let mut values = vec![3.0, -2.0];
        let mut adam = Adam::new(2);
        for step in 0..400 {
            let gradient = [2.0 * (values[0] - 1.0), 20.0 * (values[1] - 0.5)];
            adam.step(&mut values, &gradient, 0.1 / (1.0 + 0.05 * step as f32));
        }
        assert!(
            (values[0] - 1.0).abs() < 0.02 && (values[1] - 0.5).abs() < 0.02,
            "{values:?}"
        );
    }
}
