//! Ways to predict, which streams name.

/// How samples are predicted and their questions answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// Five predictions. Streams of one byte of codec block have it.
    Plain,
    /// A recursive prediction more, from more neighbours; the blend is corrected by what it missed in the same context,
    /// there are more contexts, samples after the very same neighbours are expected again, and a last stage calibrates
    /// probabilities.
    Recursive,
}

impl Method {
    /// The number in codec blocks.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::Recursive => 1,
        }
    }

    /// The method of a number.
    pub(super) fn of(number: u8) -> Option<Self> {
        [Self::Plain, Self::Recursive]
            .into_iter()
            .find(|method| method.number() == number)
    }
}
