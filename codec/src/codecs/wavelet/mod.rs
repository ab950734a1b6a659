//! The wavelet image codec: its configuration, its weights file, and its transforms on the CPU.

mod config;
mod cpu;
mod gains;
mod integers;
mod layout;
mod planes;
mod refine;
mod transforms;
mod weights;

pub use config::{Distortion, MacsPerPixel, WaveletConfig};
pub use cpu::{WaveletCpu, check_len, check_multiples};
pub use integers::{DECODED_BITS, hyper_integers, latent_integers, latent_values};
pub use planes::{LatentField, Planes};
pub use refine::RefineTask;
pub use weights::{Manifest, ModelFile, RESTORATION_VALUES, Restorations, WAVELET_CODEC};

/// Pixels that one latent position stands for, in each direction.
pub const LATENT_BLOCK: usize = 16;
/// Latent positions that one hyper-latent position stands for, in each direction.
pub const HYPER_BLOCK: usize = 4;
