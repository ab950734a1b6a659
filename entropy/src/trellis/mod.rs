//! Dependent quantisation: two quantisers take turns, as the symbols so far say.
//!
//! The *whole* quantiser has the multiples of a step; the *between* quantiser has zero and the points halfway between those. Which
//! of the two an element gets is decided by a machine of [`STATES`] states that the parities of the symbols drive, so a decoder
//! knows it at no cost. The points that neighbours in coding order can have together lie closer in the space of them all than those
//! of one quantiser of the same rate: 0.9 to 1.1 dB less error. An encoder looks for the best path with [`Search`].
//!
//! Source: Marcellin, Fischer, "Trellis coded quantization of memoryless and Gauss-Markov sources" (1990); zero in both
//! quantisers as in VVC's dependent quantisation. The machine is Ungerboeck's of eight states, parity checks 13 and 04 (octal).

mod prices;
mod search;
#[cfg(test)]
mod tests;

pub use prices::{BIT, Prices};
pub use search::{Element, Search};

/// States of the machine.
pub const STATES: usize = 8;

/// Which points an element can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantiser {
    /// The multiples of a step.
    Whole,
    /// Zero, and all halves that are no multiples of a step.
    Between,
}

impl Quantiser {
    /// The point of a symbol, in half steps.
    #[inline(always)]
    pub fn point(self, symbol: i32) -> i32 {
        match self {
            Self::Whole => 2 * symbol,
            Self::Between => 2 * symbol - symbol.signum(),
        }
    }
}

/// How the elements of a stream are quantised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantisation {
    /// Each for itself.
    #[default]
    Rounding,
    /// By two quantisers in turn.
    Trellis,
}

/// Where a series of elements is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing depends on what was before.
    Rounding,
    /// One of [`STATES`].
    Trellis(u8),
}

impl State {
    /// The state before the first element.
    pub fn start(quantisation: Quantisation) -> Self {
        match quantisation {
            Quantisation::Rounding => Self::Rounding,
            Quantisation::Trellis => Self::Trellis(0),
        }
    }

    /// The quantiser of the next element.
    #[inline(always)]
    pub fn quantiser(self) -> Quantiser {
        match self {
            Self::Trellis(state) if state & 1 != 0 => Quantiser::Between,
            Self::Rounding | Self::Trellis(_) => Quantiser::Whole,
        }
    }

    /// The state after an element with this symbol.
    #[inline(always)]
    pub fn after(self, symbol: i32) -> Self {
        match self {
            Self::Rounding => Self::Rounding,
            Self::Trellis(state) => Self::Trellis(next(state, symbol as u8 & 1)),
        }
    }
}

/// The state behind `state` and the parity of a symbol: `s0` chooses the quantiser, and
/// `s0' = s1 + s0, s1' = s2 + u, s2' = s0` modulo 2, where `u` is the parity, turned over in the between quantiser.
#[inline(always)]
const fn next(state: u8, parity: u8) -> u8 {
    let (s0, s1, s2) = (state & 1, state >> 1 & 1, state >> 2 & 1);
    let u = parity ^ s0;
    (s1 ^ s0) | (s2 ^ u) << 1 | s0 << 2
}
