//! Inputs: named files, the files of folders, and stdin.

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use lmc_codec::{Header, Image, Limits, MediaKind, files, read_limited};

/// Where the input of a job comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// From stdin.
    Stdin,
    /// From a file.
    File(PathBuf),
}

impl Source {
    /// Its name in messages and reports.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// All of its bytes.
    ///
    /// # Errors
    /// When it cannot be read or is larger than the limits allow. Whoever reports the error names the input.
    pub(crate) fn read(&self) -> Result<Vec<u8>> {
        let limits = Limits::default();
        match self {
            Self::Stdin => Ok(read_limited(io::stdin().lock(), &limits)?),
            Self::File(path) => {
                let file = fs::File::open(path).context("cannot read it")?;
                Ok(read_limited(file, &limits)?)
            }
        }
    }

    /// Its bytes as they come.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn reader(&self) -> Result<Box<dyn Read>> {
        Ok(match self {
            Self::Stdin => Box::new(io::stdin().lock()),
            Self::File(path) => Box::new(io::BufReader::new(fs::File::open(path).context("cannot read it")?)),
        })
    }

    /// What the stream in a file is; `None` for stdin, and where that cannot be told.
    pub(crate) fn media(&self) -> Option<MediaKind> {
        match self {
            Self::Stdin => None,
            Self::File(_) => self.stream().ok().map(|(media, _)| media),
        }
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
        let media = Header::media_kind(&head)?;
        Ok((media, io::Cursor::new(head).chain(reader)))
    }

    /// The picture in it and its size in bytes. A file is decoded as it is read, so that it never lies in memory whole.
    ///
    /// # Errors
    /// As [`Self::read`], and when it is no picture that can be encoded.
    pub(crate) fn read_picture(&self) -> Result<(Image, u64)> {
        match self {
            Self::Stdin => {
                let bytes = self.read()?;
                Ok((files::read_bytes(&bytes, &Limits::default())?, bytes.len() as u64))
            }
            Self::File(path) => {
                let size = fs::metadata(path).context("cannot read it")?.len();
                Ok((files::read_path(path, &Limits::default())?, size))
            }
        }
    }
}

/// Inputs as the user named them, with folders replaced by the files in them that have one of `endings`.
///
/// # Errors
/// When a folder cannot be read or has no such file. That a named file is missing is found when it is read, so that the
/// others are still worked on.
pub(crate) fn expand(inputs: &[PathBuf], endings: &[&str]) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for input in inputs {
        if input.as_os_str() == "-" {
            sources.push(Source::Stdin);
        } else if input.is_dir() {
            let mut files = files::walk(input)?;
            files.retain(|path| files::has_ending(path, endings));
            if files.is_empty() {
                bail!("no file in {} ends in {}", input.display(), endings.join(", "));
            }
            sources.extend(files.into_iter().map(Source::File));
        } else {
            sources.push(Source::File(input.clone()));
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests;
