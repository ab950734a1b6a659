//! Weights: the file format, its manifest, and the models that ship inside the library.

mod audio;
mod file;
mod manifest;
mod shipped;
mod tensors;

pub use audio::{AUDIO_CODEC, AudioManifest};
pub use file::{ModelFile, WAVELET_CODEC};
pub use manifest::{Manifest, TrainingRecord};
pub use shipped::{ShippedModel, default_audio_model, default_image_model, find, shipped, shipped_audio};
pub use tensors::{Contents, Storage, read_tensors, write_tensors};
