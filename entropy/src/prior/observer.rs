//! Where the time of a prior goes, for those who ask.

use std::fmt::Debug;
use std::time::Duration;

/// A part of the work of a prior. The rest, such as checksums, takes next to no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The integer networks, their inputs included: what gives each element its mean and its scale index.
    Networks,
    /// Symbols with their tables, and rANS: from latents to bytes, or back.
    Coder,
}

/// Told how long the parts of [`LatentPrior::compress`](super::LatentPrior::compress) and
/// [`LatentPrior::decompress`](super::LatentPrior::decompress) take. What it is told decides nothing.
///
/// Tiles that are coded on several threads tell at the same time, so sums over them are seconds of threads and may be
/// more than what a clock on the wall shows; a thread that waits for others may do their work meanwhile, and then both
/// count it.
pub trait Observer: Debug + Send + Sync {
    /// A piece of a part took that much wall time.
    fn spent(&self, part: Part, time: Duration);
}
