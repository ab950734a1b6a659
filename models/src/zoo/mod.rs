//! Weights: the models that ship inside the library, and the files of all codecs.

mod shipped;
mod sound;

pub use lmc_codec::codecs::audio::{AUDIO_CODEC, AudioManifest};
pub use lmc_codec::codecs::wavelet::{ModelFile, WAVELET_CODEC, WaveletManifest};
pub use lmc_codec::weights::{
    Contents, Manifest, ManifestHead, Storage, TrainingRecord, hash_of, read_tensors, write_tensors,
};
pub use shipped::{ShippedModel, Tune, find, for_images, image_model, shipped};
pub use sound::{default_sound_model, load_sound};
