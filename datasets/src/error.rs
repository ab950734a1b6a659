//! What can go wrong with a folder of pictures or a file of crops.

use std::io;
use std::path::{Path, PathBuf};

use lmc_codec::CodecError;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A picture could not be read or decoded.
    #[error("{}: {source}", path.display())]
    Image {
        /// The picture's file.
        path: PathBuf,
        /// What the reader said.
        source: CodecError,
    },
    /// A folder or file yields nothing to work with.
    #[error("nothing usable: {reason}")]
    Empty {
        /// What was looked for.
        reason: String,
    },
    /// A file of crops is damaged or of another version.
    #[error("{}: {reason}; delete it to have it packed again", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// An option is out of its range.
    #[error("{name} = {value}: {reason}")]
    Parameter {
        /// The option.
        name: &'static str,
        /// Its value.
        value: String,
        /// Why it cannot be used.
        reason: &'static str,
    },
    /// A background thread could not be started, or ended early.
    #[error("prefetching: {reason}")]
    Prefetch {
        /// What happened.
        reason: String,
    },
}

impl Error {
    /// An [`Error::Io`] about `path`.
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }

    /// An [`Error::Image`] about `path`.
    pub(crate) fn picture(path: &Path, source: CodecError) -> Self {
        Self::Image {
            path: path.to_path_buf(),
            source,
        }
    }

    /// An [`Error::Parameter`].
    pub(crate) fn parameter(name: &'static str, value: impl ToString, reason: &'static str) -> Self {
        Self::Parameter {
            name,
            value: value.to_string(),
            reason,
        }
    }
}
