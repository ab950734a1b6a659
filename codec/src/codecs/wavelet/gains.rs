//! Gain vectors: one model for all rates.
//!
//! The encoder multiplies every latent channel by a gain before rounding, the decoder by an inverse gain after it. Both are learned at
//! several anchors and interpolated in the logarithm, so quality is continuous.

/// Logarithms of gains, a vector for each anchor.
#[derive(Debug, Clone)]
pub(crate) struct LogGains {
    latents: usize,
    /// `[anchors, latents]`
    values: Vec<f32>,
}

impl LogGains {
    /// Of `[anchors, latents]` values, at least two anchors.
    pub(crate) fn new(values: Vec<f32>, latents: usize) -> Self {
        Self { latents, values }
    }

    /// Gains at an anchor position of `0.0..=anchors - 1`, one for each channel.
    pub(crate) fn at(&self, position: f32) -> Vec<f32> {
        let anchors: Vec<&[f32]> = self.values.chunks_exact(self.latents).collect();
        let low = (position.max(0.0) as usize).min(anchors.len() - 2);
        let share = (position - low as f32).clamp(0.0, 1.0);
        let pairs = anchors[low].iter().zip(anchors[low + 1]);
        pairs
            .map(|(low, high)| high.mul_add(share, low * (1.0 - share)).exp())
            .collect()
    }
}
