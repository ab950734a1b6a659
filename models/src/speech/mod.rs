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

mod beam;
mod codebook;
mod config;
mod export;
mod features;
mod file;
mod fourier;
mod head;
mod learn;
mod loss;
mod mel;
mod model;
mod network;
mod sort;
#[cfg(test)]
mod tests;
pub mod train;

pub use codebook::Codebooks;
pub use config::{HOP, PACKET_FRAMES, RATE_HZ, SpeechConfig};
pub use export::{SpeechExport, export_speech};
pub use features::{FEATURE_MARGIN, FEATURES, Features};
pub use file::{SPEECH_CODEC, SpeechFile, SpeechManifest};
pub use head::Head;
pub use learn::Learner;
pub use loss::{LossTerms, LossWeights, Objective};
pub use model::SpeechModel;
pub use network::{Decoder, Encoder, SpeechNetwork};
