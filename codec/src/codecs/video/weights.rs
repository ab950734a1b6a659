//! A weights file of video: networks for predicted frames, and the model of images that key frames are coded with.

use std::collections::BTreeMap;
use std::sync::Arc;

use lmc_entropy::prior::{LatentPrior, PriorSpec, SideNetwork, SideSpec};
use lmc_kernels::net::shifted::{Linear, LinearSpec};
use lmc_kernels::packet::{BANDS, FORWARD_LIMIT};

use super::VideoConfig;
use super::ratios::Ratios;
use crate::codecs::wavelet::{
    IntegerSynthesis, ModelFile, SynthesisSpec, WaveletCpu, linear_from_bytes, linear_to_bytes,
};
use crate::error::ModelHash;
use crate::weights::write_tensors;
use crate::weights::{Manifest, Params, Storage, StoredTensor, StoredTensors, TensorFile, WeightsFile, model_id};
use crate::{CodecError, Result};

/// The name of the video codec in manifests.
pub const VIDEO_CODEC: &str = "video";
/// The integer prior.
const PRIOR_KEY: &str = "prior";
/// The network of its temporal side features.
const SIDE_KEY: &str = "side";
/// The integer synthesis.
const SYNTHESIS_KEY: &str = "synthesis";
/// The layer by which it sees the bands of predictions.
const SEEN_KEY: &str = "seen";
/// Logarithms of gains and inverse gains.
const RATIOS_KEY: &str = "ratios";
/// A weights file of the model of images.
const IMAGE_KEY: &str = "image";
const BLOBS: [&str; 6] = [PRIOR_KEY, SIDE_KEY, SYNTHESIS_KEY, SEEN_KEY, RATIOS_KEY, IMAGE_KEY];

/// Who a video model is and how it came about.
pub type VideoManifest = Manifest<VideoConfig>;

/// What a weights file is made of besides the parameters in floating point.
#[derive(Debug, Clone)]
pub struct VideoParts<'a> {
    /// The prior of latents.
    pub prior: &'a PriorSpec,
    /// Its side features, if the model has them.
    pub side: Option<&'a SideSpec>,
    /// The synthesis.
    pub synthesis: &'a SynthesisSpec,
    /// By which it sees predictions.
    pub seen: &'a LinearSpec,
    /// A weights file of images.
    pub image: &'a [u8],
}

/// A parsed weights file.
#[derive(Debug)]
pub struct VideoFile {
    /// The id by which streams name the model.
    pub hash: ModelHash,
    /// What the file says of itself.
    pub manifest: VideoManifest,
    /// Parameters in floating point, which only encoders and training need.
    pub tensors: StoredTensors<'static>,
    /// The integer prior, its contracts checked.
    pub prior: Arc<LatentPrior>,
    /// Its side features.
    pub side: Option<SideNetwork>,
    /// The integer synthesis, its sums proved.
    pub synthesis: Arc<IntegerSynthesis>,
    /// By which it sees predictions.
    pub(super) seen: Linear,
    pub(super) ratios: Ratios,
    /// The model of key frames.
    pub image: Arc<WaveletCpu>,
}

