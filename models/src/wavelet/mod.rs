//! The wavelet image codec: transforms, training twin of the prior, and the model that encodes and decodes.

mod codec;
mod config;
mod distortion;
mod gain;
mod klt;
mod model;
pub mod packet;
mod params;
mod prior;
mod quantise;
mod rate;
mod transform;

pub use crate::quality::Quality;
pub use codec::{Outcome, WaveletCodec};
pub(crate) use codec::{Phase, per_picture};
pub use config::WaveletConfig;
pub use distortion::Distortion;
pub(crate) use distortion::ErrorWeights;
pub use klt::start_from_klt;
pub(crate) use model::DECODED_BITS;
pub use model::{LatentField, Planes, WaveletModel};
pub use packet::LEVELS;
pub(crate) use params::host_values;
pub use params::{NamedTensor, Params, export_params, import_params};
pub use prior::{HYPER_FRACTION_BITS, LOG_SCALE_FRACTION_BITS, MEAN_FRACTION_BITS, PriorTwin};
pub use quantise::LatentQuantiser;
#[cfg(test)]
pub(crate) use quantise::TrellisTwin;
pub(crate) use rate::MIXTURE;
pub(crate) use transform::Synthesis;

/// Pixels that one latent position stands for, in each direction.
pub const LATENT_BLOCK: usize = 16;
/// Latent positions that one hyper-latent position stands for, in each direction.
pub const HYPER_BLOCK: usize = 4;
