//! A trained prior as bytes, so that it can be part of a model's weights.
//!
//! ```text
//! bytes  what (little-endian)
//!     4  "LMCI"
//!     1  version, 1
//!     1  groups
//!     1  codebooks
//!     1  bits of an index
//!        state of what tells whole packets from others, then that of each codebook
//! ```
//!
//! A state is that of [`Predictor::state`], except that a counter takes 2 bytes: 12 bits of probability, and 4 bits that
//! choose its count among [`COUNTS`].

use super::contexts::shape_of;
use super::{IndexPrior, IndexShape};
use crate::error::{EntropyError, Result};
use crate::mixing::{Predictor, Shape};

const MAGIC: &[u8; 4] = b"LMCI";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 8;
/// The counts that a stored counter can have.
const COUNTS: [u16; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 255];

impl IndexPrior {
    /// What was learned. Counts are cut to `certainty`: the smaller, the faster packets adapt.
    pub fn to_bytes(&self, certainty: u16) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend([self.shape.groups, self.shape.books, self.shape.code_bits as usize].map(|n| n as u8));
        pack(&self.whole, &Shape::new(&[1], &[1]), certainty, &mut bytes);
        for predictor in &self.predictors {
            pack(predictor, &shape_of(&self.shape), certainty, &mut bytes);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] for other bytes, [`EntropyError::Limit`] and [`EntropyError::Parameter`] for shapes
    /// that cannot be.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (header, mut rest) = bytes
            .split_at_checked(HEADER_BYTES)
            .ok_or(EntropyError::Malformed("index prior is cut short"))?;
        if &header[..4] != MAGIC || header[4] != VERSION {
            return Err(EntropyError::Malformed("no index prior of this version"));
        }
        let shape = IndexShape {
            groups: header[5].into(),
            books: header[6].into(),
            code_bits: header[7].into(),
        };
        shape.check()?;
        // Every codebook takes bytes of its own, so the input bounds the allocation.
        let least = shape.books << shape.code_bits;
        if rest.len() < least {
            return Err(EntropyError::Malformed("index prior is cut short"));
        }
        let mut prior = Self::new(shape)?;
        unpack(&mut prior.whole, &Shape::new(&[1], &[1]), &mut rest)?;
        for predictor in &mut prior.predictors {
            unpack(predictor, &shape_of(&shape), &mut rest)?;
        }
        if rest.is_empty() {
            Ok(prior)
        } else {
            Err(EntropyError::Malformed("data after the index prior"))
        }
    }
}

fn counters_of(shape: &Shape) -> usize {
    shape.contexts.iter().sum()
}

fn pack(predictor: &Predictor, shape: &Shape, certainty: u16, bytes: &mut Vec<u8>) {
    let state = predictor.state(certainty);
    let (counters, weights) = state.split_at(4 * counters_of(shape));
    for &[p0, p1, n0, n1] in counters.as_chunks::<4>().0 {
        let (p, count) = (u16::from_le_bytes([p0, p1]), u16::from_le_bytes([n0, n1]));
        let level = COUNTS.partition_point(|&c| c <= count) - 1;
        bytes.extend((p & !15 | level as u16).to_le_bytes());
    }
    bytes.extend(weights);
}

fn unpack(predictor: &mut Predictor, shape: &Shape, rest: &mut &[u8]) -> Result<()> {
    let counters = counters_of(shape);
    let weights = predictor.state_len() - 4 * counters;
    let (own, others) = rest
        .split_at_checked(2 * counters + weights)
        .ok_or(EntropyError::Malformed("index prior is cut short"))?;
    *rest = others;
    let (packed, weights) = own.split_at(2 * counters);
    let mut state = Vec::with_capacity(predictor.state_len());
    for pair in packed.as_chunks::<2>().0 {
        let value = u16::from_le_bytes(*pair);
        // The middle of what the 12 bits stand for.
        state.extend((value & !15 | 8).to_le_bytes());
        state.extend(COUNTS[usize::from(value & 15)].to_le_bytes());
    }
    state.extend(weights);
    predictor.set_state(&state)
}
