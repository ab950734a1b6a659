//! Steps of activations.

use super::observe::Observed;
use crate::Result;

/// How the channels of an activation become integers.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    /// What a unit is worth.
    pub(super) steps: Vec<f64>,
    /// The largest magnitude.
    pub(super) limit: i16,
    /// Means of the values.
    pub(super) means: Vec<f64>,
    /// Means of their squares.
    pub(super) squares: Vec<f64>,
    /// Whether the layer that makes it must keep to the steps, as others make it too.
    pub(super) is_fixed: bool,
}

impl Scale {
    /// With steps that are given.
    pub(super) fn fixed(steps: Vec<f64>, limit: i16) -> Self {
        let zeros = vec![0.0; steps.len()];
        Self {
            means: zeros.clone(),
            squares: zeros,
            steps,
            limit,
            is_fixed: true,
        }
    }

    /// With steps that are given, and what was seen.
    pub(super) fn seen(steps: Vec<f64>, limit: i16, observed: &Observed, name: &str) -> Result<Self> {
        Self::fixed(steps, limit).with_means(observed, name)
    }

    /// The same channels several times.
    pub(super) fn repeated(self, count: usize) -> Self {
        Self {
            steps: self.steps.repeat(count),
            means: self.means.repeat(count),
            squares: self.squares.repeat(count),
            ..self
        }
    }

    /// The same steps, with what was seen at another place.
    pub(super) fn with_means(self, observed: &Observed, name: &str) -> Result<Self> {
        let [means, squares] = observed.moments(name)?;
        Ok(Self { means, squares, ..self })
    }
}
