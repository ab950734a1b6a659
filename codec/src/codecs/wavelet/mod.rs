//! The wavelet image codec: a wavelet packet, networks from bands to latents and back, and an integer prior of those.
//!
//! [`ImageModel`] is the seam to the networks. [`WaveletCpu`] runs them with the kernels of this workspace; builds with
//! Burn have one more for GPUs and gradients.

mod codec;
mod config;
mod convert;
mod cpu;
mod encode;
mod gains;
mod integers;
mod job;
mod latents;
mod layout;
mod params;
mod refine;
mod restore;
mod seam;
mod stream;
mod synthesis;
#[cfg(test)]
mod tests;
mod timed;
mod transforms;
mod weights;

pub use super::image::{ONE, Planes};
pub use codec::{ROW, WaveletImageCodec};
pub use config::{Distortion, MacsPerPixel, WaveletConfig};
pub use convert::{Calibration, PredictedCrop, integer_synthesis, integer_synthesis_seeing};
pub(in crate::codecs) use convert::{SeenInputs, integer_synthesis_of, patterns};
pub use cpu::{WaveletCpu, check_len, check_multiples};
pub(crate) use gains::LogGains;
pub use integers::{DECODED_BITS, hyper_integers, latent_integers, latent_values};
pub use latents::LatentField;
pub(crate) use layout::{GAIN, INVERSE_GAIN};
pub(in crate::codecs) use params::{CODING_BITS, coding_bits, coding_of};
pub use refine::RefineTask;
pub(crate) use restore::restore_frame;
pub use restore::{Filter, fit_for_all as fit_restoration};
pub use seam::{ImageModel, no_gradients};
pub use synthesis::{FilterSpec, Gain, GainSpec, IntegerSynthesis, SynthesisSpec};
pub(crate) use synthesis::{between, linear_from_bytes, linear_to_bytes, place};
pub(crate) use transforms::{Analysis, HyperAnalysis, Pack};
pub use weights::{ModelFile, WAVELET_CODEC, WaveletManifest};

/// Pixels that one latent position stands for, in each direction.
pub const LATENT_BLOCK: usize = 16;
/// Latent positions that one hyper-latent position stands for, in each direction.
pub const HYPER_BLOCK: usize = 4;

/// [`LATENT_BLOCK`] as pictures count.
const LATENT: u32 = LATENT_BLOCK as u32;
/// Pixels of the neighbours that the transforms see around what they work on.
const HALO: u32 = 64;
/// The longest side of what the encoder transforms at a time, in pixels without halo: bounds its memory.
const WINDOW: u32 = 1024;
/// The same for the decoder, which needs less memory for a pixel: the larger windows are, the less of them is halo.
const DECODED_WINDOW: u32 = 2048;
