//! The indices of a group-residual vector quantiser, as bytes and back.
//!
//! An index is coded from its highest bit down, as a walk through a binary tree of codes. Codebooks are sorted so that
//! codes under one node are alike; then the upper bits of an index say much of what it stands for, and serve as contexts:
//! those of the same codebook in the last frames, and those of other codebooks in this one. A packet starts from a
//! trained state and learns from there.
//!
//! Sound that is exactly silent needs no indices: runs of such frames are left out at the end of a packet.

mod bytes;
mod contexts;
#[cfg(test)]
mod tests;

use crate::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
use crate::error::{EntropyError, Result, check_limit};
use crate::mixing::{BitIo, Predictor, Reading, Shape, Tally, Writing};
use contexts::Neighbours;

/// Most codebooks of a prior.
pub const MAX_BOOKS: usize = 128;
/// Most frames of a packet.
pub const MAX_FRAMES: usize = 1 << 12;
/// Bits of an index, at most.
pub const MAX_CODE_BITS: u32 = 12;

/// What indices look like. Codebooks of one stage stand side by side: book `b` is of group `b % groups`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexShape {
    /// Groups of a latent.
    pub groups: usize,
    /// Codebooks of all groups and stages.
    pub books: usize,
    /// Bits of an index.
    pub code_bits: u32,
}

impl IndexShape {
    fn check(&self) -> Result<()> {
        for (what, value, most) in [
            ("groups of an index prior", self.groups, 8),
            ("codebooks of an index prior", self.books, MAX_BOOKS),
            ("bits of an index", self.code_bits as usize, MAX_CODE_BITS as usize),
        ] {
            check_limit(what, value as u64, most as u64)?;
            if value == 0 {
                return Err(EntropyError::Parameter { what, value: 0 });
            }
        }
        if !self.books.is_multiple_of(self.groups) {
            return Err(EntropyError::Parameter {
                what: "codebooks of an index prior",
                value: self.books as i64,
            });
        }
        Ok(())
    }
}

/// The indices of a packet, `[frames, books]`: the first `books` codebooks of each frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indices {
    /// Codebooks in use.
    pub books: usize,
    /// One after the other, frame by frame; those of frames past the sounding ones are 0.
    pub values: Vec<u16>,
    /// Frames up to the last that sounds.
    pub sounding: usize,
}

/// The probabilities of indices.
#[derive(Debug, Clone)]
pub struct IndexPrior {
    shape: IndexShape,
    /// One for each codebook, as packets start with it.
    predictors: Vec<Predictor>,
    /// Learned as the others: 1 where a packet sounds to its end.
    whole: Predictor,
}

impl IndexPrior {
    /// A prior that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] and [`EntropyError::Limit`] for shapes that cannot be.
    pub fn new(shape: IndexShape) -> Result<Self> {
        shape.check()?;
        let predictor = |_| Predictor::new(&contexts::shape_of(&shape));
        Ok(Self {
            shape,
            predictors: (0..shape.books).map(predictor).collect::<Result<_>>()?,
            whole: Predictor::new(&Shape::new(&[1], &[1]))?,
        })
    }

    /// What indices look like.
    pub fn shape(&self) -> IndexShape {
        self.shape
    }

    /// Codes a packet.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] for indices that are not of this shape.
    pub fn compress(&self, indices: &Indices) -> Result<Vec<u8>> {
        let frames = self.frames_of(indices)?;
        let mut coder = RangeEncoder::new();
        self.start(indices.books)
            .code(&mut Writing(&mut coder), indices.clone(), frames)?;
        Ok(coder.finish())
    }

    /// Decodes the bytes that [`Self::compress`] wrote for a packet of `frames` frames and `books` codebooks.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] for other bytes, [`EntropyError::Parameter`] and [`EntropyError::Limit`] for numbers
    /// that the prior does not have.
    pub fn decompress(&self, bytes: &[u8], frames: usize, books: usize) -> Result<Indices> {
        self.check_books(books)?;
        check_limit("frames of a packet", frames as u64, MAX_FRAMES as u64)?;
        let blank = Indices {
            books,
            values: vec![0; frames * books],
            sounding: frames,
        };
        let mut coder = RangeDecoder::new(bytes)?;
        let indices = self.start(books).code(&mut Reading(&mut coder), blank, frames)?;
        coder.finish()?;
        Ok(indices)
    }

