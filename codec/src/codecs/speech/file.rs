//! A weights file of the speech codec: networks and codebooks in 16-bit floats, the prior in integers, a manifest.

use std::collections::BTreeMap;

use lmc_entropy::speech::IndexPrior;

use super::SpeechConfig;
use crate::error::ModelHash;
use crate::weights::{Manifest, Params, Storage, TensorFile, WeightsFile, model_id, read_tensors, write_tensors};
use crate::{CodecError, Result};

/// The name of the speech codec in manifests.
pub const SPEECH_CODEC: &str = "speech";
const PRIOR_KEY: &str = "prior";
/// The tensor of the latent of silence. It decides decoding, so a file has it: the encoder, which could tell it, may
/// differ between files of one model.
pub const SILENCE_KEY: &str = "silence";

/// Who a speech model is and how it came about.
pub type SpeechManifest = Manifest<SpeechConfig>;

/// A parsed weights file.
#[derive(Debug)]
pub struct SpeechFile {
    /// The id by which streams name the model.
    pub hash: [u8; 16],
    /// What the file says of itself.
    pub manifest: SpeechManifest,
    /// Parameters of the networks, the codebooks, and the latent of silence.
    pub params: Params,
    /// The integer prior.
    pub prior: IndexPrior,
}

impl SpeechFile {
    /// Reads a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] and [`CodecError::Symbols`] for anything that is not a usable speech model.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let model = Self::model_id(&TensorFile::parse(bytes)?)?;
        Self::parse_known(&WeightsFile::known(bytes, model))
    }

    /// Reads a weights file whose model is known.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_known(file: &WeightsFile<'_>) -> Result<Self> {
        let contents = read_tensors(file.bytes)?;
        let manifest: SpeechManifest = contents.manifest(SPEECH_CODEC)?;
        manifest.config.check()?;
        if !contents.params.contains_key(SILENCE_KEY) {
            return Err(CodecError::Weights(format!("{SILENCE_KEY} is missing")));
        }
        let prior = IndexPrior::from_bytes(contents.blob(PRIOR_KEY)?)?;
        if prior.shape() != manifest.config.index_shape() {
            return Err(CodecError::Weights("the prior does not fit the codebooks".into()));
        }
        Ok(Self {
            hash: file.model.0,
            manifest,
            params: contents.params,
            prior,
        })
    }

    /// The id of the model in a weights file: [`model_id`] of all tensors but those of the encoder, `encoder.*`, the blob `prior`, and the
    /// configuration without `encoder_width` and `encoder_blocks`.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part is missing.
    pub fn model_id(file: &TensorFile<'_>) -> Result<ModelHash> {
        let manifest: SpeechManifest = file.manifest(SPEECH_CODEC)?;
        let config = serde_json::to_value(&manifest.config);
        let mut config = config.map_err(|error| CodecError::Weights(format!("the manifest: {error}")))?;
        if let Some(members) = config.as_object_mut() {
            members.retain(|name, _| !name.starts_with("encoder_"));
        }
        let deciding = |name: &str| name != PRIOR_KEY && !name.starts_with("encoder.");
        let tensors = file.tensors.iter().filter(|(name, _)| deciding(name));
        let tensors: Vec<_> = tensors
            .map(|(name, tensor)| (name, &tensor.shape, tensor.values()))
            .collect();
        let params = tensors
            .iter()
            .map(|(name, shape, values)| (&name[..], &shape[..], &values[..]));
        model_id(SPEECH_CODEC, &config, params, [(PRIOR_KEY, file.blob(PRIOR_KEY)?)])
    }

    /// Writes a weights file with the prior as its bytes.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part cannot be serialised.
    pub fn serialize(manifest: &SpeechManifest, params: &Params, prior: Vec<u8>) -> Result<Vec<u8>> {
        let blobs = BTreeMap::from([(PRIOR_KEY.to_owned(), prior)]);
        write_tensors(params, Storage::Half, &blobs, manifest.to_metadata()?)
    }
}
