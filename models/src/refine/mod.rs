//! Effort at the encoder: latents refined by gradient against what they cost and what they bring, the decoder fixed.
//!
//! The network that makes latents is one for all pictures; for each single one there are better latents near to its own. In each
//! step the latents are coded as in a stream, and then move a share of the way to where the error of the decoder would be least if
//! each decoded latent could move alone: a step of Newton's method with the mean curvature of each channel, taken where the decoder
//! will be, so that the errors of one latent make up for those of others. A step that loses more than a little is taken back, those
//! after one that brings nothing are smaller, and the best of all is what comes out. What a latent costs itself needs no gradient: the search of the trellis weighs it. What the others cost
//! that the prior predicts from it does, and the same gradient tells which hyper-latents should be others: each step also chooses
//! those anew, by what the latents of this picture will cost.
//!
//! Streams are those of any encoder; only the symbols are better chosen.
//!
//! Source of the idea, with another method: Campos et al., "Content adaptive optimization for neural image compression" (2019).

mod errors;
mod expected;
mod hyper;
mod rates;
mod steps;
#[cfg(test)]
mod tests;

pub use lmc_codec::codecs::wavelet::RefineTask;
pub(crate) use rates::Rates;
pub(crate) use steps::Refiner;
