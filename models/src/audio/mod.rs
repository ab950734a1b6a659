//! The general codec of sound: a lapped transform with blocks of many lengths, steps that follow the levels of bands.

mod blocks;
mod codec;
mod dct;
mod fit;
mod lapped;
mod levels;
mod model;
mod quantise;
mod settings;
mod stereo;
#[cfg(test)]
mod tests;

pub use fit::{Fit, FitConfig, Learned};
pub use model::AudioModel;
pub use settings::{DecoderSettings, EncoderSettings, default_rule};
