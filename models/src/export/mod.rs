//! From a trained model to a weights file: the twin of the prior becomes integers, its tables are counted.
//!
//! This is the only place where floating-point numbers turn into probabilities, once, at training time.

mod layers;
mod observe;
mod prior;
mod tables;
mod write;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin;

pub(crate) use tables::{scale_lut, trellis_tables};
pub use write::{ExportReport, export_wavelet};
