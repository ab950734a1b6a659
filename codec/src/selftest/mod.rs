//! Do all devices of a machine agree?
//!
//! Each device encodes a drawn image, a made-up sound and a film with every codec of the registry that is open on it, and every
//! device decodes each of these streams, and any others whose symbols are known. Symbols, pixels and samples of sound must
//! be the same everywhere.
//!
//! ```
//! use lmc_codec::codecs::Codecs;
//! use lmc_codec::selftest::{Bench, compare, encode_all};
//!
//! let benches = [Bench::new("CPU", Codecs::default())];
//! for (codec, stream) in encode_all(&benches[0]) {
//!     let verdicts = compare(&stream?, &benches);
//!     assert!(verdicts.iter().all(|verdict| verdict.agrees), "{codec}");
//! }
//! # Ok::<(), lmc_codec::CodecError>(())
//! ```

mod compare;
mod samples;
mod streams;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::codecs::Codecs;
use crate::error::{CodecError, Result};

pub use compare::{Difference, Verdict, compare};
pub use streams::{Stream, encode_all, encode_exactly};

/// A device, and the codecs that are open on it.
#[derive(Debug, Clone)]
pub struct Bench {
    /// Its name for people.
    pub name: String,
    /// What encodes and decodes on it.
    pub codecs: Codecs,
}

impl Bench {
    /// A device with these codecs. Codecs that need weights take part if they are open.
    pub fn new(name: impl Into<String>, codecs: Codecs) -> Self {
        let name = name.into();
        Self { name, codecs }
    }
}

/// Drivers panic where others return errors; one that does so must not hide what the other devices do.
///
/// # Errors
/// Those of `work`, and `Internal` where it panics.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(CodecError::Internal(words(&*panic))))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the device failed: {}", text.unwrap_or("it did not say how"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_of_drivers_become_errors() {
        let error = guarded::<()>(|| panic!("no adapter")).unwrap_err();
        assert!(error.to_string().contains("no adapter"));
    }
}
