//! The general codec of sound: a lapped transform with blocks of many lengths, steps that follow the levels of bands.

mod blocks;
mod codec;
mod dct;
mod lapped;
mod levels;
mod quantise;
mod stereo;

/// How the encoder chooses; decoders need not know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderSettings {
    /// Coefficients under this many steps become 0.
    pub dead_zone: f32,
    /// What is added before others are cut to integers.
    pub rounding: f32,
    /// Blocks are halved where that costs less than this share.
    pub split_gain: f32,
    /// Of how many steps the noise is that decides about halving; one over it.
    pub split_noise: f32,
}

/// How the decoder fills in what was not coded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecoderSettings {
    /// How far coefficients of 1, 2 and more steps lie nearer to 0 than that.
    pub towards_zero: [f32; 3],
    /// Least and largest amplitude of noise in coded bands, in steps.
    pub noise_low: f32,
    /// See `noise_low`.
    pub noise_high: f32,
    /// Share of the noise in bands that are not all 0.
    pub noise_mixed: f32,
}
