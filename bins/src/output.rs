//! Outputs that are whole or absent: files through a temporary neighbour, stdout in one go unless it is sound.

mod descriptor;

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use lmc_codec::files::{WholeFile, write_whole};

/// Where the result of a job goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To stdout.
    Stdout,
    /// To what is open under this number.
    Descriptor(u32, PathBuf),
    /// To a file.
    File(PathBuf),
}

impl Target {
    /// What a name on the command line stands for. Names of what is open mean just that, not the file behind it.
    pub(crate) fn of(path: &Path) -> Self {
        match descriptor::number_of(path) {
            _ if path.as_os_str() == "-" => Self::Stdout,
            Some(1) => Self::Stdout,
            Some(number) => Self::Descriptor(number, path.to_path_buf()),
            None => Self::File(path.to_path_buf()),
        }
    }

    /// Whether it is a file, or something else with a name of its own.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// Its name in messages and reports.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdout => "-".to_owned(),
            Self::Descriptor(_, path) | Self::File(path) => path.display().to_string(),
        }
    }

    /// What to write to as the output is made, where that is open already.
    ///
    /// # Errors
    /// When nothing is open there.
    pub(crate) fn live(&self) -> Result<Option<Box<dyn Write>>> {
        match self {
            Self::Stdout => Ok(Some(Box::new(io::stdout().lock()))),
            Self::Descriptor(number, path) => {
                let file = descriptor::duplicate(*number);
                let file = file.with_context(|| format!("cannot write to {}", path.display()))?;
                Ok(Some(Box::new(file)))
            }
            Self::File(_) => Ok(None),
        }
    }

    /// Gives the file the times of the one at `source`, where both are files.
    ///
    /// # Errors
    /// When the system does not allow that.
    pub(crate) fn keep_times(&self, source: &Path) -> Result<()> {
        match self {
            Self::File(path) if !is_special(path) => {
                keep_times(source, path).with_context(|| format!("cannot give {} its time", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Writes `bytes`; returns how many the target has now.
    ///
    /// # Errors
    /// When the target cannot be written, or is there already and `force` is not given. No part of it stays then.
    pub(crate) fn write(&self, bytes: &[u8], force: bool) -> Result<u64> {
        match self {
            Self::Stdout => write_stdout(bytes)?,
            Self::Descriptor(_, path) => {
                let context = || format!("cannot write to {}", path.display());
                if let Some(mut out) = self.live()? {
                    out.write_all(bytes).with_context(context)?;
                }
            }
            Self::File(path) => write_file(path, bytes, force)?,
        }
        Ok(bytes.len() as u64)
    }
}

/// An output that is written piece by piece, and whose target is touched once it is whole.
#[derive(Debug)]
pub(crate) enum Spool {
    /// The file that is to become the target.
    Whole(WholeFile),
    /// A temporary file, for what goes to stdout or a device.
    Passing(File),
}

impl Spool {
    /// A file where the target is to be, or wherever there is room for what goes to stdout or a device.
    ///
    /// # Errors
    /// When no file can be made there.
    pub(crate) fn new(target: &Target) -> Result<Self> {
        match target {
            Target::File(path) if !is_special(path) => WholeFile::create(path)
                .with_context(|| format!("cannot write {}", path.display()))
                .map(Self::Whole),
            _ => tempfile::tempfile()
                .context("cannot make a temporary file")
                .map(Self::Passing),
        }
    }

    /// Makes what was written the content of the target; returns its bytes.
    ///
    /// # Errors
    /// As [`Target::write`].
    pub(crate) fn commit(self, target: &Target, force: bool) -> Result<u64> {
        match (self, target) {
            (Self::Whole(file), Target::File(path)) => file.commit(force).map_err(|error| not_written(path, error)),
            (Self::Passing(file), Target::File(path)) => {
                let context = || format!("cannot write {}", path.display());
                let out = File::options().write(true).open(path).with_context(context)?;
                pass(file, out).with_context(context)
            }
            (Self::Passing(file), target) => {
                let context = || format!("cannot write to {}", target.name());
                let out = target.live()?.with_context(context)?;
                pass(file, out).with_context(context)
            }
            (Self::Whole(_), target) => Err(anyhow!("a file is not written to {}", target.name())),
        }
    }
}

/// Copies all of a file.
fn pass(mut file: File, mut out: impl Write) -> io::Result<u64> {
    file.rewind()?;
    let bytes = io::copy(&mut file, &mut out)?;
    out.flush()?;
    Ok(bytes)
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Whole(file) => file.write(bytes),
            Self::Passing(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Whole(file) => file.flush(),
            Self::Passing(file) => file.flush(),
        }
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Whole(file) => file.seek(to),
            Self::Passing(file) => file.seek(to),
        }
    }
}

fn keep_times(source: &Path, target: &Path) -> io::Result<()> {
    let from = fs::metadata(source)?;
    let mut times = fs::FileTimes::new().set_modified(from.modified()?);
    if let Ok(accessed) = from.accessed() {
        times = times.set_accessed(accessed);
    }
    // Only Windows wants to write for that, and a file may have a mode that forbids it.
    let file = File::options().read(true).write(cfg!(windows)).open(target)?;
    file.set_times(times)
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
    write_whole(path, bytes, force).map_err(|error| not_written(path, error))
}

/// Why a file could not be written, with what to do about it.
fn not_written(path: &Path, error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::AlreadyExists => anyhow!(exists(path)),
        _ => anyhow::Error::new(error).context(format!("cannot write {}", path.display())),
    }
}

#[cfg(test)]
mod tests;
