//! The exact world: everything that decides a probability, in integers only.
//!
//! The same bytes give the same symbols on every machine, with any number of threads, or an error.
//!
//! - [`table`]: frequency tables of 16 bits, with an escape for what lies outside their support
//! - [`coder`]: a range coder, interleaved rANS, and adaptive binary models
//! - [`cost`]: what symbols cost at least, by their probabilities
//! - [`index`]: indices of a tree of code vectors, coded in contexts of their neighbours
//! - [`laplace`]: tables of Laplace distributions, by integers
//! - [`mixing`]: bits predicted from several contexts at once
//! - [`prior`]: the latent prior, which turns latents into bytes and back
//! - [`speech`]: indices of a vector quantiser, coded in contexts of their neighbours
//! - [`trellis`]: dependent quantisation, and the search for the best symbols
//! - [`checksum`]: the hash of what crosses the border to the approximate world

#![deny(clippy::float_arithmetic)]

pub mod audio;
pub mod checksum;
pub mod coder;
pub mod cost;
pub mod error;
pub mod index;
pub mod laplace;
pub mod mixing;
pub mod prior;
pub mod speech;
pub mod table;
pub mod trellis;

pub use error::{EntropyError, Result};
