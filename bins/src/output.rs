//! Outputs that are whole or absent: files through a temporary neighbour, stdout in one go unless it is sound.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::{Builder, NamedTempFile};

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

/// An output that is written piece by piece, to a temporary file until it is whole.
#[derive(Debug)]
pub(crate) struct Spool {
    file: NamedTempFile,
}

impl Spool {
    /// A file beside the one that is to be written, or wherever there is room for what goes to stdout or a device.
    ///
    /// # Errors
    /// When no file can be made there.
    pub(crate) fn new(target: &Target) -> Result<Self> {
        let file = match target {
            Target::File(path) if !is_special(path) => {
                neighbour(path).with_context(|| format!("cannot write {}", path.display()))?
            }
            _ => NamedTempFile::new().context("cannot make a temporary file")?,
        };
        Ok(Self { file })
    }

    /// Makes what was written the content of the target; returns its bytes.
    ///
    /// # Errors
    /// As [`Target::write`].
    pub(crate) fn commit(mut self, target: &Target, force: bool) -> Result<u64> {
        let bytes = self
            .file
            .as_file()
            .metadata()
            .context("cannot read a temporary file")?
            .len();
        match target {
            Target::File(path) if !is_special(path) => rename(self.file, path, force)?,
            Target::File(path) => {
                let context = || format!("cannot write {}", path.display());
                let mut out = File::options().write(true).open(path).with_context(context)?;
                self.file.rewind().with_context(context)?;
                io::copy(&mut self.file, &mut out).with_context(context)?;
            }
            Target::Stdout => {
                let mut out = io::stdout().lock();
                self.file.rewind().context("cannot read a temporary file")?;
                let copied = io::copy(&mut self.file, &mut out).and_then(|_| out.flush());
                copied.context("cannot write to stdout")?;
            }
        }
        Ok(bytes)
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
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
    let mut file = neighbour(path).with_context(context)?;
    file.write_all(bytes).with_context(context)?;
    rename(file, path, force)
}

/// A temporary file beside the one that is to be written.
fn neighbour(path: &Path) -> io::Result<NamedTempFile> {
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
    builder.tempfile_in(folder)
}

/// Gives a finished temporary file its name.
fn rename(file: NamedTempFile, path: &Path, force: bool) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    file.as_file().sync_all().with_context(context)?;
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
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
