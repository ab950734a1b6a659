//! Files that are whole or absent: written to a temporary neighbour, then renamed.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::{EvalError, Result};

/// Writes `bytes` to `path`, replacing what is there; no part of it stays when that fails.
///
/// # Errors
/// `Io` when the folder cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lmc-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file; the umask takes its share.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")));
    let mut file = file.map_err(EvalError::io("write", path))?;
    file.write_all(bytes).map_err(EvalError::io("write", path))?;
    let persisted = file.persist(path).map_err(|error| error.error);
    persisted.map(drop).map_err(EvalError::io("write", path))
}

/// Makes a folder and those above it.
///
/// # Errors
/// `Io` when that fails.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(EvalError::io("make the folder", path))
}
