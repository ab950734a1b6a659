//! Weights: the file format, its manifest, and the models that ship inside the library.

mod audio;
mod file;
mod manifest;
mod shipped;
mod sound;
mod tensors;

pub use audio::{AUDIO_CODEC, AudioManifest};
pub use file::{ModelFile, RESTORATION_VALUES, Restorations, WAVELET_CODEC};
pub use manifest::{Manifest, ManifestHead, TrainingRecord};
pub use shipped::{ShippedModel, Tune, find, image_model, shipped};
pub use sound::{default_sound_model, load_sound};
pub use tensors::{Contents, Storage, read_tensors, write_tensors};
