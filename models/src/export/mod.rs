//! From a trained model to a weights file: the twin of the prior becomes integers, its tables are counted.
//!
//! This is the only place where floating-point numbers turn into probabilities, once, at training time.

mod hyper;
mod layers;
mod observe;
mod prior;
mod scales;
mod tables;
mod twin;
mod video;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use observe::Ranges;
pub(crate) use tables::{scale_lut, trellis_tables};
pub(crate) use twin::{side_twin_params, twin_params};
pub(crate) use video::{ObservedFrame, export_video};
pub use write::{ExportReport, export_wavelet};
