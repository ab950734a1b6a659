//! The network of the decoder: residual blocks at an eighth of the resolution that repaint the bands.
//!
//! ```text
//! code vector, levels of texture, depth -> 1x1 4 C -> depth to space -> + -> blocks -> 1x1 192 -> + -> + -> bands
//!                 |                         bands with texture -> 1x1 C -^                           ^    ^- bands
//!                 +-> 1x1 4 * 192 -> depth to space -------------------------------------------------+
//! ```
//!
//! It is the synthesis of the wavelet codec, with code vectors as its latents. The texture is its randomness: the network
//! sees it in the bands and makes of it what looks like the picture, the same on every machine.

use lmc_entropy::index::IndexPrior;
use lmc_kernels::net::shifted::{Linear, LinearSpec};
use lmc_kernels::packet::BANDS;

use super::synthesis::{levels_of, nodes_of};
use super::{CELL_VALUES, NetworkConfig, VqConfig, texture};
use crate::codecs::image::Grid;
use crate::codecs::wavelet::{IntegerSynthesis, SynthesisSpec, WaveletConfig, linear_from_bytes, linear_to_bytes};
use crate::quality::Quality;
use crate::{CodecError, Result};

/// Inputs besides the code vector: levels of texture, the depth, whether the cell is refined, and zeros.
const BESIDES: usize = 16;
/// What a step of a level of texture is as an input.
const LEVEL: i16 = 8;
/// What a depth is.
const DEPTH: i16 = 16;
/// What a refined cell has.
const REFINED: i16 = 128;
/// Inputs are this many times what the network sees.
const INPUT: f32 = 128.0;

impl NetworkConfig {
    /// Multiplications for each cell.
    pub(super) fn macs(&self, config: &VqConfig) -> usize {
        let inner = self.width;
        let block = 6 * inner * inner + 9 * inner;
        let inputs = channels(config);
        4 * (inputs * (inner + BANDS) + 2 * BANDS * inner + self.blocks * block)
    }
}

/// Inputs of a cell.
fn channels(config: &VqConfig) -> usize {
    config.channels + BESIDES
}

/// The network as the synthesis of a wavelet model; none where the model has none.
pub fn shape(config: &VqConfig) -> Option<WaveletConfig> {
    config.network.map(|network| WaveletConfig {
        width: network.width,
        latents: channels(config),
        decoder_blocks: network.blocks,
        anchors: 2,
        ..WaveletConfig::default()
    })
}

/// The network as files hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkParts {
    /// All but the layer that sees bands.
    pub synthesis: SynthesisSpec,
    /// From bands into the blocks.
    pub seen: LinearSpec,
}

impl NetworkParts {
    /// As bytes: the length of the synthesis, the synthesis, the layer that sees bands.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let synthesis = self.synthesis.to_bytes();
        let length = (synthesis.len() as u32).to_le_bytes();
        [&length[..], &synthesis, &linear_to_bytes(&self.seen)].concat()
    }

    /// Reads what [`Self::to_bytes`] wrote for a model with a network.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for another length.
    pub(super) fn from_bytes(bytes: &[u8], config: &VqConfig) -> Result<Self> {
        let cut = || CodecError::Weights("the network has the wrong length".into());
        let shape = shape(config).ok_or_else(|| CodecError::Weights("the model has no network".into()))?;
        let (length, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
        let (synthesis, seen) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or_else(cut)?;
        Ok(Self {
            synthesis: SynthesisSpec::from_bytes(synthesis, &shape)?,
            seen: linear_from_bytes(seen, [BANDS, shape.width])?,
        })
    }
}

/// The network, its sums proved.
#[derive(Debug)]
pub(super) struct Network {
    synthesis: IntegerSynthesis,
    seen: Linear,
}

impl Network {
    /// # Errors
    /// [`CodecError::Weights`] for sums that could overflow, or other sizes.
    pub(super) fn new(parts: NetworkParts, config: &VqConfig) -> Result<Self> {
        let shape = shape(config).ok_or_else(|| CodecError::Weights("the model has no network".into()))?;
        let synthesis = IntegerSynthesis::new(parts.synthesis, &shape)?;
        let seen = synthesis.seeing(&parts.seen, i16::MAX)?;
        Ok(Self { synthesis, seen })
    }

    /// Adds to bands, `[2 height, 2 width, 192]`, what the network makes of them and of [`inputs`] of the cells.
    pub(super) fn repaint(&self, inputs: &[i16], bands: &mut [i16], size: [usize; 2]) {
        let x = self.synthesis.inputs(inputs, Quality::default());
        let found = self.synthesis.bands_seeing(&x, Some((&self.seen, bands)), size);
        bands
            .iter_mut()
            .zip(found)
            .for_each(|(band, found)| *band = band.saturating_add(found).max(-i16::MAX));
    }
}

/// What the network sees of cells besides their bands: `[cells, inputs]`.
pub(super) fn inputs(prior: &IndexPrior, textures: &[u8], cells: &Grid<i16>, layer: usize) -> Vec<i16> {
    let mut out = Vec::with_capacity(cells.data().len() / CELL_VALUES * (BESIDES + 32));
    for nodes in nodes_of(cells.data()) {
        out.extend(prior.vector(nodes));
        let levels = levels_of(textures, nodes[0])
            .iter()
            .map(|level| i16::from(*level) * LEVEL);
        out.extend(levels.chain(std::iter::repeat(0)).take(texture::GROUPS));
        // The root of the second tree and its leftmost path stand for a cell that is not refined.
        let is_refined = !nodes[1].is_power_of_two();
        out.extend([layer as i16 * DEPTH, if is_refined { REFINED } else { 0 }, 0, 0]);
    }
    out
}

/// Inputs of cells as the network sees them.
pub fn inputs_of_network(inputs: &[i16]) -> Vec<f32> {
    inputs.iter().map(|value| f32::from(*value) / INPUT).collect()
}

/// The natural logarithm of what a decoded latent of the wavelet codec, with 4 fractional bits, is multiplied with to be
/// an input.
pub(super) fn log_gain() -> f32 {
    (16.0 / INPUT).ln()
}
