//! A model: the tree of code vectors, its prior, the synthesis, and what encoders need.

use std::sync::Arc;

use lmc_entropy::index::{IndexPrior, Prediction, Tree};

use super::network::{Network, NetworkParts};
use super::synthesis::{Synthesis, SynthesisSpec};
use super::texture::GROUPS;
use super::{CELL_BANDS, VECTOR_BITS, VqConfig};
use crate::error::ModelHash;
use crate::{CodecError, Result};

/// The largest shift of a channel: values of code vectors have 11 bits.
const MAX_SHIFT: u8 = 4;

/// A model as its file holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct VqParts {
    /// The sizes.
    pub config: VqConfig,
    /// The first tree, and the second one if the model has it.
    pub trees: Vec<TreeParts>,
    /// `[2^(depth + 1), 12]` levels of texture of all nodes.
    pub textures: Vec<u8>,
    /// Weights by which the prior predicts code vectors.
    pub prediction: Vec<i16>,
    /// The trained state of the prior.
    pub state: Vec<u8>,
    /// The decoder's layers.
    pub synthesis: SynthesisSpec,
    /// The network behind them, if the model has one.
    pub network: Option<NetworkParts>,
    /// What only encoders need; decoders go without.
    pub encoder: Option<EncoderParts>,
}

/// The code vectors of a tree as files hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeParts {
    /// By how many bits the values of each channel are shifted to have 6 fractional bits.
    pub shifts: Vec<u8>,
    /// `[2^(depth + 1), channels]` values of all nodes, those of node 0 zeros.
    pub vectors: Vec<i8>,
}

/// What encoders need of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderParts {
    /// `[channels, 768]`: from the bands of a cell to its leading coefficients.
    pub analysis: Vec<f32>,
    /// The mean squared distance of cells to their code vectors, at depths of the first tree from 0 on.
    pub distances: Vec<f32>,
}

/// A model that is ready to work.
#[derive(Debug)]
pub struct VqModel {
    pub(super) hash: ModelHash,
    pub(super) prior: IndexPrior,
    pub(super) textures: Vec<u8>,
    pub(super) synthesis: Synthesis,
    pub(super) encoder: Option<EncoderParts>,
    parts: VqConfig,
}

impl VqModel {
    /// Checks the parts of a model.
    ///
    /// # Errors
    /// [`CodecError::Weights`] and [`CodecError::Symbols`] for parts that do not fit each other or could overflow.
    pub fn new(parts: VqParts, hash: ModelHash) -> Result<Self> {
        let config = parts.config;
        config.check()?;
        let trees = trees(&config, &parts.trees)?;
        let limit = trees.iter().map(|tree| tree.limit()).sum();
        check_len("textures", parts.textures.len(), (2 << config.depth) * GROUPS)?;
        let mut prior = IndexPrior::new(trees, Prediction::new(config.predicted, parts.prediction)?)?;
        if !parts.state.is_empty() {
            prior.set_state(&parts.state)?;
        }
        let network = match (&config.network, parts.network) {
            (Some(_), Some(network)) => Some(Network::new(network, &config)?),
            (None, None) => None,
            _ => {
                return Err(CodecError::Weights(
                    "the model does not say which network it has".into(),
                ));
            }
        };
        let synthesis = Synthesis::new(&parts.synthesis, &config, (limit, network))?;
        if let Some(encoder) = &parts.encoder {
            check_len("analysis", encoder.analysis.len(), config.channels * CELL_BANDS)?;
            check_len("distances", encoder.distances.len(), config.depth as usize + 1)?;
        }
        Ok(Self {
            hash,
            prior,
            textures: parts.textures,
            synthesis,
            encoder: parts.encoder,
            parts: config,
        })
    }

    /// The sizes.
    pub fn config(&self) -> &VqConfig {
        &self.parts
    }

    /// The probabilities of indices.
    pub fn prior(&self) -> &IndexPrior {
        &self.prior
    }

    /// The first tree, or the second.
    ///
    /// # Errors
    /// [`CodecError::Internal`] if there is no such tree.
    pub(super) fn tree(&self, stage: usize) -> Result<&Tree> {
        let tree = self.prior.tree(stage).map(|tree| &**tree);
        tree.ok_or_else(|| CodecError::Internal(format!("the model has no tree {stage}")))
    }

    /// The part for encoders.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`] if the model is for decoders only.
    pub(super) fn encoder(&self) -> Result<&EncoderParts> {
        let missing = || CodecError::Unsupported("the weights are for decoders only: they cannot encode".into());
        self.encoder.as_ref().ok_or_else(missing)
    }
}

/// The trees of code vectors with 6 fractional bits.
pub(super) fn trees(config: &VqConfig, parts: &[TreeParts]) -> Result<Vec<Arc<Tree>>> {
    let depths = [config.depth, config.refinement];
    let depths = depths.into_iter().filter(|depth| *depth > 0);
    check_len("trees", parts.len(), depths.clone().count())?;
    parts
        .iter()
        .zip(depths)
        .map(|(parts, depth)| tree(config, parts, depth))
        .collect()
}

fn tree(config: &VqConfig, parts: &TreeParts, depth: u32) -> Result<Arc<Tree>> {
    check_len("shifts", parts.shifts.len(), config.channels)?;
    if let Some(shift) = parts.shifts.iter().find(|shift| **shift > MAX_SHIFT) {
        return Err(CodecError::Weights(format!("code vectors are shifted by {shift} bits")));
    }
    let values = parts.vectors.iter().zip(parts.shifts.iter().cycle());
    let values = values.map(|(value, shift)| i16::from(*value) << shift);
    Ok(Arc::new(Tree::new(depth, config.channels, values.collect())?))
}

/// The value of a coefficient as code vectors hold it.
pub(super) fn fixed(value: f32) -> f32 {
    value * (1 << VECTOR_BITS) as f32
}

fn check_len(what: &str, found: usize, wanted: usize) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    Err(CodecError::Weights(format!("{found} values of {what}, not {wanted}")))
}
