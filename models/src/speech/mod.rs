//! The speech codec: group-residual vector quantisation between networks that work at the rate of frames.
//!
//! ```text
//! samples -> log spectra of each 20 ms -> encoder -> latent, 2 groups
//!                                                      |  nearest codes, stage by stage      (codebook)
//! ------------------------------------------------ border: indices
//!                                                      |  sum of the codes
//! samples <- overlapping windows <- magnitudes, phases <- decoder
//! ```
//!
//! A quality sends the first so many codebooks; one model serves them all.

mod codebook;
mod config;
mod features;
mod fourier;
mod head;
mod learn;
mod loss;
mod mel;
mod network;
pub mod train;

pub use codebook::Codebooks;
pub use config::{HOP, PACKET_FRAMES, RATE_HZ, SpeechConfig};
pub use features::{FEATURE_MARGIN, FEATURES, Features};
pub use head::Head;
pub use learn::Learner;
pub use loss::{LossTerms, LossWeights, Objective};
pub use network::{Decoder, Encoder, SpeechNetwork};
