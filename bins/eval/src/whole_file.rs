//! Files of reports, which are whole or absent, and their folders.

use std::fs;
use std::path::Path;

use lmc_codec::files::write_whole;

use crate::{EvalError, Result};

/// Writes `bytes` to `path`, replacing an existing file; leaves nothing behind when that fails.
///
/// # Errors
/// `Io` when the folder cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole(path, bytes, true).map_err(EvalError::io("write", path))
}

/// Makes a folder and those above it.
///
/// # Errors
/// `Io` when that fails.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(EvalError::io("make the folder", path))
}