    /// What a packet costs, in 1/4096 bits: for encoders that choose, and for reports.
    ///
    /// # Errors
    ///
    /// Those of [`Self::compress`].
    pub fn cost(&self, indices: &Indices) -> Result<u64> {
        let frames = self.frames_of(indices)?;
        let mut tally = Tally::default();
        self.start(indices.books).code(&mut tally, indices.clone(), frames)?;
        Ok(tally.cost())
    }

    /// Learns from a packet, so that later ones start from what it was like.
    ///
    /// # Errors
    ///
    /// Those of [`Self::compress`].
    pub fn learn(&mut self, indices: &Indices) -> Result<()> {
        let frames = self.frames_of(indices)?;
        let mut coding = Coding {
            shape: self.shape,
            whole: std::mem::replace(&mut self.whole, Predictor::new(&Shape::new(&[1], &[1]))?),
            predictors: std::mem::take(&mut self.predictors),
        };
        let result = coding.code(&mut Tally::default(), indices.clone(), frames);
        self.predictors = coding.predictors;
        self.whole = coding.whole;
        result.map(drop)
    }

    fn start(&self, books: usize) -> Coding {
        Coding {
            shape: self.shape,
            whole: self.whole.clone(),
            predictors: self.predictors[..books].to_vec(),
        }
    }

    fn check_books(&self, books: usize) -> Result<()> {
        if (1..=self.shape.books).contains(&books) {
            Ok(())
        } else {
            Err(EntropyError::Parameter {
                what: "codebooks of a packet",
                value: books as i64,
            })
        }
    }

    /// The frames of a packet, whose indices are checked.
    fn frames_of(&self, indices: &Indices) -> Result<usize> {
        self.check_books(indices.books)?;
        let frames = indices.values.len() / indices.books;
        check_limit("frames of a packet", frames as u64, MAX_FRAMES as u64)?;
        if !indices.values.len().is_multiple_of(indices.books) || indices.sounding > frames {
            return Err(EntropyError::Parameter {
                what: "indices of a packet",
                value: indices.values.len() as i64,
            });
        }
        let wrong = indices.values.iter().find(|value| **value >> self.shape.code_bits != 0);
        match wrong {
            Some(value) => Err(EntropyError::Parameter {
                what: "index",
                value: i64::from(*value),
            }),
            None => Ok(frames),
        }
    }
}

/// A packet on its way, in either direction.
struct Coding {
    shape: IndexShape,
    predictors: Vec<Predictor>,
    whole: Predictor,
}

impl Coding {
    /// Codes a packet of `frames` frames and returns it. A decoder ignores the values that it is given.
    fn code(&mut self, io: &mut impl BitIo, mut indices: Indices, frames: usize) -> Result<Indices> {
        indices.sounding = self.code_sounding(io, indices.sounding, frames)?;
        let books = indices.books;
        for frame in 0..indices.sounding {
            for book in 0..books {
                let neighbours = Neighbours::of(&indices.values, books, frame, book, self.shape.groups);
                let place = frame * books + book;
                indices.values[place] = self.code_index(io, book, &neighbours, indices.values[place])?;
            }
        }
        indices.values[indices.sounding * books..].fill(0);
        Ok(indices)
    }

    /// Codes how many frames sound.
    fn code_sounding(&mut self, io: &mut impl BitIo, sounding: usize, frames: usize) -> Result<usize> {
        if self.whole.code(io, &[0], &[0], sounding == frames)? {
            return Ok(frames);
        }
        let bits = frames.checked_ilog2().map_or(0, |log| log + 1);
        let found = io.code_bits(sounding as u32, bits)? as usize;
        if found >= frames {
            return Err(EntropyError::Malformed("more frames sound than there are"));
        }
        Ok(found)
    }

    fn code_index(&mut self, io: &mut impl BitIo, book: usize, neighbours: &Neighbours, index: u16) -> Result<u16> {
        let bits = self.shape.code_bits;
        let predictor = &mut self.predictors[book];
        let mut node = 1usize;
        for depth in 0..bits {
            let bit = index >> (bits - 1 - depth) & 1 == 1;
            let contexts = neighbours.contexts(node, &self.shape);
            let selectors = neighbours.selectors(depth, &self.shape);
            node = 2 * node + usize::from(predictor.code(io, &contexts, &selectors, bit)?);
        }
        Ok((node - (1 << bits)) as u16)
    }
}
