//! Outputs that are whole or absent: files through a temporary neighbour, stdout in one go.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::Builder;

/// Where the result of a job goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To stdout.
    Stdout,
    /// To a file.
    File(PathBuf),
}

impl Target {
    /// Its name in messages and reports.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdout => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// Writes `bytes`; returns how many the target has now.
    ///
    /// # Errors
    /// When the target cannot be written, or is there already and `force` is not given. No part of it stays then.
    pub(crate) fn write(&self, bytes: &[u8], force: bool) -> Result<u64> {
        match self {
            Self::Stdout => write_stdout(bytes)?,
            Self::File(path) => write_file(path, bytes, force)?,
        }
        Ok(bytes.len() as u64)
    }
}

/// Whether `path` is there and is neither a file nor a folder: `/dev/null`, a pipe, a terminal.
pub(crate) fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

/// The message for a target that is there already.
pub(crate) fn exists(path: &Path) -> String {
    format!("{} exists: give --force to overwrite it", path.display())
}

/// Writes to stdout, all at once.
pub(crate) fn write_stdout(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .context("cannot write to stdout")
}

fn write_file(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    if is_special(path) {
        let mut file = File::options().write(true).open(path).with_context(context)?;
        return file.write_all(bytes).with_context(context);
    }
    // A link is followed, so that what it points to is replaced and not the link itself.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    builder.prefix(".lmc-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file; the umask takes its share.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).with_context(context)?;
    file.write_all(bytes).with_context(context)?;
    file.as_file().sync_all().with_context(context)?;
    let renamed = if force {
        file.persist(&path)
    } else {
        file.persist_noclobber(&path)
    };
    match renamed {
        Ok(_) => Ok(()),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => bail!(exists(&path)),
        Err(e) => Err(e.error).with_context(context),
    }
}

#[cfg(test)]
mod tests;
