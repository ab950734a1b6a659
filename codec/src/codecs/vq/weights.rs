//! The weights file of the codec.

use std::collections::BTreeMap;

use super::model::{EncoderParts, TreeParts, VqParts};
use super::network::NetworkParts;
use super::synthesis::SynthesisSpec;
use super::texture::GROUPS;
use super::{CELL_BANDS, VqConfig, VqModel};
use crate::error::ModelHash;
use crate::weights::{
    Contents, Manifest, NamedTensor, Params, Storage, TensorFile, WeightsFile, model_id, read_tensors, write_tensors,
};
use crate::{CodecError, Result};

/// The name of the codec in manifests.
pub const VQ_CODEC: &str = "vq";
const ANALYSIS_KEY: &str = "encoder.analysis";
const DISTANCES_KEY: &str = "encoder.distances";
/// The blobs, which all decide decoding.
const BLOBS: [&str; 4] = ["codebook", "prior", "synthesis", "textures"];

/// That of the network, where there is one.
const NETWORK: &str = "network";

/// Who a model of the codec is and how it came about.
pub type VqManifest = Manifest<VqConfig>;

impl VqModel {
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
        Self::new(VqParts::parse(file.bytes)?, file.model)
    }

    /// The id of the model in a weights file: [`model_id`] of the configuration and all blobs.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part is missing.
    pub fn model_id(file: &TensorFile<'_>) -> Result<ModelHash> {
        let config = file.manifest::<VqConfig>(VQ_CODEC)?.config;
        let names = BLOBS.into_iter().chain(config.network.map(|_| NETWORK));
        let config = serde_json::to_value(config).map_err(|error| CodecError::Weights(error.to_string()))?;
        let blobs = names.map(|name| file.blob(name).map(|blob| (name, blob)));
        let blobs = blobs.collect::<Result<Vec<_>>>()?;
        model_id(VQ_CODEC, &config, [], blobs)
    }
}

impl VqParts {
    /// Reads the parts of a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for missing parts and wrong lengths.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let contents = read_tensors(bytes)?;
        let config = contents.manifest::<VqConfig>(VQ_CODEC)?.config;
        config.check()?;
        let wrong = |name: &str| CodecError::Weights(format!("{name} has the wrong length"));
        let trees = trees_of(contents.blob("codebook")?, &config).ok_or_else(|| wrong("codebook"))?;
        let textures = contents.blob("textures")?;
        if textures.len() != ((2usize << config.depth) - 1) * GROUPS {
            return Err(wrong("textures"));
        }
        let prior = contents.blob("prior")?;
        let weights = 8 * config.predicted * config.predicted;
        let (prediction, state) = prior.split_at_checked(weights).ok_or_else(|| wrong("prior"))?;
        let prediction = prediction.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes));
        let network = config
            .network
            .map(|_| NetworkParts::from_bytes(contents.blob(NETWORK)?, &config));
        Ok(Self {
            network: network.transpose()?,
            trees,
            textures: [&[0; GROUPS][..], textures].concat(),
            prediction: prediction.collect(),
            state: state.to_vec(),
            synthesis: SynthesisSpec::from_bytes(contents.blob("synthesis")?, &config)?,
            encoder: encoder_of(&contents)?,
            config,
        })
    }

    /// Writes a weights file; the manifest's configuration becomes that of the model.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if a part cannot be serialised.
    pub fn serialize(&self, manifest: Manifest<()>) -> Result<Vec<u8>> {
        let bytes = |tree: &TreeParts| {
            let vectors = tree.vectors.iter().skip(self.config.channels);
            [tree.shifts.clone(), vectors.map(|value| *value as u8).collect()].concat()
        };
        let codebook = self.trees.iter().flat_map(bytes).collect();
        let prediction = self.prediction.iter().flat_map(|weight| weight.to_le_bytes());
        let prior = prediction.chain(self.state.iter().copied()).collect();
        let textures = self.textures.iter().skip(GROUPS).copied().collect();
        let [a, b, c, d] = BLOBS.map(str::to_owned);
        let mut blobs = BTreeMap::from([(a, codebook), (b, prior), (c, self.synthesis.to_bytes()), (d, textures)]);
        if let Some(network) = &self.network {
            blobs.insert(NETWORK.to_owned(), network.to_bytes());
        }
        let mut params = Params::new();
        if let Some(encoder) = &self.encoder {
            let analysis = NamedTensor {
                shape: vec![self.config.channels, CELL_BANDS],
                data: encoder.analysis.clone(),
            };
            let distances = NamedTensor {
                shape: vec![encoder.distances.len()],
                data: encoder.distances.clone(),
            };
            params.insert(ANALYSIS_KEY.to_owned(), analysis);
            params.insert(DISTANCES_KEY.to_owned(), distances);
        }
        let metadata = manifest.with_config(self.config).to_metadata()?;
        write_tensors(&params, Storage::Half, &blobs, metadata)
    }
}

/// The trees of their bytes, if these have the right length.
fn trees_of(mut bytes: &[u8], config: &VqConfig) -> Option<Vec<TreeParts>> {
    let mut trees = Vec::new();
    for depth in [config.depth, config.refinement].into_iter().filter(|depth| *depth > 0) {
        let (shifts, rest) = bytes.split_at_checked(config.channels)?;
        let (vectors, rest) = rest.split_at_checked(((2usize << depth) - 1) * config.channels)?;
        let signed = vectors.iter().map(|byte| *byte as i8);
        trees.push(TreeParts {
            shifts: shifts.to_vec(),
            vectors: std::iter::repeat_n(0, config.channels).chain(signed).collect(),
        });
        bytes = rest;
    }
    bytes.is_empty().then_some(trees)
}

fn encoder_of(contents: &Contents) -> Result<Option<EncoderParts>> {
    let tensor = |name: &str| contents.params.get(name).map(|tensor| tensor.data.clone());
    match (tensor(ANALYSIS_KEY), tensor(DISTANCES_KEY)) {
        (Some(analysis), Some(distances)) => Ok(Some(EncoderParts { analysis, distances })),
        (None, None) => Ok(None),
        _ => Err(CodecError::Weights("a part of the encoder is missing".into())),
    }
}
