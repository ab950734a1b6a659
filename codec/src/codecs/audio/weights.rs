//! The weights file of the `audio` codec: the rule of steps, the trained state of the coder, settings, and a manifest.

use std::collections::BTreeMap;

use lmc_entropy::audio::{Model, Rule};

use super::{AudioModel, DecoderSettings, EncoderSettings};
use crate::error::ModelHash;
use crate::weights::{
    Manifest, NamedTensor, Params, Storage, TensorFile, WeightsFile, model_id, read_tensors, write_tensors,
};
use crate::{CodecError, Result};

/// The name of the codec in manifests.
pub const AUDIO_CODEC: &str = "audio";
const RULE_KEY: &str = "rule";
const STATE_KEY: &str = "state";
const ENCODER_KEY: &str = "encoder";
const DECODER_KEY: &str = "decoder";

/// Who a model of the `audio` codec is and how it came about; the codec has no shape to choose.
pub type AudioManifest = Manifest<Option<()>>;

impl AudioModel {
    /// Reads a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] and [`CodecError::Symbols`] for anything that is not a usable model.
    pub fn load(bytes: &[u8]) -> Result<Self> {
        let model = Self::model_id(&TensorFile::parse(bytes)?)?;
        Self::load_known(&WeightsFile::known(bytes, model))
    }

    /// Reads a weights file whose model is known.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_known(file: &WeightsFile<'_>) -> Result<Self> {
        let contents = read_tensors(file.bytes)?;
        let _: AudioManifest = contents.manifest(AUDIO_CODEC)?;
        let rule = Rule::from_bytes(contents.blob(RULE_KEY)?)?;
        let mut coder = Model::new()?;
        coder.set_state(contents.blob(STATE_KEY)?)?;
        let encoder = EncoderSettings::from_array(values(&contents.params, ENCODER_KEY)?);
        let decoder = DecoderSettings::from_array(values(&contents.params, DECODER_KEY)?);
        let hash = file.model;
        let unnamed = Self::new(rule, coder, encoder, decoder)?;
        Ok(Self { hash, ..unnamed })
    }

    /// The id of the model in a weights file: [`model_id`] of the tensor `decoder` and the blobs `rule` and `state`, with an empty object
    /// as the configuration.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part is missing.
    pub fn model_id(file: &TensorFile<'_>) -> Result<ModelHash> {
        let _: AudioManifest = file.manifest(AUDIO_CODEC)?;
        let decoder = file.tensors.get(DECODER_KEY);
        let decoder = decoder.ok_or_else(|| CodecError::Weights(format!("there is no {DECODER_KEY}")))?;
        let params = [(DECODER_KEY, &decoder.shape[..], &decoder.values()[..])];
        let blobs = [(RULE_KEY, file.blob(RULE_KEY)?), (STATE_KEY, file.blob(STATE_KEY)?)];
        model_id(AUDIO_CODEC, &serde_json::json!({}), params, blobs)
    }

    /// Writes a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part cannot be serialised.
    pub fn serialize(&self, manifest: &AudioManifest) -> Result<Vec<u8>> {
        let tensor = |values: &[f32]| NamedTensor {
            shape: vec![values.len()],
            data: values.to_vec(),
        };
        let (encoder, decoder) = self.settings();
        write_tensors(
            &Params::from([
                (ENCODER_KEY.to_owned(), tensor(&encoder.to_array())),
                (DECODER_KEY.to_owned(), tensor(&decoder.to_array())),
            ]),
            Storage::Single,
            &BTreeMap::from([
                (RULE_KEY.to_owned(), self.rule().to_bytes()),
                (STATE_KEY.to_owned(), self.state()),
            ]),
            manifest.to_metadata()?,
        )
    }
}

fn missing(what: &str) -> CodecError {
    CodecError::Weights(format!("there is no {what}"))
}

fn values<const N: usize>(params: &Params, key: &str) -> Result<[f32; N]> {
    let tensor = params.get(key).ok_or_else(|| missing(key))?;
    let wrong = |_| CodecError::Weights(format!("{key} has {} values, not {N}", tensor.data.len()));
    tensor.data.clone().try_into().map_err(wrong)
}
