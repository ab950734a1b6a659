//! The libraries that decode compressed files panic on some that are damaged. That is an error of the file.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::SoundFormat;
use crate::error::Result;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread runs a library whose panics become errors: a program's panic hook need not speak of them.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Runs a library; its panics become errors of the file. What it worked on must not be used again then.
pub(super) fn guarded<T>(format: SoundFormat, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let outer = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    outcome.unwrap_or_else(|_| Err(format.error("the file is damaged: its decoder gave up")))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn panics_become_errors() {
        let error = guarded(SoundFormat::Aac, || -> Result<()> {
            assert!(is_guarded());
            panic!("a damaged file")
        });
        assert!(error.is_err_and(|error| error.to_string().contains("AAC file: the file is damaged")));
        assert!(!is_guarded() && guarded(SoundFormat::Mp3, || Ok(1)).is_ok());
    }
}
