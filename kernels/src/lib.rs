//! The inner loops that every codec shares. A leaf: no codec, no container, no tensor library.
//!
//! - [`isa`]: the instruction sets that a machine has
//! - [`dots`]: sums of products of 16-bit integers
//! - [`packet`]: the wavelet packet by lifting, in `f32`, and its inverse in integers
//! - [`fft`]: Fourier transforms, bins of real frames, the DCT-IV
//! - [`functions`]: exponentials, sines and cosines that are the same on every machine
//! - [`resample`]: changes of sampling rate
//! - [`layers`]: linear and depthwise layers, residual blocks and changes of resolution, in `f32`
//! - [`net`]: integer networks of 1x1 and depthwise convolutions, part of the exact world: those of priors, and those
//!   that make pixels

#[deny(clippy::float_arithmetic)]
pub mod dots;
pub mod error;
pub mod fft;
pub mod functions;
pub mod isa;
pub mod layers;
#[deny(clippy::float_arithmetic)]
pub mod net;
pub mod packet;
pub mod resample;
mod scratch;

pub use error::{KernelError, Result};
