//! The lossless coding of the colours of tiles: exact, without a model and without a device.
//!
//! A tile's planes are coded one after the other, green, red, blue, each sample in raster order: predictions from its
//! neighbours are blended ([`predict`]), what each of them says of where the sample lies is a density ([`density`]), and a few
//! yes-or-no questions find the sample, each answered by mixing those densities with what was seen in like situations
//! ([`sample`]). Everything starts anew in each tile and is integers, so that it decodes alike everywhere.

mod codec;
mod density;
mod lms;
mod params;
mod plane;
mod plane_coder;
mod predict;
mod sample;
mod stream;
#[cfg(test)]
mod tests;
mod tile;

pub use codec::ROW;
