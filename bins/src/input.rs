//! Inputs: named files, the files of folders, pipes and stdin.

mod folder;
mod passing;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lmc_codec::files::{Content, FileImage, ReadOptions};
use lmc_codec::{Header, Limits, MediaKind, files, read_limited};

pub(crate) use folder::{Failed, Found, Inputs, LeftOut, Wanted, expand};
pub(crate) use passing::{Again, Passing};

/// Where the input of a job comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// From stdin.
    Stdin,
    /// From a file.
    File(PathBuf),
    /// From a pipe or a device by its name, which gives its bytes once.
    Pipe(PathBuf),
}

impl Source {
    /// What a name on the command line stands for.
    pub(crate) fn of(path: &Path) -> Self {
        const STDIN: [&str; 4] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
        if STDIN.iter().any(|name| path.as_os_str() == *name) {
            Self::Stdin
        } else if crate::output::is_special(path) {
            Self::Pipe(path.to_path_buf())
        } else {
            Self::File(path.to_path_buf())
        }
    }

    /// Its name in messages and reports.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) | Self::Pipe(path) => path.display().to_string(),
        }
    }

    /// The file, where it is one, which can be read again and again.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Stdin | Self::Pipe(_) => None,
        }
    }

    /// Its name in the file system, where it has one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) | Self::Pipe(path) => Some(path),
            Self::Stdin => None,
        }
    }

    /// All of its bytes.
    ///
    /// # Errors
    /// When it cannot be read, is empty, or is larger than the limits allow. Whoever reports the error names the input.
    pub(crate) fn read(&self, limits: &Limits) -> Result<Vec<u8>> {
        let bytes = read_limited(self.reader()?, limits)?;
        if bytes.is_empty() {
            bail!(EMPTY);
        }
        Ok(bytes)
    }

    /// Its bytes as they come.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn reader(&self) -> Result<Box<dyn Read>> {
        Ok(match self {
            Self::Stdin => Box::new(io::stdin().lock()),
            Self::File(path) | Self::Pipe(path) => {
                Box::new(io::BufReader::new(fs::File::open(path).context("cannot read it")?))
            }
        })
    }

    /// What the stream in a file is; `None` for what can be read only once, and where that cannot be told.
    pub(crate) fn media(&self) -> Option<MediaKind> {
        self.file()?;
        self.stream().ok().map(|(media, _)| media)
    }

    /// What a file holds; `None` for what can be read only once, and where that cannot be told.
    pub(crate) fn content(&self) -> Option<Content> {
        Content::of_path(self.file()?).ok()
    }

    /// What the stream in it is, and all of its bytes.
    ///
    /// # Errors
    /// When it cannot be read or is no stream.
    pub(crate) fn stream(&self) -> Result<(MediaKind, impl Read + use<>)> {
        let mut reader = self.reader()?;
        let mut head = Vec::new();
        reader
            .by_ref()
            .take(Header::START_BYTES as u64)
            .read_to_end(&mut head)
            .context("cannot read it")?;
        if head.is_empty() {
            bail!(EMPTY);
        }
        let media = Header::media_kind(&head)?;
        Ok((media, io::Cursor::new(head).chain(reader)))
    }

    /// The picture in it and its size in bytes. A file is decoded as it is read, so that it never lies in memory whole.
    ///
    /// # Errors
    /// As [`Self::read`], and when it is no picture that can be encoded.
    pub(crate) fn read_picture(&self, options: &ReadOptions) -> Result<(FileImage, u64)> {
        match self {
            Self::File(path) => match fs::metadata(path).context("cannot read it")?.len() {
                0 => bail!(EMPTY),
                size => {
                    let file = fs::File::open(path).context("cannot read it")?;
                    Ok((files::read_noted(io::BufReader::new(file), options)?, size))
                }
            },
            Self::Stdin | Self::Pipe(_) => {
                let bytes = self.read(&options.limits)?;
                Ok((files::read_noted(io::Cursor::new(&bytes), options)?, bytes.len() as u64))
            }
        }
    }
}

/// What is wrong with an input of no bytes.
pub(crate) const EMPTY: &str = "it is empty";

#[cfg(test)]
mod tests;
