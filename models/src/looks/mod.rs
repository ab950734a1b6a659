//! How pictures look: features of frozen networks, distances between them, and their gradients.
//!
//! The networks are those of ST-LPIPS (Ghildyal and Liu, "Shift-tolerant perceptual similarity metric", 2022): VGG16 and
//! AlexNet with blurred pooling. Their weights are not part of the project; `datasets/looks/convert.py` makes the file.

mod distance;
mod measure;
mod network;
mod pool;
#[cfg(test)]
pub(crate) mod tests;

pub use distance::{st_lpips, st_lpips_backward};
pub use measure::{Comparison, Picture};
pub use network::{Looks, LooksNetwork, Pass};
