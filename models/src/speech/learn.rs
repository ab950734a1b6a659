//! How codebooks are learned: k-means to begin with, then running means, and new places for codes that nothing is near.

use lmc_codec::codecs::speech::{Codebooks, SpeechConfig, nearest};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::wavelet::{NamedTensor, Params};
use crate::{ModelError, Result};

/// Share of the running means that a step keeps.
const KEEP: f32 = 0.99;
/// Rounds of k-means.
const ROUNDS: usize = 6;
/// A code that stands for less than this share of a fair one is given a new place.
const DEAD: f32 = 0.03;

/// Codebooks in training: how often each code is used, and the sums of what it stands for, as running means.
#[derive(Debug, Clone)]
pub struct Learner {
    /// The codebooks as they are.
    pub books: Codebooks,
    counts: Vec<Vec<f32>>,
    sums: Vec<Vec<f32>>,
}

impl Learner {
    /// Codebooks of zeros, to be started with [`Self::start`].
    pub fn new(config: &SpeechConfig) -> Self {
        let books = Codebooks::zeros(config);
        Self {
            counts: vec![vec![0.0; config.codes()]; books.len()],
            sums: vec![vec![0.0; config.codes() * config.code_dims]; books.len()],
            books,
        }
    }

    /// Starts every codebook by k-means over latents, `[frames, latent]`, stage after stage.
    pub fn start(&mut self, latents: &[f32], seed: u64) {
        let (dims, groups) = (self.books.dims(), self.books.groups());
        let mut rest = latents.to_vec();
        for book in 0..self.books.len() {
            let span = self.books.span(book);
            let vectors: Vec<f32> = rest
                .chunks_exact(groups * dims)
                .flat_map(|frame| &frame[span.clone()])
                .copied()
                .collect();
            let codes = self.counts[book].len();
            let centres = k_means(&vectors, codes, dims, seed ^ book as u64);
            let found = nearest(&vectors, &centres, dims);
            for (frame, code) in rest.chunks_exact_mut(groups * dims).zip(&found) {
                let code = &centres[usize::from(*code) * dims..][..dims];
                frame[span.clone()].iter_mut().zip(code).for_each(|(v, c)| *v -= c);
            }
            self.counts[book].fill(1.0);
            self.sums[book].clone_from(&centres);
            self.books.set_book(book, centres);
        }
    }

    /// Moves the codes towards what they stood for in a batch. Returns the indices, `[frames, codebooks]`.
    pub fn learn(&mut self, latents: &[f32], seed: u64) -> Vec<u16> {
        let dims = self.books.dims();
        let (counts, sums) = (&mut self.counts, &mut self.sums);
        let mut moved = Vec::new();
        let indices = self.books.search(latents, |book, vectors, found| {
            running_means(&mut counts[book], &mut sums[book], vectors, found, dims);
            revive(&mut counts[book], &mut sums[book], vectors, dims, seed ^ book as u64);
            moved.push(means(&counts[book], &sums[book], dims));
        });
        for (book, codes) in moved.into_iter().enumerate() {
            self.books.set_book(book, codes);
        }
        indices
    }

    /// The state that a checkpoint needs besides the codebooks.
    pub fn to_params(&self) -> Params {
        let tensor = |data: &[f32]| NamedTensor {
            shape: vec![data.len()],
            data: data.to_vec(),
        };
        let mut params = self.books.to_params();
        for (book, (counts, sums)) in self.counts.iter().zip(&self.sums).enumerate() {
            params.insert(format!("learner.{book:02}.counts"), tensor(counts));
            params.insert(format!("learner.{book:02}.sums"), tensor(sums));
        }
        params
    }

    /// Takes what [`Self::to_params`] gave out of the parameters of a checkpoint.
    ///
    /// # Errors
    /// [`ModelError::Weights`] if something is missing.
    pub fn take_from(params: &mut Params, config: &SpeechConfig) -> Result<Self> {
        let mut learner = Self::new(config);
        learner.books = Codebooks::take_from(params, config)?;
        for book in 0..learner.books.len() {
            for (what, into) in [("counts", &mut learner.counts[book]), ("sums", &mut learner.sums[book])] {
                let name = format!("learner.{book:02}.{what}");
                match params.remove(&name) {
                    Some(tensor) if tensor.data.len() == into.len() => *into = tensor.data,
                    _ => return Err(ModelError::Weights(format!("{name} is missing or of another size"))),
                }
            }
        }
        Ok(learner)
    }
}

