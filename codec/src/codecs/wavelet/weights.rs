//! A weights file: prior and synthesis in integers, what only encoders need in 16-bit floats, a manifest, and the hash that
//! streams name.

use std::collections::BTreeMap;
use std::sync::Arc;

use lmc_entropy::prior::{LatentPrior, PriorSpec};

use super::synthesis::{IntegerSynthesis, SynthesisSpec};
use super::{WaveletConfig, layout};
use crate::error::ModelHash;
use crate::weights::{
    Manifest, NamedTensor, Params, Storage, StoredTensor, StoredTensors, TensorFile, Type, WeightsFile, model_id,
    write_tensors,
};
use crate::{CodecError, Result};

/// The name of the wavelet image codec in manifests.
pub const WAVELET_CODEC: &str = "wavelet";
const PRIOR_KEY: &str = "prior";
const SYNTHESIS_KEY: &str = "synthesis";

/// Who a wavelet model is and how it came about.
pub type WaveletManifest = Manifest<WaveletConfig>;

/// A parsed weights file.
#[derive(Debug)]
pub struct ModelFile {
    /// The id by which streams name the model.
    pub hash: [u8; 16],
    /// What the file says of itself.
    pub manifest: WaveletManifest,
    /// Parameters that decide nothing of decoding, as the file stores them: the inverse gains, and what only encoders need:
    /// those of the analysis, and the synthesis in floating point for gradients.
    pub tensors: StoredTensors<'static>,
    /// The integer prior, its contracts checked.
    pub prior: Arc<LatentPrior>,
    /// The integer synthesis, its sums proved.
    pub synthesis: Arc<IntegerSynthesis>,
}

impl ModelFile {
    /// Reads a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] and [`CodecError::Symbols`] for anything that is not a usable model.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let model = Self::model_id(&TensorFile::parse(bytes)?)?;
        Self::parse_known(&WeightsFile::known(bytes, model))
    }

    /// Reads the manifest alone.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for anything that is no weights file of the codec.
    pub fn manifest_of(bytes: &[u8]) -> Result<WaveletManifest> {
        manifest_of(&TensorFile::parse(bytes)?)
    }

    /// Reads a weights file whose model is known.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_known(file: &WeightsFile<'_>) -> Result<Self> {
        let stored = TensorFile::parse(file.bytes)?;
        let manifest = manifest_of(&stored)?;
        let prior = LatentPrior::new(PriorSpec::from_bytes(stored.blob(PRIOR_KEY)?)?)?;
        if prior.channels() != manifest.config.latents || prior.z_channels() != manifest.config.hyper {
            return Err(CodecError::Weights("the prior does not fit the transforms".into()));
        }
        let spec = SynthesisSpec::from_bytes(stored.blob(SYNTHESIS_KEY)?, &manifest.config)?;
        let synthesis = IntegerSynthesis::new(spec, &manifest.config)?;
        let mut tensors = stored.tensors;
        tensors.retain(|name, _| name != PRIOR_KEY && name != SYNTHESIS_KEY);
        check_shapes(&manifest.config, &tensors)?;
        let owned = |(name, tensor): (String, StoredTensor<'_>)| (name, tensor.into_owned());
        Ok(Self {
            hash: file.model.0,
            manifest,
            tensors: tensors.into_iter().map(owned).collect(),
            prior: Arc::new(prior),
            synthesis: Arc::new(synthesis),
        })
    }

    /// The id of the model in a weights file: [`model_id`] of these parts.
    ///
    /// - configuration: `anchors`, `decoder_blocks`, `hyper`, `latents` and `width`
    /// - tensors: none
    /// - blobs: `prior` and `synthesis`
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part is missing or malformed.
    pub fn model_id(file: &TensorFile<'_>) -> Result<ModelHash> {
        let config = manifest_of(file)?.config;
        let deciding = serde_json::json!({
            "anchors": config.anchors,
            "decoder_blocks": config.decoder_blocks,
            "hyper": config.hyper,
            "latents": config.latents,
            "width": config.width,
        });
        let blobs = [PRIOR_KEY, SYNTHESIS_KEY].map(|name| file.blob(name).map(|blob| (name, blob)));
        let [prior, synthesis] = blobs;
        model_id(WAVELET_CODEC, &deciding, [], [prior?, synthesis?])
    }

    /// The weights file `bytes` without the tensors that only encoders need; it has the same model id.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if the file is no wavelet model.
    pub fn for_decoders(bytes: &[u8]) -> Result<Vec<u8>> {
        let mut file = TensorFile::parse(bytes)?;
        for (name, _) in layout::encoder(&manifest_of(&file)?.config) {
            file.tensors.remove(&name);
        }
        file.serialize()
    }

    /// The parameters that only encoders need, converted.
    pub fn params(&self) -> Params {
        let converted = |(name, tensor): (&String, &StoredTensor<'_>)| {
            let (shape, data) = (tensor.shape.clone(), tensor.values());
            (name.clone(), NamedTensor { shape, data })
        };
        self.tensors.iter().map(converted).collect()
    }

    /// The weights file `bytes` with a filter for each anchor of the quality in it, each as
    /// [`fit_restoration`](crate::fit_restoration) gives it.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if the file is no model, or the filters are not as many or out of range.
    pub fn with_restorations(bytes: &[u8], filters: &[Vec<f64>]) -> Result<Vec<u8>> {
        let file = Self::parse(bytes)?;
        let synthesis = file.synthesis.spec().clone().with_filters(filters);
        let bytes = Self::serialize(&file.manifest, &file.params(), file.prior.spec(), &synthesis)?;
        Self::parse(&bytes)?;
        Ok(bytes)
    }

    /// Writes a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part cannot be serialised.
    pub fn serialize(
        manifest: &WaveletManifest,
        params: &Params,
        prior: &PriorSpec,
        synthesis: &SynthesisSpec,
    ) -> Result<Vec<u8>> {
        let blobs = [(PRIOR_KEY, prior.to_bytes()), (SYNTHESIS_KEY, synthesis.to_bytes())];
        write_tensors(
            params,
            Storage::Half,
            &BTreeMap::from(blobs.map(|(name, bytes)| (name.to_owned(), bytes))),
            manifest.to_metadata()?,
        )
    }
}

/// The manifest of a wavelet model, its configuration checked.
fn manifest_of(file: &TensorFile<'_>) -> Result<WaveletManifest> {
    let manifest: WaveletManifest = file.manifest(WAVELET_CODEC)?;
    manifest.config.check()?;
    Ok(manifest)
}

/// Refuses tensors that are missing, left over or of other shapes. Those of encoders may be missing all together.
fn check_shapes(config: &WaveletConfig, tensors: &StoredTensors<'_>) -> Result<()> {
    let mut wanted = layout::kept(config);
    let encoder = layout::encoder(config);
    if encoder.iter().any(|(name, _)| tensors.contains_key(name)) {
        wanted.extend(encoder);
    }
    for (name, shape) in &wanted {
        let tensor = tensors.get(name);
        let tensor = tensor.ok_or_else(|| CodecError::Weights(format!("{name} is missing")))?;
        if tensor.shape != *shape || tensor.kind == Type::Byte {
            let found = &tensor.shape;
            return Err(CodecError::Weights(format!(
                "{name} has shape {found:?}, but the model needs {shape:?}"
            )));
        }
    }
    if wanted.len() != tensors.len() {
        let found = tensors.len();
        return Err(CodecError::Weights(format!(
            "{found} tensors, but the model has {}",
            wanted.len()
        )));
    }
    Ok(())
}
