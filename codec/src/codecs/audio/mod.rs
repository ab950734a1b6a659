//! The general codec of sound: a lapped transform in blocks of many lengths, and steps that follow the levels of bands.
//!
//! ```text
//! samples at 48 kHz, a packet of 0.51 s and its halo
//!   -> frames of 2048, each one block or halved down to 128 where the sound does not hold still     blocks
//!   -> MDCT with overlaps of the shorter neighbour                                                   lapped
//!   -> pairs of channels turned to their main axis, by an angle for each band and packet             stereo
//!   -> levels of up to 32 bands in steps of 3 dB                                                     levels
//!   -> steps, from levels by integers                                                                entropy::audio::Rule
//!   -> multiples of the steps, lone small ones left out                                              quantise
//! ------------------------------------------------ border: levels and multiples
//!   -> bits, each predicted from its neighbours in time, frequency and the other channel             entropy::audio
//! ------------------------------------------------ bytes, and all of it back
//!   -> noise of the energy that is missing, where multiples are 0                                    quantise
//! ```
//!
//! An MDCT rather than a wavelet packet with learned transforms: its blocks concentrate tones better than any packet of
//! short filters, transients are met by shorter blocks, and with context mixing in place of networks a song decodes many
//! times faster than it plays. Training sets the state of some thousand counters and mixers.

mod blocks;
mod codec;
mod lapped;
mod levels;
mod model;
mod quantise;
mod settings;
mod stereo;
#[cfg(test)]
mod tests;
mod weights;

pub use codec::HALO;
pub use model::{AudioModel, ROW};
pub use settings::{DecoderSettings, EncoderSettings, default_rule};
pub use weights::{AUDIO_CODEC, AudioManifest};
