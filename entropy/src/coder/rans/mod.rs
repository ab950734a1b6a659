//! Interleaved rANS: several independent coders take the slots in turn.
//!
//! The bytes are the number of lanes (1, 2, 4 or 8), the lengths in words of all lanes but the
//! last as LEB128, and the words of each lane, little-endian. Slot `i` belongs to lane
//! `i % lanes`. A lane is a stack of 32-bit words with a 64-bit state that starts at 65536, the first slot coded last, so that a
//! decoder reads a lane from its end. The words are those of the crate `constriction`'s ANS coder (Bamler, 2022).

mod decoder;
mod encoder;
#[cfg(test)]
mod tests;

pub use decoder::RansDecoder;
pub use encoder::RansEncoder;

/// The state before the first slot. Coding a slot never makes a state smaller, so a decoder that gets below this one
/// has left the data that an encoder wrote: it stops there, however many symbols it was asked for.
const START: u64 = 1 << 16;
