//! The libraries that decode files panic on some that are damaged. That is an error of the file.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{CodecError, Result};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread runs a library whose panics become errors: a program's panic hook need not report them.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Runs a library; its panics become errors of a file of the format `format`. What it worked on must not be used again
/// then.
pub(crate) fn guarded<T>(format: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let outer = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    outcome.unwrap_or_else(|_| {
        let reason = "the file is damaged: its decoder gave up".to_owned();
        Err(CodecError::Media { format, reason })
    })
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn panics_become_errors() {
        let error = guarded("AAC", || -> Result<()> {
            assert!(is_guarded());
            panic!("a damaged file")
        });
        assert!(error.is_err_and(|error| error.to_string().contains("AAC file: the file is damaged")));
        assert!(!is_guarded() && guarded("MP3", || Ok(1)).is_ok());
    }
}
