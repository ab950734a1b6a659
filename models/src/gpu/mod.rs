//! The integer synthesis of images on a GPU: the pixels of the CPU, bit for bit.
//!
//! Own CubeCL kernels run on the device that Burn opened. All of their arithmetic is `i32` and `u32`, which every
//! device computes alike, and all sums were proved to fit when the model was opened ([`IntegerSynthesis`]). Kernels
//! sum in an order of their own, which changes nothing.
//!
//! [`IntegerSynthesis`]: lmc_codec::codecs::wavelet::IntegerSynthesis

mod layers;
mod memory;
mod packet;
mod restore;
mod synthesis;

pub(crate) use memory::Gpu;
pub(crate) use restore::restored;
pub(crate) use synthesis::GpuSynthesis;
