//! A weights file: transforms in 16-bit floats, the prior in integers, a manifest, and the hash that streams name.

use std::collections::BTreeMap;
use std::sync::Arc;

use lmc_entropy::prior::{LatentPrior, PriorSpec};

use super::{WaveletConfig, layout};
use crate::error::ModelHash;
use crate::weights::{
    Manifest, NamedTensor, Params, Storage, StoredTensor, StoredTensors, TensorFile, Type, WeightsFile, model_id,
    write_tensors,
};
use crate::{CodecError, Quality, Result};

/// The name of the wavelet image codec in manifests.
pub const WAVELET_CODEC: &str = "wavelet";
const PRIOR_KEY: &str = "prior";

/// Values of a restoration filter: where differences are cut off, in 8-bit steps, then 34 coefficients for each of three channels.
pub const RESTORATION_VALUES: usize = 1 + 3 * 34;

/// Who a wavelet model is and how it came about.
pub type WaveletManifest = Manifest<WaveletConfig>;

/// Filters that decoders use on pictures, one for each anchor of the quality.
#[derive(Debug, Clone, PartialEq)]
pub struct Restorations {
    values: Vec<f32>,
}

impl Restorations {
    fn new(tensor: &StoredTensor<'_>, anchors: usize) -> Result<Self> {
        if tensor.shape != [anchors, RESTORATION_VALUES] || tensor.kind == Type::Byte {
            let found = format!("restoration filters of shape {:?} for {anchors} anchors", tensor.shape);
            return Err(CodecError::Weights(found));
        }
        let values = tensor.values();
        Ok(Self { values })
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
    /// The id by which streams name the model.
    pub hash: [u8; 16],
    /// What the file says of itself.
    pub manifest: WaveletManifest,
    /// Parameters of the transforms and gains, as the file stores them.
    pub tensors: StoredTensors<'static>,
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
        let mut tensors = stored.tensors;
        tensors.remove(PRIOR_KEY);
        let restorations = tensors.remove(layout::RESTORATIONS);
        let restorations = restorations.map(|tensor| Restorations::new(&tensor, manifest.config.anchors));
        check_shapes(&manifest.config, &tensors)?;
        let owned = |(name, tensor): (String, StoredTensor<'_>)| (name, tensor.into_owned());
        Ok(Self {
            hash: file.model.0,
            restorations: restorations.transpose()?,
            manifest,
            tensors: tensors.into_iter().map(owned).collect(),
            prior: Arc::new(prior),
        })
    }

    /// The id of the model in a weights file: [`model_id`] of these parts.
    ///
    /// - configuration: `anchors`, `decoder_blocks`, `hyper`, `latents` and `width`
    /// - tensors: those of the synthesis, `g_s.*`, the inverse gains, `gains.log_inverse`, and `restorations` where there are some
    /// - blob: `prior`
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part is missing or malformed.
    pub fn model_id(file: &TensorFile<'_>) -> Result<ModelHash> {
        let config = manifest_of(file)?.config;
        let mut names: Vec<String> = layout::decoder(&config).into_iter().map(|(name, _)| name).collect();
        names.push(layout::RESTORATIONS.into());
        let tensors = names.iter().filter_map(|name| Some((name, file.tensors.get(name)?)));
        let tensors: Vec<_> = tensors
            .map(|(name, tensor)| (name, &tensor.shape, tensor.values()))
            .collect();
        let deciding = serde_json::json!({
            "anchors": config.anchors,
            "decoder_blocks": config.decoder_blocks,
            "hyper": config.hyper,
            "latents": config.latents,
            "width": config.width,
        });
        let params = tensors
            .iter()
            .map(|(name, shape, values)| (&name[..], &shape[..], &values[..]));
        model_id(WAVELET_CODEC, &deciding, params, [(PRIOR_KEY, file.blob(PRIOR_KEY)?)])
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

    /// The parameters of transforms and gains, converted.
    pub fn params(&self) -> Params {
        let converted = |(name, tensor): (&String, &StoredTensor<'_>)| {
            let (shape, data) = (tensor.shape.clone(), tensor.values());
            (name.clone(), NamedTensor { shape, data })
        };
        self.tensors.iter().map(converted).collect()
    }

    /// The weights file `bytes` with a filter for each anchor of the quality in it.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if the file is no model, or the filters are not as many or of the wrong lengths.
    pub fn with_restorations(bytes: &[u8], filters: &[Vec<f32>]) -> Result<Vec<u8>> {
        let file = Self::parse(bytes)?;
        let (shape, data) = (vec![filters.len(), RESTORATION_VALUES], filters.concat());
        let mut params = file.params();
        params.insert(layout::RESTORATIONS.to_owned(), NamedTensor { shape, data });
        let bytes = Self::serialize(&file.manifest, &params, file.prior.spec())?;
        Self::parse(&bytes)?;
        Ok(bytes)
    }

    /// Writes a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part cannot be serialised.
    pub fn serialize(manifest: &WaveletManifest, params: &Params, prior: &PriorSpec) -> Result<Vec<u8>> {
        write_tensors(
            params,
            Storage::Half,
            &BTreeMap::from([(PRIOR_KEY.to_owned(), prior.to_bytes())]),
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

/// Refuses tensors that are missing, left over or of other shapes. The encoder's may be missing all together.
fn check_shapes(config: &WaveletConfig, tensors: &StoredTensors<'_>) -> Result<()> {
    let mut wanted = layout::decoder(config);
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
