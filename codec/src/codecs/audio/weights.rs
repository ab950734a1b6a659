//! The weights file of the `audio` codec: the rule of steps, the trained state of the coder, settings, and a manifest.

use std::collections::BTreeMap;

use lmc_entropy::audio::{Model, Rule};
use serde::{Deserialize, Serialize};

use super::{AudioModel, DecoderSettings, EncoderSettings};
use crate::weights::{NamedTensor, Params, Storage, TrainingRecord, hash_of, read_tensors, write_tensors};
use crate::{CodecError, Result};

/// The name of the codec in manifests.
pub const AUDIO_CODEC: &str = "audio";
const MANIFEST_KEY: &str = "manifest";
const RULE_KEY: &str = "rule";
const STATE_KEY: &str = "state";
const ENCODER_KEY: &str = "encoder";
const DECODER_KEY: &str = "decoder";

/// Who a model of the `audio` codec is and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioManifest {
    /// `audio-<variant>-v<n>`
    pub id: String,
    /// [`AUDIO_CODEC`].
    pub codec: String,
    /// How it was fitted.
    pub training: TrainingRecord,
}

impl AudioManifest {
    /// Reads the manifest of a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] when the file is of another codec or damaged.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        Self::of(&read_tensors(bytes)?.metadata)
    }

    fn of(metadata: &BTreeMap<String, String>) -> Result<Self> {
        let text = metadata.get(MANIFEST_KEY).ok_or_else(|| missing("manifest"))?;
        let manifest: Self =
            serde_json::from_str(text).map_err(|error| CodecError::Weights(format!("the manifest: {error}")))?;
        if manifest.codec != AUDIO_CODEC {
            let codec = manifest.codec;
            return Err(CodecError::Weights(format!(
                "the codec is '{codec}', not '{AUDIO_CODEC}'"
            )));
        }
        Ok(manifest)
    }
}

impl AudioModel {
    /// Reads a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] and [`CodecError::Symbols`] for anything that is not a usable model.
    pub fn load(bytes: &[u8]) -> Result<Self> {
        let contents = read_tensors(bytes)?;
        AudioManifest::of(&contents.metadata)?;
        let blob = |key: &str| contents.blobs.get(key).ok_or_else(|| missing(key));
        let rule = Rule::from_bytes(blob(RULE_KEY)?)?;
        let mut coder = Model::new()?;
        coder.set_state(blob(STATE_KEY)?)?;
        let encoder = EncoderSettings::from_array(values(&contents.params, ENCODER_KEY)?);
        let decoder = DecoderSettings::from_array(values(&contents.params, DECODER_KEY)?);
        Ok(Self::new(rule, coder, encoder, decoder)?.with_hash(hash_of(bytes)))
    }

    /// Writes a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part cannot be serialised.
    pub fn serialize(&self, manifest: &AudioManifest) -> Result<Vec<u8>> {
        let manifest =
            serde_json::to_string(manifest).map_err(|error| CodecError::Weights(format!("the manifest: {error}")))?;
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
            BTreeMap::from([(MANIFEST_KEY.to_owned(), manifest)]),
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
