//! From nodes to bands, in integers.
//!
//! A linear layer, one for each depth, predicts the leading coefficients of a cell from the code vectors of 3 x 3 cells:
//! it smooths what blocks cut apart. A second one is the inverse KLT, with the scaling of the packet folded in.

use lmc_entropy::index::{IndexPrior, Nodes};
use lmc_kernels::net::shifted::{Linear, LinearSpec, Settling};
use lmc_kernels::packet::{BANDS, exact};
use rayon::prelude::*;

use super::network::{Network, inputs};
use super::{CELL, CELL_BANDS, CELL_VALUES, VqConfig, texture};
use crate::codecs::image::{Grid, Planes, Scale};
use crate::{CodecError, Result};

/// Cells that a cell is predicted from.
pub(super) const AROUND: usize = 9;
/// Fractional bits of coefficients.
pub(super) const COEFFICIENT_BITS: u32 = 8;
/// Largest magnitude of a coefficient: white is 3,547.
const COEFFICIENT_LIMIT: i16 = 8191;
/// Version of the bytes.
const VERSION: u8 = 1;

/// The weights of a linear layer, its biases all 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// By how many bits sums are shifted.
    pub shift: u8,
    /// `[inputs, outputs]`
    pub values: Vec<i16>,
}

/// The layers as a model holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynthesisSpec {
    /// Of depths 1, 2, ..., and of both trees together: `[9 cells in raster order, channels]` to coefficients.
    pub spread: Vec<Weights>,
    /// Coefficients to four positions of bands.
    pub inverse: Weights,
}

impl SynthesisSpec {
    /// As bytes: the version, and of each layer its shift and its weights, little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for layer in self.spread.iter().chain([&self.inverse]) {
            bytes.push(layer.shift);
            bytes.extend(layer.values.iter().flat_map(|value| value.to_le_bytes()));
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote for a model of these sizes.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for another version or length.
    pub fn from_bytes(bytes: &[u8], config: &VqConfig) -> Result<Self> {
        let cut = || CodecError::Weights("the synthesis has the wrong length".into());
        let (&version, mut rest) = bytes.split_first().ok_or_else(cut)?;
        if version != VERSION {
            return Err(CodecError::Weights(format!("a synthesis of version {version}")));
        }
        let mut layer = |inputs: usize, outputs: usize| {
            let (&shift, values) = rest.split_first().ok_or_else(cut)?;
            let (values, behind) = values.split_at_checked(2 * inputs * outputs).ok_or_else(cut)?;
            rest = behind;
            let values = values.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes));
            Ok(Weights {
                shift,
                values: values.collect(),
            })
        };
        let spread = (0..config.depths()).map(|_| layer(AROUND * config.channels, config.coefficients));
        let spread = spread.collect::<Result<_>>()?;
        let inverse = layer(config.coefficients, CELL_BANDS)?;
        if rest.is_empty() {
            Ok(Self { spread, inverse })
        } else {
            Err(cut())
        }
    }
}

/// The layers, their sums proved.
#[derive(Debug)]
pub(super) struct Synthesis {
    spread: Vec<Linear>,
    inverse: Linear,
    network: Option<Network>,
}

/// What is painted and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Which of the layers of depths.
    pub(super) layer: usize,
    pub(super) strength: u8,
    pub(super) scale: Scale,
}

impl Synthesis {
    /// Packs the layers for vectors whose values are at most `limit`, before a network.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for sums that could overflow, or other sizes.
    pub(super) fn new(
        spec: &SynthesisSpec,
        config: &VqConfig,
        (limit, network): (i16, Option<Network>),
    ) -> Result<Self> {
        let layer = |weights: &Weights, [inputs, outputs]: [usize; 2], [from, to]: [i16; 2]| {
            let settling = Settling {
                bias: vec![0; outputs],
                shift: weights.shift,
                limit: to,
                leaky: false,
            };
            let values = weights.values.clone();
            let spec = LinearSpec {
                inputs,
                outputs,
                weights: values,
                settling,
            };
            Linear::new(&spec, from).map_err(|error| CodecError::Weights(format!("the synthesis: {error}")))
        };
        let first = [AROUND * config.channels, config.coefficients];
        let spread = spec.spread.iter();
        let spread = spread.map(|weights| layer(weights, first, [limit, COEFFICIENT_LIMIT]));
        let second = [config.coefficients, CELL_BANDS];
        Ok(Self {
            spread: spread.collect::<Result<_>>()?,
            inverse: layer(&spec.inverse, second, [COEFFICIENT_LIMIT, i16::MAX])?,
            network,
        })
    }

