//! A weights file: transforms in 16-bit floats, the prior in integers, a manifest, and the hash that streams name.

use std::collections::BTreeMap;
use std::sync::Arc;

use lmc_entropy::prior::{LatentPrior, PriorSpec};

use super::{Manifest, Storage, read_tensors, write_tensors};
use crate::wavelet::Params;
use crate::{ModelError, Result};

/// The name of the wavelet image codec in manifests.
pub const WAVELET_CODEC: &str = "wavelet";
const MANIFEST_KEY: &str = "manifest";
const PRIOR_KEY: &str = "prior";

/// A parsed weights file.
#[derive(Debug)]
pub struct ModelFile {
    /// First 16 bytes of the BLAKE3 hash of the file: streams name their model by it.
    pub hash: [u8; 16],
    /// What the file says of itself.
    pub manifest: Manifest,
    /// Parameters of the transforms and gains.
    pub params: Params,
    /// The integer prior, its contracts checked.
    pub prior: Arc<LatentPrior>,
}

impl ModelFile {
    /// Reads a weights file.
    ///
    /// # Errors
    /// [`ModelError::Weights`] and [`ModelError::Prior`] for anything that is not a usable model.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut contents = read_tensors(bytes)?;
        let manifest = contents
            .metadata
            .get(MANIFEST_KEY)
            .ok_or_else(|| ModelError::Weights("there is no manifest".into()))?;
        let manifest: Manifest =
            serde_json::from_str(manifest).map_err(|error| ModelError::Weights(format!("the manifest: {error}")))?;
        if manifest.codec != WAVELET_CODEC {
            return Err(ModelError::Weights(format!(
                "the codec is '{}', which this version does not know",
                manifest.codec
            )));
        }
        manifest.config.check()?;
        let prior = contents
            .blobs
            .remove(PRIOR_KEY)
            .ok_or_else(|| ModelError::Weights("there is no prior".into()))?;
        let prior = LatentPrior::new(PriorSpec::from_bytes(&prior)?)?;
        if prior.channels() != manifest.config.latents || prior.z_channels() != manifest.config.hyper {
            return Err(ModelError::Weights("the prior does not fit the transforms".into()));
        }
        Ok(Self {
            hash: Self::hash_of(bytes),
            manifest,
            params: contents.params,
            prior: Arc::new(prior),
        })
    }

    /// The hash by which streams name the weights file `bytes`.
    pub fn hash_of(bytes: &[u8]) -> [u8; 16] {
        let mut hash = [0; 16];
        hash.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        hash
    }

    /// Writes a weights file.
    ///
    /// # Errors
    /// [`ModelError::Weights`] if a part cannot be serialised.
    pub fn serialize(manifest: &Manifest, params: &Params, prior: &PriorSpec) -> Result<Vec<u8>> {
        let manifest =
            serde_json::to_string(manifest).map_err(|error| ModelError::Weights(format!("the manifest: {error}")))?;
        write_tensors(
            params,
            Storage::Half,
            &BTreeMap::from([(PRIOR_KEY.to_owned(), prior.to_bytes())]),
            BTreeMap::from([(MANIFEST_KEY.to_owned(), manifest)]),
        )
    }
}
