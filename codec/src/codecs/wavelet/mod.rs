//! The wavelet image codec: its configuration, its weights file, and what crosses between pictures and transforms.

mod config;
mod planes;
mod refine;
mod weights;

pub use config::{Distortion, MacsPerPixel, WaveletConfig};
pub use planes::{LatentField, Planes};
pub use refine::RefineTask;
pub use weights::{ModelFile, RESTORATION_VALUES, Restorations, WAVELET_CODEC, WaveletManifest};

/// Pixels that one latent position stands for, in each direction.
pub const LATENT_BLOCK: usize = 16;
/// Latent positions that one hyper-latent position stands for, in each direction.
pub const HYPER_BLOCK: usize = 4;
