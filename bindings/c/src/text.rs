//! Texts: the version, the last error, names of codes.

use std::ffi::{CStr, CString, c_char};
use std::sync::OnceLock;

use crate::border::{c_text, with_last};
use crate::code::*;

/// The version of the library, such as "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn lmc_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };
    VERSION.as_ptr()
}

/// Why the last call on this thread failed, in English; empty if it did not. Valid until the next call on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn lmc_last_error() -> *const c_char {
    with_last(|last| last.as_ptr()).unwrap_or(c"".as_ptr())
}

/// The name of an error code, such as "malformed"; "unknown" for numbers that are none.
#[unsafe(no_mangle)]
pub extern "C" fn lmc_code_name(code: i32) -> *const c_char {
    let name = match code {
        LMC_OK => c"ok",
        LMC_ERROR_IO => c"io",
        LMC_ERROR_MALFORMED => c"malformed",
        LMC_ERROR_UNSUPPORTED => c"unsupported",
        LMC_ERROR_LIMIT => c"limit",
        LMC_ERROR_MODEL => c"model",
        LMC_ERROR_DESYNC => c"desync",
        LMC_ERROR_PARAMETER => c"parameter",
        LMC_ERROR_FILE => c"file",
        LMC_ERROR_CANCELLED => c"cancelled",
        LMC_ERROR_INTERNAL => c"internal",
        _ => c"unknown",
    };
    name.as_ptr()
}

/// The fast paths of this library on this machine, separated by spaces: for reports.
#[unsafe(no_mangle)]
pub extern "C" fn lmc_fast_paths() -> *const c_char {
    static PATHS: OnceLock<CString> = OnceLock::new();
    PATHS.get_or_init(|| c_text(&lmc::fast_paths().join(" "))).as_ptr()
}
