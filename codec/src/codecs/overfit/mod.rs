//! The overfitted codec: small networks and grids of latents that are trained for one image and sent with it.
//!
//! ```text
//! latents at 1, 1/2, ... 1/64 -> each doubled until it has the size of the tile -> 1x1 -> ReLU -> 1x1 -> colours
//!    |                                                                               -> + 3x3, ReLU -> + 3x3 ->
//! samples
//!    +- a network predicts each from its neighbours and coarser grids -> Laplace tables -> range coder
//! ```
//!
//! There is no model: a stream holds its networks, rounded, in a codec segment. Decoding is integers throughout, so
//! everyone makes the same samples; tiles share the networks and nothing else. Encoding is training ([`encode`]), and
//! takes as long.
//!
//! After Cool-chic (Ladune et al., arXiv 2212.05458) and C3 (Kim et al., arXiv 2312.02753); with other contexts,
//! integers, order and coding of networks.

mod codec;
#[cfg_attr(not(test), deny(clippy::float_arithmetic))]
mod dense;
#[cfg_attr(not(test), deny(clippy::float_arithmetic))]
mod double;
mod encode;
#[cfg_attr(not(test), deny(clippy::float_arithmetic))]
mod latents;
#[cfg_attr(not(test), deny(clippy::float_arithmetic))]
mod networks;
mod params;
mod plan;
#[cfg_attr(not(test), deny(clippy::float_arithmetic))]
mod shape;
#[cfg_attr(not(test), deny(clippy::float_arithmetic))]
mod stream;
#[cfg_attr(not(test), deny(clippy::float_arithmetic))]
mod synthesis;
#[cfg(test)]
mod tests;

pub use codec::ROW;
