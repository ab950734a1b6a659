//! The wavelet image codec: transforms, training twin of the prior, and the model that encodes and decodes.

mod codec;
mod device;
mod distortion;
mod gain;
mod image_model;
mod klt;
mod model;
mod params;
mod prior;
mod quantise;
mod rate;
mod transform;

pub use codec::{Outcome, WaveletCodec};
pub(crate) use codec::{Phase, disturbed, per_picture};
pub(crate) use distortion::{ErrorWeights, Weigh};
pub use gain::Gains;
pub use klt::start_from_klt;
pub use lmc_codec::Quality;
pub(crate) use lmc_codec::codecs::wavelet::DECODED_BITS;
pub use lmc_codec::codecs::wavelet::{Distortion, HYPER_BLOCK, LATENT_BLOCK, LatentField, Planes, WaveletConfig};
pub use lmc_codec::weights::{NamedTensor, Params};
pub use lmc_kernels::packet::{self, LEVELS};
pub use model::WaveletModel;
pub(crate) use params::host_values;
pub use params::{export_params, import_params};
pub use prior::{HYPER_FRACTION_BITS, LOG_SCALE_FRACTION_BITS, MEAN_FRACTION_BITS, PriorTwin};
pub(crate) use prior::{Observer, Predicted, round_to, straight_through};
pub use quantise::LatentQuantiser;
#[cfg(test)]
pub(crate) use quantise::TrellisTwin;
pub use rate::LogisticMixture;
pub(crate) use rate::{MIXTURE, gaussian_bits};
pub use transform::{Analysis, HyperAnalysis, Synthesis};
