//! The lossless coding of the colours of tiles: exact, without a model and without a device.
//!
//! A tile's planes are coded one after the other, green, red, blue, each sample in raster order. Predictions from its
//! neighbours ([`predict`], [`recursive`]) are blended, and the blend is corrected by what it missed in like places
//! ([`bias`]). What each prediction says of where the sample lies is a density ([`density`]). A few yes-or-no questions
//! find the sample; each is answered by mixing those densities with what was seen in like situations ([`sample`]) and
//! in the very same ones ([`matching`]).
//! Everything starts anew in each tile and is integers, so that it decodes alike everywhere.

mod bias;
mod codec;
mod density;
mod lms;
mod matching;
mod method;
mod params;
mod plane;
mod plane_coder;
mod predict;
mod recursive;
mod sample;
mod stream;
#[cfg(test)]
mod tests;
mod tile;

pub use codec::ROW;
