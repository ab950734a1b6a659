//! A weights file: transforms in 16-bit floats, the prior in integers, a manifest, and the hash that streams name.

use std::collections::BTreeMap;
use std::sync::Arc;

use lmc_entropy::prior::{LatentPrior, PriorSpec};

use serde::{Deserialize, Serialize};

use super::{WaveletConfig, layout};
use crate::weights::{NamedTensor, Params, Storage, TrainingRecord, hash_of, read_tensors, write_tensors};
use crate::{CodecError, Quality, Result};

/// The name of the wavelet image codec in manifests.
pub const WAVELET_CODEC: &str = "wavelet";
const MANIFEST_KEY: &str = "manifest";
const PRIOR_KEY: &str = "prior";

/// Values of a restoration filter: where differences are cut off, in 8-bit steps, then 34 coefficients for each of three channels.
pub const RESTORATION_VALUES: usize = 1 + 3 * 34;

/// Who a model is and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `<codec>-<variant>-v<n>`
    pub id: String,
    /// The codec that the weights are for.
    pub codec: String,
    /// Shape of the networks.
    pub config: WaveletConfig,
    /// How it was trained.
    pub training: TrainingRecord,
}

/// Filters that decoders use on pictures, one for each anchor of the quality.
#[derive(Debug, Clone, PartialEq)]
pub struct Restorations {
    values: Vec<f32>,
}

impl Restorations {
    fn new(tensor: NamedTensor, anchors: usize) -> Result<Self> {
        if tensor.shape != [anchors, RESTORATION_VALUES] || tensor.data.len() != anchors * RESTORATION_VALUES {
            let found = format!("restoration filters of shape {:?} for {anchors} anchors", tensor.shape);
            return Err(CodecError::Weights(found));
        }
        if tensor.data.iter().any(|value| !value.is_finite()) {
            return Err(CodecError::Weights("a restoration filter is not finite".into()));
        }
        Ok(Self { values: tensor.data })
    }

    /// The filter at a quality, [`RESTORATION_VALUES`] long.
    pub fn at(&self, quality: Quality) -> Vec<f32> {
        let anchors: Vec<&[f32]> = self.values.chunks_exact(RESTORATION_VALUES).collect();
        let position = quality.position(anchors.len());
        let (low, share) = (position.floor(), position.fract());
        let [low, high] = [low as usize, position.ceil() as usize].map(|at| anchors[at.min(anchors.len() - 1)]);
        low.iter()
            .zip(high)
            .map(|(low, high)| low + share * (high - low))
            .collect()
    }
}

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
    /// Filters for decoded pictures, where the model has some.
    pub restorations: Option<Restorations>,
}

impl ModelFile {
    /// Reads a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] and [`CodecError::Symbols`] for anything that is not a usable model.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut contents = read_tensors(bytes)?;
        let manifest = contents
            .metadata
            .get(MANIFEST_KEY)
            .ok_or_else(|| CodecError::Weights("there is no manifest".into()))?;
        let manifest: Manifest =
            serde_json::from_str(manifest).map_err(|error| CodecError::Weights(format!("the manifest: {error}")))?;
        if manifest.codec != WAVELET_CODEC {
            return Err(CodecError::Weights(format!(
                "the codec is '{}', which this version does not know",
                manifest.codec
            )));
        }
        manifest.config.check()?;
        let prior = contents
            .blobs
            .remove(PRIOR_KEY)
            .ok_or_else(|| CodecError::Weights("there is no prior".into()))?;
        let prior = LatentPrior::new(PriorSpec::from_bytes(&prior)?)?;
        if prior.channels() != manifest.config.latents || prior.z_channels() != manifest.config.hyper {
            return Err(CodecError::Weights("the prior does not fit the transforms".into()));
        }
        let restorations = contents.params.remove(layout::RESTORATIONS);
        let restorations = restorations.map(|tensor| Restorations::new(tensor, manifest.config.anchors));
        check_shapes(&manifest.config, &contents.params)?;
        Ok(Self {
            hash: hash_of(bytes),
            restorations: restorations.transpose()?,
            manifest,
            params: contents.params,
            prior: Arc::new(prior),
        })
    }

    /// The weights file `bytes` with a filter for each anchor of the quality in it.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if the file is no model, or the filters are not as many or of the wrong lengths.
    pub fn with_restorations(bytes: &[u8], filters: &[Vec<f32>]) -> Result<Vec<u8>> {
        let mut file = Self::parse(bytes)?;
        let tensor = NamedTensor {
            shape: vec![filters.len(), RESTORATION_VALUES],
            data: filters.concat(),
        };
        Restorations::new(tensor.clone(), file.manifest.config.anchors)?;
        file.params.insert(layout::RESTORATIONS.to_owned(), tensor);
        Self::serialize(&file.manifest, &file.params, file.prior.spec())
    }

    /// Writes a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part cannot be serialised.
    pub fn serialize(manifest: &Manifest, params: &Params, prior: &PriorSpec) -> Result<Vec<u8>> {
        let manifest =
            serde_json::to_string(manifest).map_err(|error| CodecError::Weights(format!("the manifest: {error}")))?;
        write_tensors(
            params,
            Storage::Half,
            &BTreeMap::from([(PRIOR_KEY.to_owned(), prior.to_bytes())]),
            BTreeMap::from([(MANIFEST_KEY.to_owned(), manifest)]),
        )
    }
}

/// Refuses tensors that are missing, left over or of other shapes. The encoder's may be missing all together.
fn check_shapes(config: &WaveletConfig, params: &Params) -> Result<()> {
    let mut wanted = layout::decoder(config);
    let encoder = layout::encoder(config);
    if encoder.iter().any(|(name, _)| params.contains_key(name)) {
        wanted.extend(encoder);
    }
    for (name, shape) in &wanted {
        let tensor = params.get(name);
        let tensor = tensor.ok_or_else(|| CodecError::Weights(format!("{name} is missing")))?;
        if tensor.shape != *shape {
            let found = &tensor.shape;
            return Err(CodecError::Weights(format!(
                "{name} has shape {found:?}, but the model needs {shape:?}"
            )));
        }
    }
    if wanted.len() != params.len() {
        let found = params.len();
        return Err(CodecError::Weights(format!(
            "{found} tensors, but the model has {}",
            wanted.len()
        )));
    }
    Ok(())
}