impl VideoFile {
    /// Reads a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] and [`CodecError::Symbols`] for anything that is not a usable model.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let model = Self::model_id(&TensorFile::parse(bytes)?)?;
        Self::parse_known(&WeightsFile::known(bytes, model))
    }

    /// Reads a weights file whose model is known.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_known(file: &WeightsFile<'_>) -> Result<Self> {
        let stored = TensorFile::parse(file.bytes)?;
        let manifest = manifest_of(&stored)?;
        let config = &manifest.config.image;
        let prior = LatentPrior::new(PriorSpec::from_bytes(stored.blob(PRIOR_KEY)?)?)?;
        if prior.channels() != config.latents || prior.z_channels() != config.hyper {
            return Err(CodecError::Weights("the prior does not fit the transforms".into()));
        }
        let side = side_of(&stored, &manifest.config, &prior)?;
        let synthesis = SynthesisSpec::from_bytes(stored.blob(SYNTHESIS_KEY)?, config)?;
        let synthesis = IntegerSynthesis::new(synthesis, config)?;
        let seen = linear_from_bytes(stored.blob(SEEN_KEY)?, [BANDS, config.width])?;
        let seen = synthesis.seeing(&seen, FORWARD_LIMIT)?;
        let ratios = Ratios::from_bytes(stored.blob(RATIOS_KEY)?, config)?;
        let image = WaveletCpu::load(stored.blob(IMAGE_KEY)?)?;
        let mut tensors = stored.tensors;
        tensors.retain(|name, _| !BLOBS.contains(&name.as_str()));
        let owned = |(name, tensor): (String, StoredTensor<'_>)| (name, tensor.into_owned());
        Ok(Self {
            hash: file.model,
            tensors: tensors.into_iter().map(owned).collect(),
            prior: Arc::new(prior),
            synthesis: Arc::new(synthesis),
            image: Arc::new(image),
            side,
            seen,
            ratios,
            manifest,
        })
    }

    /// The id of the model in a weights file: [`model_id`] of these parts.
    ///
    /// - configuration: of `image` the members `anchors`, `decoder_blocks`, `hyper`, `latents` and `width`;
    ///   `side_features` and `side_width`
    /// - tensors: none
    /// - blobs: `prior`, `ratios`, `seen`, `side` if the model has side features, `synthesis`, and as `image` the 16 bytes
    ///   of the model id of the model of images
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part is missing or malformed.
    pub fn model_id(file: &TensorFile<'_>) -> Result<ModelHash> {
        let VideoConfig {
            image,
            side_features,
            side_width,
        } = manifest_of(file)?.config;
        let deciding = serde_json::json!({
            "image": {
                "anchors": image.anchors,
                "decoder_blocks": image.decoder_blocks,
                "hyper": image.hyper,
                "latents": image.latents,
                "width": image.width,
            },
            "side_features": side_features,
            "side_width": side_width,
        });
        let image = ModelFile::model_id(&TensorFile::parse(file.blob(IMAGE_KEY)?)?)?;
        let own = [PRIOR_KEY, RATIOS_KEY, SEEN_KEY, SYNTHESIS_KEY].into_iter();
        let own = own.chain(side_features.then_some(SIDE_KEY));
        let blobs = own.map(|name| Ok((name, file.blob(name)?)));
        let blobs: Vec<_> = blobs.chain([Ok((IMAGE_KEY, &image.0[..]))]).collect::<Result<_>>()?;
        model_id(VIDEO_CODEC, &deciding, [], blobs)
    }

    /// Reads the manifest alone.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for anything that is no weights file of the codec.
    pub fn manifest_of(bytes: &[u8]) -> Result<VideoManifest> {
        manifest_of(&TensorFile::parse(bytes)?)
    }

    /// Writes a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part cannot be serialised or gains are missing.
    pub fn serialize(manifest: &VideoManifest, params: &Params, parts: &VideoParts<'_>) -> Result<Vec<u8>> {
        let mut blobs = BTreeMap::from([
            (PRIOR_KEY.to_owned(), parts.prior.to_bytes()),
            (SYNTHESIS_KEY.to_owned(), parts.synthesis.to_bytes()),
            (SEEN_KEY.to_owned(), linear_to_bytes(parts.seen)),
            (RATIOS_KEY.to_owned(), Ratios::of(params)?.to_bytes()),
            (IMAGE_KEY.to_owned(), parts.image.to_vec()),
        ]);
        blobs.extend(parts.side.map(|side| (SIDE_KEY.to_owned(), side.to_bytes())));
        write_tensors(params, Storage::Half, &blobs, manifest.to_metadata()?)
    }
}

fn side_of(stored: &TensorFile<'_>, config: &VideoConfig, prior: &LatentPrior) -> Result<Option<SideNetwork>> {
    if !config.side_features {
        return Ok(None);
    }
    let spec = SideSpec::from_bytes(stored.blob(SIDE_KEY)?)?;
    if spec.bands != BANDS || spec.inputs != config.side_inputs() {
        return Err(CodecError::Weights("the side features have other inputs".into()));
    }
    Ok(Some(SideNetwork::new(spec, prior)?))
}

/// The manifest of a video model, its configuration checked.
fn manifest_of(file: &TensorFile<'_>) -> Result<VideoManifest> {
    let manifest: VideoManifest = file.manifest(VIDEO_CODEC)?;
    manifest.config.check()?;
    Ok(manifest)
}
