//! A weights file of the speech codec: networks and codebooks in 16-bit floats, the prior in integers, a manifest.

use std::collections::BTreeMap;

use lmc_entropy::speech::IndexPrior;
use serde::{Deserialize, Serialize};

use super::SpeechConfig;
use crate::weights::{Params, Storage, TrainingRecord, hash_of, read_tensors, write_tensors};
use crate::{CodecError, Result};

/// The name of the speech codec in manifests.
pub const SPEECH_CODEC: &str = "speech";
const MANIFEST_KEY: &str = "manifest";
const PRIOR_KEY: &str = "prior";

/// Who a speech model is and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpeechManifest {
    /// `<codec>-<variant>-v<n>`
    pub id: String,
    /// The codec that the weights are for.
    pub codec: String,
    /// Shape of the networks and the quantiser.
    pub config: SpeechConfig,
    /// How it was trained.
    pub training: TrainingRecord,
}

/// A parsed weights file.
#[derive(Debug)]
pub struct SpeechFile {
    /// First 16 bytes of the BLAKE3 hash of the file: streams name their model by it.
    pub hash: [u8; 16],
    /// What the file says of itself.
    pub manifest: SpeechManifest,
    /// Parameters of the networks, and the codebooks.
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
        let mut contents = read_tensors(bytes)?;
        let manifest = contents
            .metadata
            .get(MANIFEST_KEY)
            .ok_or_else(|| CodecError::Weights("there is no manifest".into()))?;
        let codec: CodecOf =
            serde_json::from_str(manifest).map_err(|error| CodecError::Weights(format!("the manifest: {error}")))?;
        if codec.codec != SPEECH_CODEC {
            return Err(CodecError::Weights(format!(
                "the codec is '{}', not speech",
                codec.codec
            )));
        }
        let manifest: SpeechManifest =
            serde_json::from_str(manifest).map_err(|error| CodecError::Weights(format!("the manifest: {error}")))?;
        manifest.config.check()?;
        let prior = contents
            .blobs
            .remove(PRIOR_KEY)
            .ok_or_else(|| CodecError::Weights("there is no prior".into()))?;
        let prior = IndexPrior::from_bytes(&prior)?;
        if prior.shape() != manifest.config.index_shape() {
            return Err(CodecError::Weights("the prior does not fit the codebooks".into()));
        }
        Ok(Self {
            hash: hash_of(bytes),
            manifest,
            params: contents.params,
            prior,
        })
    }

    /// Writes a weights file with the prior as its bytes.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part cannot be serialised.
    pub fn serialize(manifest: &SpeechManifest, params: &Params, prior: Vec<u8>) -> Result<Vec<u8>> {
        let manifest =
            serde_json::to_string(manifest).map_err(|error| CodecError::Weights(format!("the manifest: {error}")))?;
        let blobs = BTreeMap::from([(PRIOR_KEY.to_owned(), prior)]);
        let metadata = BTreeMap::from([(MANIFEST_KEY.to_owned(), manifest)]);
        write_tensors(params, Storage::Half, &blobs, metadata)
    }
}

/// The part of every manifest that names the codec.
#[derive(Deserialize)]
struct CodecOf {
    codec: String,
}
