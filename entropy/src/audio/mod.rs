//! The exact half of the `audio` codec: levels, steps and coefficients of a packet of sound, as bytes and back.
//!
//! ```text
//! bytes <-> how frames are cut into blocks, how channels are turned
//!       <-> levels of bands -> (Rule) -> steps
//!       <-> coefficients, in multiples of the steps
//! ```
//!
//! Steps follow from levels by the integers of a [`Rule`], so that they cost nothing, and so that the coding of
//! coefficients knows how large to expect them. All bits are predicted by [`mixing`](crate::mixing) from what was coded
//! before, and start from a trained state.

mod coder;
mod coefficients;
mod history;
mod layout;
mod levels;
mod number;
mod packet;
mod rule;
#[cfg(test)]
mod tests;

pub use coder::Model;
pub use layout::{BANDS, Bands, CLASSES, FRAME, FRAMES, PACKET, bands_of};
pub use packet::{ANGLES, Block, CHANNELS, COEFFICIENT_MAX, PacketData, Spectrum};
pub use rule::{ANCHORS, Anchor, LEVEL_MAX, OCTAVE, Rule, Steps};
