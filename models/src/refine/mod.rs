//! Effort at the encoder: latents refined by gradient against what they cost and what they bring, the decoder fixed.
//!
//! The streams are those of any encoder; only the symbols are better chosen.
//!
//! Source: Campos et al., "Content adaptive optimization for neural image compression" (2019).

mod adam;
mod cost;
mod rates;
mod steps;
mod twin;

pub(crate) use cost::Costs;
pub(crate) use steps::{Conditions, Refiner, tile_of};
pub use steps::{RefineTask, Refined};
#[cfg(test)]
pub(crate) use twin::twin_params;
