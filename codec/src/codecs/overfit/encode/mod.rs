//! The encoder: networks and latents of one image, trained by gradient and then rounded.
//!
//! Floating-point numbers, and so free to differ between machines in their last bits. What leaves it are integers.

mod canvas;
mod filter;
mod fit;
mod grid;
mod grow;
mod lanes;
mod math;
mod matrix;
mod paint;
mod predict;
mod round;
mod soap;
#[cfg(test)]
mod tests;
mod told;
mod train;

pub(super) use fit::{Fitted, Plan, fit};
pub(super) use paint::Colors;