    /// The pixels of cells, each of two nodes and a seed.
    pub(super) fn paint(
        &self,
        prior: &IndexPrior,
        textures: &[u8],
        cells: &Grid<i16>,
        manner: Manner,
    ) -> Result<Planes<i32>> {
        let (height, width) = (cells.height(), cells.width());
        let mut bands = self.bands(prior, textures, cells, manner)?;
        if let Some(network) = &self.network {
            let inputs = inputs(prior, textures, cells, manner.layer);
            network.repaint(&inputs, &mut bands, [height, width]);
        }
        let levels = manner.scale.levels();
        Ok(Planes {
            height: (height * CELL) >> levels,
            width: (width * CELL) >> levels,
            data: exact::picture_of(&bands, height * CELL, width * CELL, levels),
        })
    }

    /// What linear layers and texture make, before the network.
    pub(super) fn bands(
        &self,
        prior: &IndexPrior,
        textures: &[u8],
        cells: &Grid<i16>,
        manner: Manner,
    ) -> Result<Vec<i16>> {
        let (height, width) = (cells.height(), cells.width());
        let spread = self.spread.get(manner.layer);
        let spread = spread.ok_or_else(|| CodecError::Internal(format!("there is no layer {}", manner.layer)))?;
        let nodes: Vec<Nodes> = nodes_of(cells.data()).collect();
        let around = around(prior, &nodes, [height, width]);
        let mut coefficients = vec![0; height * width * spread.outputs()];
        spread.run(&around, false, &mut coefficients);
        let mut bands = self.inverse.to_space([height, width], &coefficients);
        let rows = bands.par_chunks_mut((4 * width * BANDS).max(1));
        let cells = cells.data().par_chunks((CELL_VALUES * width).max(1));
        rows.zip(cells).for_each(|(rows, cells)| {
            let (upper, lower) = rows.split_at_mut(2 * width * BANDS);
            let pairs = upper.chunks_exact_mut(2 * BANDS).zip(lower.chunks_exact_mut(2 * BANDS));
            for ((upper, lower), [node, _, seed]) in pairs.zip(cells.as_chunks().0) {
                let ([a, b], [c, d]) = (upper.split_at_mut(BANDS).into(), lower.split_at_mut(BANDS).into());
                let levels = levels_of(textures, *node as u16);
                texture::add([a, b, c, d], levels, u32::from(*seed as u16), manner.strength);
            }
        });
        Ok(bands)
    }
}

/// The texture of a node.
pub(super) fn levels_of(textures: &[u8], node: u16) -> &[u8] {
    let at = usize::from(node) * texture::GROUPS;
    textures.get(at..at + texture::GROUPS).unwrap_or_default()
}

/// The nodes of cells.
pub(super) fn nodes_of(cells: &[i16]) -> impl Iterator<Item = Nodes> {
    let (cells, _) = cells.as_chunks::<CELL_VALUES>();
    cells.iter().map(|[first, second, _]| [*first as u16, *second as u16])
}

/// The vectors of the 3 x 3 cells around each cell: `[cells, 9, channels]`. At an edge the nearest cell is repeated.
pub(super) fn around(prior: &IndexPrior, nodes: &[Nodes], [height, width]: [usize; 2]) -> Vec<i16> {
    let vectors: Vec<i16> = nodes.iter().flat_map(|nodes| prior.vector(*nodes)).collect();
    let channels = vectors.len() / nodes.len().max(1);
    let mut out = Vec::with_capacity(vectors.len() * AROUND);
    for row in 0..height {
        for column in 0..width {
            for y in [row.saturating_sub(1), row, (row + 1).min(height - 1)] {
                for x in [column.saturating_sub(1), column, (column + 1).min(width - 1)] {
                    let at = (y * width + x) * channels;
                    out.extend_from_slice(&vectors[at..at + channels]);
                }
            }
        }
    }
    out
}
