//! What the model does to held-out sounds, at several rates.

use burn::tensor::{Device, Tensor, TensorData};

use super::step::Fixed;
use crate::speech::{Codebooks, FEATURE_MARGIN, HOP, LossTerms, Objective, SpeechConfig, SpeechNetwork};
use crate::train::Score;
use crate::wavelet::host_values;

/// Decoded sounds of the latents of `sounds` with the first `codebooks` codebooks (0: no quantiser), whole frames only.
fn reconstruct(
    network: &SpeechNetwork,
    books: &Codebooks,
    config: &SpeechConfig,
    sound: &[f32],
    codebooks: usize,
    device: &Device,
) -> Vec<f32> {
    let fixed = Fixed::new(config, Objective::new(Default::default()));
    let frames = sound.len() / HOP;
    let mut padded = vec![0.0; frames * HOP + 2 * FEATURE_MARGIN];
    padded[FEATURE_MARGIN..][..frames * HOP].copy_from_slice(&sound[..frames * HOP]);
    let window = padded.len();
    let latents = fixed.latents(network, &padded, window, device);
    let shape = latents.dims();
    let mut values = host_values(latents);
    if codebooks > 0 {
        let indices = books.quantise(&values);
        let rows = values.chunks_exact_mut(config.latent());
        for (latent, indices) in rows.zip(indices.chunks_exact(books.len())) {
            books.add_up(indices, codebooks, latent);
        }
    }
    let latents = Tensor::<4>::from_data(TensorData::new(values, shape), device);
    fixed.head.synthesise(&host_values(network.decoder.forward(latents)))
}

/// The mean terms of the loss over `sounds`, one row for each number of codebooks.
pub(super) fn evaluate(
    network: &SpeechNetwork,
    books: &Codebooks,
    config: &SpeechConfig,
    sounds: &[Vec<f32>],
    rates: &[usize],
    device: &Device,
) -> Vec<Vec<Score>> {
    let objective = Objective::new(Default::default());
    let point = |&codebooks: &usize| {
        let mut terms = LossTerms::default();
        for sound in sounds {
            let output = reconstruct(network, books, config, sound, codebooks, device);
            let (found, _) = objective.of(&sound[..output.len()], &output);
            terms.add(&found, 1.0 / sounds.len() as f32);
        }
        let codebooks = Score::new("codebooks", codebooks as f64);
        [codebooks].into_iter().chain(scores(&terms)).collect()
    };
    rates.iter().map(point).collect()
}

/// The terms of the loss as columns of a log.
pub(super) fn scores(terms: &LossTerms) -> [Score; 4] {
    [
        Score::new("mel", terms.mel),
        Score::new("bins", terms.bins),
        Score::new("magnitudes", terms.magnitudes),
        Score::new("complex", terms.complex),
    ]
}
