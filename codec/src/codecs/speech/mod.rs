//! The speech codec: group-residual vector quantisation between networks that work at the rate of frames.
//!
//! ```text
//! samples -> log spectra of each 20 ms -> encoder -> latent, 2 groups
//!                                                      |  nearest codes, stage by stage      (codebook, beam)
//! ------------------------------------------------ border: indices
//!                                                      |  sum of the codes
//! samples <- overlapping windows <- magnitudes, phases <- decoder
//! ```
//!
//! A quality sends the first codebooks of a model, more of them the higher it is; one model serves all qualities.

mod beam;
mod codebook;
mod config;
mod features;
mod file;
mod head;
mod mel;
mod model;
mod network;
mod parts;
mod sort;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use codebook::{Codebooks, nearest};
pub use config::{HOP, PACKET_FRAMES, RATE_HZ, SpeechConfig, TAPS};
pub use features::{FEATURE_MARGIN, FEATURES, Features, noise_window};
pub use file::{SILENCE_KEY, SPEECH_CODEC, SpeechFile, SpeechManifest};
pub use head::Head;
pub use mel::MelBank;
pub use model::{ROW, SpeechModel};
