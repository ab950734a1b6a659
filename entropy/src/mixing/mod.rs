//! Context mixing: the probability of a bit from several contexts at once, in integers.
//!
//! Each context has a [`Counter`], which remembers how often a bit was 1 after it. Their logits are
//! inputs of small logistic mixers, whose weights learn with every bit which contexts to believe.
//! Both start from a trained state, so that short streams cost little, and go on learning. It is
//! serial, so it suits streams of at most some million bits: sound, indices, lossless planes.
//!
//! ```
//! use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
//! use lmc_entropy::mixing::{BitIo, Predictor, Reading, Shape, Writing};
//!
//! // One function for both directions: a decoder ignores the bits it is given.
//! fn code(io: &mut impl BitIo, bits: &mut [bool]) -> lmc_entropy::Result<()> {
//!     let mut model = Predictor::new(&Shape::new(&[4, 2], &[1]))?;
//!     let mut past = 0;
//!     for bit in bits {
//!         *bit = model.code(io, &[past % 4, past % 2], &[0], *bit)?;
//!         past = 2 * past + usize::from(*bit);
//!         past %= 4;
//!     }
//!     Ok(())
//! }
//!
//! let wanted: Vec<bool> = (0..1000).map(|i| i % 3 == 0).collect();
//! let mut encoder = RangeEncoder::new();
//! code(&mut Writing(&mut encoder), &mut wanted.clone())?;
//! let bytes = encoder.finish();
//! assert!(bytes.len() < 20, "a pattern is cheap: {} bytes", bytes.len());
//!
//! let mut decoder = RangeDecoder::new(&bytes)?;
//! let mut found = vec![false; wanted.len()];
//! code(&mut Reading(&mut decoder), &mut found)?;
//! decoder.finish()?;
//! assert_eq!(found, wanted);
//! # Ok::<(), lmc_entropy::EntropyError>(())
//! ```

mod calibration;
mod counter;
mod io;
mod logistic;
mod mixer;
mod predictor;
mod state;
#[cfg(test)]
mod tests;

pub use counter::Counter;
pub use io::{BitIo, Reading, Tally, Writing};
pub use predictor::{Predictor, Shape};
