//! The group-residual quantiser: each group of a latent is coded by stages, each of which codes what those before left over
//! (HiFi-Codec, Yang et al. 2023).
//!
//! Codebooks live on the host: the search and the running means that train them are plain loops beside the networks.

use rayon::prelude::*;

use super::config::SpeechConfig;
use crate::weights::{NamedTensor, Params};
use crate::{CodecError, Result};

/// Vectors of a task of the search.
const BLOCK: usize = 64;

/// All codebooks of a model; the stages of all groups alternate: stage 0 of group 0, of group 1, stage 1 of group 0, ...
#[derive(Debug, Clone, PartialEq)]
pub struct Codebooks {
    groups: usize,
    dims: usize,
    /// Of each codebook `[codes, dims]`.
    books: Vec<Vec<f32>>,
}

impl Codebooks {
    /// Codebooks of zeros.
    pub fn zeros(config: &SpeechConfig) -> Self {
        let book = vec![0.0; config.codes() * config.code_dims];
        Self {
            groups: config.groups,
            dims: config.code_dims,
            books: vec![book; config.codebooks()],
        }
    }

    /// Codebooks.
    pub fn len(&self) -> usize {
        self.books.len()
    }

    /// Whether there are no codebooks, which no checked configuration has.
    pub fn is_empty(&self) -> bool {
        self.books.is_empty()
    }

    /// Dimensions of the latent of a frame.
    fn latent(&self) -> usize {
        self.groups * self.dims
    }

    /// Dimensions of a group.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Groups.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Codes of a codebook, `[codes, dims]`.
    pub fn book(&self, index: usize) -> &[f32] {
        &self.books[index]
    }

    /// Replaces a codebook, `[codes, dims]`.
    pub fn set_book(&mut self, index: usize, codes: Vec<f32>) {
        assert_eq!(codes.len(), self.books[index].len());
        self.books[index] = codes;
    }

    /// The span of a codebook's group in a latent.
    pub fn span(&self, book: usize) -> std::ops::Range<usize> {
        let start = book % self.groups * self.dims;
        start..start + self.dims
    }

    /// The nearest codes of every stage, one after the other.
    ///
    /// # Shapes
    /// `[frames, latent]` to `[frames, codebooks]`
    pub fn quantise(&self, latents: &[f32]) -> Vec<u16> {
        self.search(latents, |_, _, _| {})
    }

    /// [`Self::quantise`] that shows, for each codebook, the remainders that it codes and the codes it found.
    pub fn search(&self, latents: &[f32], mut see: impl FnMut(usize, &[f32], &[u16])) -> Vec<u16> {
        let frames = latents.len() / self.latent();
        let mut rest = latents.to_vec();
        let mut indices = vec![0u16; frames * self.len()];
        for book in 0..self.len() {
            let span = self.span(book);
            let vectors: Vec<f32> = rest
                .chunks_exact(self.latent())
                .flat_map(|frame| &frame[span.clone()])
                .copied()
                .collect();
            let found = nearest(&vectors, &self.books[book], self.dims);
            see(book, &vectors, &found);
            let frames = rest.chunks_exact_mut(self.latent()).zip(&found);
            for ((frame, code), out) in frames.zip(indices.chunks_exact_mut(self.len())) {
                out[book] = *code;
                let code = &self.books[book][usize::from(*code) * self.dims..][..self.dims];
                for (value, code) in frame[span.clone()].iter_mut().zip(code) {
                    *value -= code;
                }
            }
        }
        indices
    }

    /// Adds up the codes of the first `used` codebooks of one frame.
    ///
    /// # Shapes
    /// `indices`: `[codebooks]` or more of them than are used; `out`: `[latent]`
    pub fn add_up(&self, indices: &[u16], used: usize, out: &mut [f32]) {
        out.fill(0.0);
        for (book, index) in indices.iter().enumerate().take(used) {
            let code = &self.books[book][usize::from(*index) * self.dims..][..self.dims];
            for (value, code) in out[self.span(book)].iter_mut().zip(code) {
                *value += code;
            }
        }
    }

    /// Puts the codes of every codebook into an order in which neighbours are alike, so that the upper bits of an index say
    /// the most of what it stands for.
    pub fn sort(&mut self) {
        for book in &mut self.books {
            let order = super::sort::order_of(book, self.dims);
            let sorted = order.iter().flat_map(|code| &book[code * self.dims..][..self.dims]);
            *book = sorted.copied().collect();
        }
    }

