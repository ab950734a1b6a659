//! Training of the `speech` codec: networks with gradients, codebooks that learn, the loss, and the export.
//!
//! What encodes and decodes is [`lmc_codec::codecs::speech`]; the networks here are its twins in Burn.

mod export;
mod head;
mod learn;
mod loss;
mod network;
#[cfg(test)]
mod tests;
pub mod train;

pub use export::{SpeechExport, export_speech};
pub use head::Head;
pub use learn::Learner;
pub use lmc_codec::codecs::speech::{
    Codebooks, FEATURE_MARGIN, FEATURES, Features, HOP, PACKET_FRAMES, RATE_HZ, SPEECH_CODEC, SpeechConfig, SpeechFile,
    SpeechManifest, SpeechModel,
};
pub use loss::{LossTerms, LossWeights, Objective};
pub use network::{Decoder, Encoder, SpeechNetwork};
