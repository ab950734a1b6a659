//! Training of the `audio` codec: the state that its coder starts every packet from.

mod fit;
#[cfg(test)]
mod tests;

pub use fit::{Fit, FitConfig, Learned};