    /// As named tensors.
    pub fn to_params(&self) -> Params {
        let named = |(index, book): (usize, &Vec<f32>)| {
            let tensor = NamedTensor {
                shape: vec![book.len() / self.dims, self.dims],
                data: book.clone(),
            };
            (name(index), tensor)
        };
        self.books.iter().enumerate().map(named).collect()
    }

    /// Takes the codebooks of a configuration out of named tensors.
    ///
    /// # Errors
    /// [`CodecError::Weights`] naming the first that is missing or of another shape.
    pub fn take_from(params: &mut Params, config: &SpeechConfig) -> Result<Self> {
        let mut books = Self::zeros(config);
        for index in 0..books.len() {
            let name = name(index);
            let found = params.remove(&name);
            let shape = [config.codes(), config.code_dims];
            match found {
                Some(tensor) if tensor.shape == shape => books.books[index] = tensor.data,
                _ => {
                    return Err(CodecError::Weights(format!(
                        "{name} is missing or not of the shape {shape:?}"
                    )));
                }
            }
        }
        Ok(books)
    }
}

fn name(index: usize) -> String {
    format!("codebooks.{index:02}")
}

/// The nearest code of each vector; the first of several.
pub fn nearest(vectors: &[f32], book: &[f32], dims: usize) -> Vec<u16> {
    let codes = book.len() / dims;
    let half_squares: Vec<f32> = book
        .chunks_exact(dims)
        .map(|code| 0.5 * code.iter().map(|c| c * c).sum::<f32>())
        .collect();
    // One row for each dimension, so that all codes are measured side by side.
    let mut rows = vec![0.0f32; book.len()];
    for (code, values) in book.chunks_exact(dims).enumerate() {
        for (dim, value) in values.iter().enumerate() {
            rows[dim * codes + code] = *value;
        }
    }
    vectors
        .par_chunks(BLOCK * dims)
        .flat_map_iter(|vectors| {
            let mut scores = vec![0.0f32; codes];
            let find = |vector: &[f32]| -> u16 {
                scores.copy_from_slice(&half_squares);
                for (value, row) in vector.iter().zip(rows.chunks_exact(codes)) {
                    for (score, code) in scores.iter_mut().zip(row) {
                        *score -= value * code;
                    }
                }
                smallest(&scores)
            };
            vectors.chunks_exact(dims).map(find).collect::<Vec<u16>>()
        })
        .collect()
}

fn smallest(scores: &[f32]) -> u16 {
    let least = scores.iter().copied().fold(f32::INFINITY, f32::min);
    scores.iter().position(|score| *score == least).unwrap_or(0) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> SpeechConfig {
        SpeechConfig {
            groups: 2,
            stages: 2,
            code_bits: 2,
            code_dims: 2,
            ..SpeechConfig::default()
        }
    }

    fn books() -> Codebooks {
        let mut books = Codebooks::zeros(&config());
        for index in 0..4 {
            let size = if index < 2 { 1.0 } else { 0.25 };
            books.set_book(index, vec![size, size, -size, size, size, -size, -size, -size]);
        }
        books
    }

    #[test]
    fn stages_code_what_is_left_over() {
        let books = books();
        let latent = [1.2, 0.8, -0.7, -1.1];
        let indices = books.quantise(&latent);
        assert_eq!(indices, [0, 3, 2, 2]);
        let mut out = [0.0; 4];
        books.add_up(&indices, 4, &mut out);
        assert_eq!(out, [1.25, 0.75, -0.75, -1.25]);
        books.add_up(&indices, 3, &mut out);
        assert_eq!(out, [1.25, 0.75, -1.0, -1.0]);
        books.add_up(&indices, 0, &mut out);
        assert_eq!(out, [0.0; 4]);
    }

    #[test]
    fn params_hold_all_codebooks() {
        let mut params = books().to_params();
        assert_eq!(Codebooks::take_from(&mut params, &config()).unwrap(), books());
        assert!(params.is_empty());
        let mut params = books().to_params();
        params.remove("codebooks.02");
        assert!(Codebooks::take_from(&mut params, &config()).is_err());
    }
}
