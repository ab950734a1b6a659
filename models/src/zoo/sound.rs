//! The codecs of sound that weights files hold.

use std::sync::Arc;

use super::{AUDIO_CODEC, ManifestHead, ShippedModel, shipped};
use crate::{ModelError, Result};
use lmc_codec::codecs::audio::AudioModel;
use lmc_codec::codecs::speech::{SPEECH_CODEC, SpeechModel};
use lmc_codec::sound::SoundCodec;

/// Loads the codec of sound whose weights these are.
///
/// # Errors
/// [`ModelError::Weights`] and [`ModelError::Prior`] for anything that is no usable codec of sound.
pub fn load_sound(weights: &[u8]) -> Result<Arc<dyn SoundCodec>> {
    let head = ManifestHead::parse(weights)?;
    match head.codec.as_str() {
        AUDIO_CODEC => Ok(Arc::new(AudioModel::load(weights)?)),
        SPEECH_CODEC => Ok(Arc::new(SpeechModel::load(weights)?)),
        codec => Err(ModelError::Weights(format!("the codec '{codec}' is none of sounds"))),
    }
}

/// The model that sounds are encoded with by the codec of this name unless another is asked for.
pub fn default_sound_model(codec: &str) -> Option<&'static ShippedModel> {
    let of_codec = |model: &&ShippedModel| model.id.split('-').next() == Some(codec);
    shipped().iter().filter(|_| codec != "wavelet").rfind(of_codec)
}
