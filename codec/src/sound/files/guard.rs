//! The guard around the libraries that decode compressed sounds.

use super::SoundFormat;
use crate::error::Result;

pub use crate::guard::is_guarded;

/// Runs a library; its panics become errors of the file. What it worked on must not be used again then.
pub(super) fn guarded<T>(format: SoundFormat, work: impl FnOnce() -> Result<T>) -> Result<T> {
    crate::guard::guarded(format.name(), work)
}
