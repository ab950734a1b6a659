//! Layers of the networks that make pixels: `i16` activations and weights, `i32` sums, rescaled by a shift.
//!
//! The step of each activation is folded into the weights, so a layer needs no factor for each output:
//!
//! ```text
//! v = clamp((bias + 2^(shift - 1) + sum of x * w) >> shift, -limit, limit)
//! v = (v * 3277 + 2^14) >> 15                      if the layer is leaky and v < 0
//! ```
//!
//! All products and sums fit 32 bits, which is proved from the weights and the limit of the inputs when a layer is
//! made: kernels may sum in any order.

mod block;
mod linear;
mod settle;
mod spec;
#[cfg(test)]
mod tests;

pub use block::Block;
pub use linear::Linear;
pub use spec::{BlockSpec, LinearSpec, MAX_SHIFT, Settling, TapsSpec};