fn running_means(counts: &mut [f32], sums: &mut [f32], vectors: &[f32], found: &[u16], dims: usize) {
    counts.iter_mut().for_each(|count| *count *= KEEP);
    sums.iter_mut().for_each(|sum| *sum *= KEEP);
    for (vector, code) in vectors.chunks_exact(dims).zip(found) {
        let code = usize::from(*code);
        counts[code] += 1.0 - KEEP;
        for (sum, value) in sums[code * dims..][..dims].iter_mut().zip(vector) {
            *sum += (1.0 - KEEP) * value;
        }
    }
}

/// Codes that nothing is near any more move onto vectors of the batch.
fn revive(counts: &mut [f32], sums: &mut [f32], vectors: &[f32], dims: usize, seed: u64) {
    let total: f32 = counts.iter().sum();
    let fair = total / counts.len() as f32;
    let mut random = SmallRng::seed_from_u64(seed);
    let frames = vectors.len() / dims;
    if frames == 0 {
        return;
    }
    for (count, sum) in counts.iter_mut().zip(sums.chunks_exact_mut(dims)) {
        if *count < DEAD * fair {
            let vector = &vectors[random.random_range(0..frames) * dims..][..dims];
            *count = 0.5 * fair;
            for (sum, value) in sum.iter_mut().zip(vector) {
                *sum = value * *count;
            }
        }
    }
}

fn means(counts: &[f32], sums: &[f32], dims: usize) -> Vec<f32> {
    let rows = counts.iter().zip(sums.chunks_exact(dims));
    rows.flat_map(|(count, sum)| sum.iter().map(|s| s / count.max(1e-6)))
        .collect()
}

/// Centres of `vectors`; those that end up without vectors start again elsewhere.
fn k_means(vectors: &[f32], codes: usize, dims: usize, seed: u64) -> Vec<f32> {
    let frames = vectors.len() / dims;
    let mut random = SmallRng::seed_from_u64(seed);
    let mut pick = || {
        let frame = random.random_range(0..frames.max(1));
        vectors[frame * dims..][..dims].to_vec()
    };
    if frames == 0 {
        return vec![0.0; codes * dims];
    }
    let mut centres: Vec<f32> = (0..codes).flat_map(|_| pick()).collect();
    for _ in 0..ROUNDS {
        let found = nearest(vectors, &centres, dims);
        let mut counts = vec![0.0f32; codes];
        let mut sums = vec![0.0f32; codes * dims];
        for (vector, code) in vectors.chunks_exact(dims).zip(&found) {
            let code = usize::from(*code);
            counts[code] += 1.0;
            sums[code * dims..][..dims]
                .iter_mut()
                .zip(vector)
                .for_each(|(s, v)| *s += v);
        }
        centres = means(&counts, &sums, dims);
        for (count, centre) in counts.iter().zip(centres.chunks_exact_mut(dims)) {
            if *count == 0.0 {
                centre.copy_from_slice(&pick());
            }
        }
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> SpeechConfig {
        SpeechConfig {
            groups: 2,
            stages: 2,
            code_bits: 4,
            code_dims: 3,
            ..SpeechConfig::default()
        }
    }

    fn latents(seed: u64) -> Vec<f32> {
        let mut random = SmallRng::seed_from_u64(seed);
        (0..600 * 6).map(|_| random.random_range(-1.0f32..1.0)).collect()
    }

    fn error(books: &Codebooks, latents: &[f32]) -> f32 {
        let indices = books.quantise(latents);
        let mut out = [0.0; 6];
        let rows = latents.chunks_exact(6).zip(indices.chunks_exact(4));
        rows.map(|(latent, indices)| {
            books.add_up(indices, 4, &mut out);
            latent.iter().zip(&out).map(|(a, b)| (a - b).powi(2)).sum::<f32>()
        })
        .sum::<f32>()
            / latents.len() as f32
    }

    #[test]
    fn codes_follow_the_latents_and_dead_ones_rise() {
        let mut learner = Learner::new(&config());
        learner.start(&latents(1), 7);
        let begun = error(&learner.books, &latents(2));
        assert!(
            begun < 0.06,
            "{begun}: four stages of sixteen codes beat the variance of a third by far"
        );
        // Everything moves away: running means go after it, and codes left behind are used again.
        let moved: Vec<f32> = latents(3).iter().map(|x| x + 3.0).collect();
        for step in 0..400 {
            learner.learn(&moved, step);
        }
        let followed = error(&learner.books, &moved);
        assert!(followed < 0.08, "{followed}");
    }

    #[test]
    fn the_state_survives_a_checkpoint() {
        let mut learner = Learner::new(&config());
        learner.start(&latents(1), 7);
        learner.learn(&latents(2), 1);
        let mut params = learner.to_params();
        let mut again = Learner::take_from(&mut params, &config()).unwrap();
        assert!(params.is_empty());
        assert_eq!(learner.learn(&latents(3), 2), again.learn(&latents(3), 2));
        assert_eq!(learner.books, again.books);
    }
}
