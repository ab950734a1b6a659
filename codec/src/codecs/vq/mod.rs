//! The codec for extreme rates: an index of a tree of code vectors for each cell of 16 x 16 pixels.
//!
//! ```text
//! pixels -> wavelet packet -> leading coefficients of the KLT of each cell                       encode, floats
//!        -> the node of a tree of code vectors at the depth of the stream                        encode, entropy::index
//!   ------------------------------------------------ nodes, and bytes by entropy::index
//!        -> code vectors -> linear from 3 x 3 of them, by depth -> inverse KLT -> bands          synthesis, integers
//!        -> texture: noise of the energy that the node lost, by a seed                           texture, integers
//!        -> network: residual blocks at 1/8 repaint the bands, where the model has them          network, integers
//!        -> inverse wavelet packet -> pixels
//! ```
//!
//! The depth is the rate: a prefix of an index is the index in a smaller codebook, so one model has all rates. At the
//! highest ones a second tree refines the first. All of the decoder is integers.

mod codec;
mod config;
mod encode;
mod fill;
#[cfg_attr(test, allow(clippy::float_arithmetic))]
pub mod fit;
mod model;
mod network;
#[cfg(test)]
mod network_tests;
mod params;
mod search;
mod seen;
mod stream;
mod synthesis;
#[cfg(test)]
mod tests;
mod texture;
mod weights;

pub use codec::ROW;
pub use config::{NetworkConfig, VqConfig};
pub use model::{VqModel, VqParts};
pub use network::{NetworkParts, inputs_of_network, shape as network_shape};
pub use params::TEXTURE_MAX;
pub use seen::{Seen, band_values};
pub use weights::{VQ_CODEC, VqManifest};

/// Pixels along one side of a cell.
pub const CELL: usize = 16;
/// Values of a cell in the wavelet packet: four positions of all bands.
pub const CELL_BANDS: usize = 4 * lmc_kernels::packet::BANDS;
/// Values of a cell as it is painted: its nodes and the seed of its texture.
const CELL_VALUES: usize = 3;
/// Cells around those that are painted on which their pixels depend without a network: one for the linear layer, and the
/// reach of the packet.
const HALO: u32 = 3;
/// Fractional bits of code vectors.
const VECTOR_BITS: u32 = 6;
