//! A model from photographs, without gradients: KLT, hierarchical k-means, least squares, and what the prior learns.
//!
//! ```text
//! crops -> second moments of cells -> KLT                                                          klt
//!       -> coefficients of all cells -> halves of halves, each by k-means -> tree                  cluster
//!       -> what leaves miss -> a second tree, in the same way                                       cluster
//!       -> nodes at all depths -> one linear layer for each depth, from 3 x 3 code vectors         decoder
//!       -> energy that leaves lose, by groups of bands -> textures                                 lost
//!       -> prediction of vectors from neighbours, state of the prior                               indices
//! ```
//!
//! Sums are in a fixed order: the same crops give the same model with any number of threads.

mod algebra;
mod cluster;
mod decoder;
mod field;
mod indices;
mod klt;
mod lost;
#[cfg(test)]
pub(super) mod tests;

use lmc_entropy::index::{IndexPrior, Prediction};
use serde::{Deserialize, Serialize};

use super::model::{EncoderParts, trees};
use super::{VqConfig, VqParts};
use crate::{CodecError, Result};
use field::Field;

/// Settings of a fit; saved beside the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Sizes of the model.
    pub model: VqConfig,
    /// What errors of colour count beside those of luma.
    pub chroma: f64,
    /// Cells that the second moments are of, at most.
    pub moment_cells: usize,
    /// Cells that the layer of each depth is fitted to, at most.
    pub decoder_cells: usize,
    /// Times that each pair of children is moved to the means of their cells.
    pub rounds: usize,
    /// Times that the prior sees all crops.
    pub passes: usize,
    /// Counts of the prior are cut to this: the smaller, the faster a stream adapts.
    pub certainty: u16,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            model: VqConfig::default(),
            chroma: 0.7,
            moment_cells: 150_000,
            decoder_cells: 60_000,
            rounds: 8,
            passes: 3,
            certainty: 120,
        }
    }
}

/// Square crops of photographs.
pub trait Crops: Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// Pixels along one side, a multiple of 16.
    fn side(&self) -> usize;

    /// Planar RGB of 0..1.
    ///
    /// # Errors
    /// Unreadable data.
    fn crop(&self, index: usize) -> Result<Vec<f32>>;
}

/// Fits a model; `say` is told what each part came to.
///
/// # Errors
/// [`CodecError::Parameter`] for crops that are too few or too small, and those of reading them.
pub fn fit(config: &FitConfig, crops: &dyn Crops, say: &mut dyn FnMut(&str)) -> Result<VqParts> {
    config.model.check()?;
    if crops.count() == 0 || crops.side() == 0 || !crops.side().is_multiple_of(super::CELL) {
        return Err(CodecError::Parameter(
            "a fit needs crops whose sides are multiples of 16".into(),
        ));
    }
    let basis = klt::Basis::of(config, crops)?;
    say(&format!("KLT: {:.1}% of the energy", 100.0 * basis.kept()));
    let mut field = Field::new(config, crops, &basis)?;
    let first = cluster::tree_of(config, &field.leading(), config.model.depth);
    let mut parts = vec![first];
    let sizes = VqConfig {
        refinement: 0,
        ..config.model
    };
    let first = trees(&sizes, &parts)?;
    let distances = first.first().map_or(Vec::new(), |tree| field.search(tree));
    say(&format!("first tree: squared distances {distances:.2?}"));
    if let (Some(tree), 1..) = (first.first(), config.model.refinement) {
        parts.push(cluster::refinement(config, &field.rests(tree), config.model.refinement));
    }
    let code = trees(&config.model, &parts)?;
    if let [first, second] = &code[..] {
        field.refine(first, second);
        say(&format!("second tree: gains {:.2}", field.gain));
    }
    let prediction = code
        .first()
        .map_or(Vec::new(), |tree| indices::prediction(config, &field, tree));
    let mut prior = IndexPrior::new(code, Prediction::new(config.model.predicted, prediction)?)?;
    let (synthesis, errors) = decoder::layers(config, &field, &prior, &basis)?;
    say(&format!("decoder: squared errors of coefficients {errors:.2?}"));
    let textures = lost::textures(config, crops, &field, &prior, &basis, &synthesis)?;
    let state = indices::state(config, &field, &mut prior, say)?;
    Ok(VqParts {
        config: config.model,
        trees: parts,
        textures,
        prediction: prior.prediction().weights().to_vec(),
        state,
        synthesis,
        network: None,
        encoder: Some(EncoderParts {
            analysis: basis.analysis(config.model.channels),
            distances,
        }),
    })
}
