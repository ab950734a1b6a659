//! Block motion in integers: search, quarter-sample interpolation and overlapped compensation.
//!
//! ```text
//! current luma, reference luma -> search -> Motion: a tree of blocks for each 32x32, a vector for each 8x8 cell
//! reference frame, vectors     -> compensate -> prediction, the same bits on every machine
//! ```
//!
//! # Choices
//!
//! - **Samples** are 16-bit integers with 4 bits below an 8-bit step, so `0..=4080`: a reference keeps what the
//!   synthesis knows beyond 8 bits, and 10-bit video has room.
//! - **Vectors** are in quarters of a sample. Interpolation is separable with 8 taps of a windowed sinc in 1/128
//!   (`filter`): rows first, kept with two more bits in 16, then columns, rounded once. All products fit 32 bits.
//! - **Blocks** have 32, 16 or 8 samples a side. The search splits a block where the sum of errors and bits falls.
//!   The decoder sees cells of 8x8, each with the vector of its block.
//! - **Overlap**: a sample is the mean of the predictions by the four nearest cells, weighted with raised cosines
//!   that span 16 samples, in 1/4096. Inside large blocks all four agree, and one interpolation is enough. Where
//!   blocks meet, 8 samples blend both vectors, which hides their edges from the transform.
//! - **Borders** repeat the outermost samples without end, so that any vector is valid.
//! - **Search** runs on luma of 8 bits: a full search at a quarter of the size, then diamonds from the vectors around
//!   by sums of absolute differences, then sub-sample steps by sums of absolute Hadamard coefficients. All sixteen
//!   phases of the reference are made once, so that a trial costs the comparison alone. Only encoders search; any
//!   change of it changes no decoder.

mod compensate;
mod cost;
mod field;
mod filter;
mod luma;
mod plane;
mod search;
#[cfg(test)]
mod tests;
mod window;

pub use compensate::{compensate, compensate_plane};
pub(in crate::codecs::video) use field::CELLS as LARGEST_CELLS;
pub use field::{CELL, LARGEST_BLOCK, Motion, Split, Vector, VectorField};
pub use filter::{PHASES, TAP_COUNT, TAP_UNIT, TAPS};
pub use luma::{Luma, Phases};
pub use plane::{Frame, Plane, SAMPLE_MAX, SAMPLE_UNIT};
pub use search::{SearchOptions, search};
pub use window::{WINDOW, WINDOW_UNIT};
