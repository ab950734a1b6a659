//! One pass over a batch: device work, with host work between.

use burn::tensor::{Device, Tensor, TensorData};

use crate::speech::{FEATURES, Features, Head, LossTerms, Objective, SpeechConfig, SpeechNetwork};
use crate::wavelet::host_values;

/// The parts of a pass that have no parameters.
#[derive(Debug)]
pub(super) struct Fixed {
    pub(super) features: Features,
    pub(super) head: Head,
    pub(super) objective: Objective,
}

/// What a pass through the networks and the objective gives.
pub(super) struct Pass {
    /// The sum whose gradients are those of the objective and the commitment; its value means nothing.
    pub(super) surrogate: Tensor<1>,
    pub(super) terms: LossTerms,
    /// Mean squared distance of latents from their codes, against the variance of the latents.
    pub(super) distortion: f32,
}

impl Fixed {
    /// Latents of windows that carry the feature margin at both ends.
    ///
    /// # Shapes
    /// `samples`: `[batch * window]`; output: `[batch, 1, frames, latent]`
    pub(super) fn latents(
        &self,
        network: &SpeechNetwork,
        samples: &[f32],
        window: usize,
        device: &Device,
    ) -> Tensor<4> {
        let batch = samples.len() / window;
        let features: Vec<f32> = samples
            .chunks_exact(window)
            .flat_map(|window| self.features.of(window))
            .collect();
        let frames = features.len() / FEATURES / batch;
        let features = Tensor::from_data(TensorData::new(features, [batch, 1, frames, FEATURES]), device);
        network.encoder.forward(features)
    }

    /// Decodes latents, measures the sounds against `targets`, and prepares the gradients.
    ///
    /// `codes` are what the quantiser puts in the place of the latents; without them the latents are decoded as they
    /// are.
    pub(super) fn decode(
        &self,
        network: &SpeechNetwork,
        latents: Tensor<4>,
        codes: Option<Vec<f32>>,
        targets: &[f32],
        commitment: f32,
    ) -> Pass {
        let device = latents.device();
        let shape = latents.dims();
        let (input, committed, distortion) = match codes {
            None => (latents, None, 0.0),
            Some(codes) => {
                let plain = host_values(latents.clone());
                let variance = variance(&plain).max(1e-12);
                let step: Vec<f32> = codes.iter().zip(&plain).map(|(code, z)| code - z).collect();
                let distortion = step.iter().map(|d| d * d).sum::<f32>() / step.len() as f32 / variance;
                let tensor = |data| Tensor::<4>::from_data(TensorData::new(data, shape), &device);
                // Straight through: the value is that of the code, the gradient that of the latent.
                let input = latents.clone() + tensor(step);
                let distance = (latents - tensor(codes)).powi_scalar(2).mean() * (commitment / variance);
                (input, Some(distance), distortion)
            }
        };
        let values = network.decoder.forward(input);
        let (terms, gradients) = self.judge(&host_values(values.clone()), targets, shape[0]);
        let gradients = Tensor::<4>::from_data(TensorData::new(gradients, values.dims()), &device);
        let surrogate = (values * gradients).sum();
        Pass {
            surrogate: match committed {
                Some(distance) => surrogate + distance,
                None => surrogate,
            },
            terms,
            distortion,
        }
    }

    /// The terms of the loss, and its gradients for the values of the head.
    fn judge(&self, values: &[f32], targets: &[f32], batch: usize) -> (LossTerms, Vec<f32>) {
        let (per_window, len) = (values.len() / batch, targets.len() / batch);
        let outputs: Vec<f32> = values
            .chunks_exact(per_window)
            .flat_map(|values| self.head.synthesise(values))
            .collect();
        let (terms, gradients) = self.objective.of_batch(targets, &outputs, len);
        let gradients = values
            .chunks_exact(per_window)
            .zip(gradients.chunks_exact(len))
            .flat_map(|(values, gradients)| self.head.backward(values, gradients))
            .collect();
        (terms, gradients)
    }
}

/// The mean over dimensions does not matter much for a scale: the variance of all values together.
fn variance(values: &[f32]) -> f32 {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    values.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / count
}

impl Fixed {
    pub(super) fn new(config: &SpeechConfig, objective: Objective) -> Self {
        Self {
            features: Features::default(),
            head: Head::new(config),
            objective,
        }
    }
}
