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
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let items = fs::read_dir(folder).unwrap().map(|item| item.unwrap().file_name());
        let mut names: Vec<_> = items.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_whole_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.lmc");
        assert_eq!(Target::File(path.clone()).write(b"hello", false).unwrap(), 5);
        assert_eq!(fs::read(&path).unwrap(), b"hello");
        assert_eq!(names(dir.path()), ["a.lmc"]);
    }

    #[test]
    fn nothing_is_overwritten_unless_forced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.lmc");
        let target = Target::File(path.clone());
        target.write(b"old", false).unwrap();
        let error = target.write(b"new", false).unwrap_err();
        assert!(error.to_string().contains("--force"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        target.write(b"new", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(dir.path()), ["a.lmc"]);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::File(dir.path().join("nowhere/a.lmc"));
        let error = target.write(b"x", true).unwrap_err();
        assert!(error.to_string().contains("nowhere"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_devices_are_written_to() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::write(&real, b"old").unwrap();
        symlink(&real, &link).unwrap();
        Target::File(link.clone()).write(b"new", true).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        Target::File("/dev/null".into()).write(b"gone", false).unwrap();
        let fresh = dir.path().join("fresh");
        Target::File(fresh.clone()).write(b"x", false).unwrap();
        let mode = fs::metadata(&fresh).unwrap().permissions().mode();
        fs::write(dir.path().join("plain"), b"x").unwrap();
        let plain = fs::metadata(dir.path().join("plain")).unwrap();
        assert_eq!(mode, plain.permissions().mode());
    }
}
