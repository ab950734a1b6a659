//! The search of the encoder: several candidates are kept from stage to stage, as the nearest code of a stage is not
//! always the one after which the next stages get nearest.

use rayon::prelude::*;

use super::codebook::Codebooks;

/// Candidates that are kept.
const WIDTH: usize = 6;

/// Codebooks prepared for searching.
#[derive(Debug)]
pub(super) struct Searcher {
    groups: usize,
    dims: usize,
    books: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    codes: usize,
    /// Half the square of each code.
    half_squares: Vec<f32>,
    /// One row for each dimension, so that all codes are measured side by side.
    rows: Vec<f32>,
}

/// What the stages so far make of a vector.
struct Candidate {
    /// Half the square of the remainder.
    error: f32,
    rest: Vec<f32>,
    indices: Vec<u16>,
}

impl Searcher {
    pub(super) fn new(books: &Codebooks) -> Self {
        Self {
            groups: books.groups(),
            dims: books.dims(),
            books: (0..books.len())
                .map(|book| Prepared::new(books.book(book), books.dims()))
                .collect(),
        }
    }

    /// Indices of the first `used` codebooks.
    ///
    /// # Shapes
    /// `[frames, latent]` to `[frames, used]`
    pub(super) fn search(&self, latents: &[f32], used: usize) -> Vec<u16> {
        let mut out = vec![0; latents.len() / (self.groups * self.dims) * used];
        out.par_chunks_exact_mut(used)
            .zip(latents.par_chunks_exact(self.groups * self.dims))
            .for_each(|(out, latent)| {
                for (group, vector) in latent.chunks_exact(self.dims).enumerate() {
                    let books: Vec<usize> = (group..used).step_by(self.groups).collect();
                    let found = self.group(vector, &books);
                    for (book, index) in books.iter().zip(found) {
                        out[*book] = index;
                    }
                }
            });
        out
    }

    fn group(&self, vector: &[f32], books: &[usize]) -> Vec<u16> {
        let mut candidates = vec![Candidate {
            error: 0.5 * vector.iter().map(|v| v * v).sum::<f32>(),
            rest: vector.to_vec(),
            indices: Vec::new(),
        }];
        for book in books {
            candidates = self.books[*book].extend(&candidates);
        }
        candidates
            .into_iter()
            .next()
            .map(|best| best.indices)
            .unwrap_or_default()
    }
}

impl Prepared {
    fn new(book: &[f32], dims: usize) -> Self {
        let codes = book.len() / dims;
        let mut rows = vec![0.0f32; book.len()];
        for (code, values) in book.chunks_exact(dims).enumerate() {
            for (dim, value) in values.iter().enumerate() {
                rows[dim * codes + code] = *value;
            }
        }
        let half_square = |code: &[f32]| 0.5 * code.iter().map(|c| c * c).sum::<f32>();
        Self {
            codes,
            half_squares: book.chunks_exact(dims).map(half_square).collect(),
            rows,
        }
    }

    /// The best continuations of all candidates, best first.
    fn extend(&self, candidates: &[Candidate]) -> Vec<Candidate> {
        let mut best: Vec<(f32, usize, usize)> = Vec::with_capacity(WIDTH + 1);
        let mut errors = vec![0.0f32; self.codes];
        for (from, candidate) in candidates.iter().enumerate() {
            errors.copy_from_slice(&self.half_squares);
            for (value, row) in candidate.rest.iter().zip(self.rows.chunks_exact(self.codes)) {
                for (error, code) in errors.iter_mut().zip(row) {
                    *error -= value * code;
                }
            }
            for (code, error) in errors.iter().enumerate() {
                let error = candidate.error + error;
                if best.len() < WIDTH || best.last().is_some_and(|worst| error < worst.0) {
                    let place = best.partition_point(|other| other.0 <= error);
                    best.insert(place, (error, from, code));
                    best.truncate(WIDTH);
                }
            }
        }
        best.into_iter()
            .map(|(error, from, code)| {
                let from = &candidates[from];
                let rest = from.rest.iter().enumerate();
                let rest = rest
                    .map(|(dim, value)| value - self.rows[dim * self.codes + code])
                    .collect();
                let mut indices = from.indices.clone();
                indices.push(code as u16);
                Candidate { error, rest, indices }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Noise;
    use super::*;
    use crate::codecs::speech::SpeechConfig;

    #[test]
    fn candidates_get_nearer_than_the_nearest_stage_by_stage() {
        let config = SpeechConfig {
            groups: 2,
            stages: 3,
            code_bits: 4,
            code_dims: 4,
            ..SpeechConfig::default()
        };
        let mut random = Noise::new(3);
        let mut books = Codebooks::zeros(&config);
        for book in 0..6 {
            let size = 0.6f32.powi(book as i32 / 2);
            books.set_book(book, random.values(64, size));
        }
        let latents: Vec<f32> = random.values(50 * 8, 1.0);
        let error = |indices: &[u16], used: usize| -> f32 {
            let mut out = [0.0; 8];
            let rows = latents.chunks_exact(8).zip(indices.chunks_exact(used));
            rows.map(|(latent, indices)| {
                books.add_up(indices, used, &mut out);
                latent.iter().zip(&out).map(|(a, b)| (a - b).powi(2)).sum::<f32>()
            })
            .sum()
        };
        let searcher = Searcher::new(&books);
        let greedy = books.quantise(&latents);
        assert!(error(&searcher.search(&latents, 6), 6) < 0.97 * error(&greedy, 6));
        let first: Vec<u16> = greedy.chunks_exact(6).flat_map(|frame| &frame[..1]).copied().collect();
        assert_eq!(searcher.search(&latents, 1), first, "one stage has one nearest code");
        assert_eq!(searcher.search(&latents, 3).len(), 150);
    }
}
