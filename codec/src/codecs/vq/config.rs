//! The shape of a model.

use lmc_entropy::index::MAX_DEPTH;
use serde::{Deserialize, Serialize};

use super::CELL_BANDS;
use crate::{CodecError, Result};

/// Sizes of the network behind the linear layers of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// Channels at an eighth of the resolution, a multiple of 8.
    pub width: usize,
    /// Residual blocks.
    pub blocks: usize,
}

/// Sizes of a model; part of its manifest and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VqConfig {
    /// Levels of the first tree of code vectors, 1 to 14.
    pub depth: u32,
    /// Levels of the second tree, which refines the deepest nodes of the first, up to 14; 0 for none.
    pub refinement: u32,
    /// Values of a code vector, a multiple of 8: leading coefficients of a cell.
    pub channels: usize,
    /// Coefficients of a cell that the decoder predicts from the code vectors around it.
    pub coefficients: usize,
    /// Leading values of a code vector that the prior predicts from its neighbours.
    pub predicted: usize,
    /// The network that repaints what the linear layers make, if the model has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkConfig>,
}

impl Default for VqConfig {
    fn default() -> Self {
        Self {
            depth: MAX_DEPTH,
            refinement: MAX_DEPTH,
            channels: 32,
            coefficients: 96,
            predicted: 16,
            network: None,
        }
    }
}

impl VqConfig {
    /// Depths that streams may have: those of the first tree, and that of both.
    pub fn depths(&self) -> usize {
        self.depth as usize + usize::from(self.refinement > 0)
    }

    /// Refuses sizes that no model has.
    ///
    /// # Errors
    /// [`CodecError::Weights`] with the sizes.
    pub fn check(&self) -> Result<()> {
        let depth = (1..=MAX_DEPTH).contains(&self.depth) && self.refinement <= MAX_DEPTH;
        let channels = (8..=128).contains(&self.channels) && self.channels.is_multiple_of(8);
        let coefficients = (1..=CELL_BANDS).contains(&self.coefficients);
        let predicted = (1..=self.channels.min(64)).contains(&self.predicted);
        let network = self.network.is_none_or(|network| {
            let width = (8..=256).contains(&network.width) && network.width.is_multiple_of(8);
            width && (1..=16).contains(&network.blocks)
        });
        if depth && channels && coefficients && predicted && network {
            return Ok(());
        }
        Err(CodecError::Weights(format!(
            "a model of these sizes cannot be: {self:?}"
        )))
    }
}
