//! The `audio` task: the state that the coder of the `audio` codec starts every packet from.

mod data;
mod fit;
mod task;
#[cfg(test)]
mod tests;

pub use data::{AudioData, Excerpt};
pub use fit::{Fit, FitConfig, Learned};
pub use task::AudioTask;
