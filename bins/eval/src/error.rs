//! What can go wrong.

use std::path::{Path, PathBuf};

/// The error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: read, write, make.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{what}: {reason}")]
    Malformed {
        /// The file, or a part of it.
        what: String,
        /// The fault.
        reason: String,
    },
    /// A program that is needed is not on the PATH.
    #[error("{program} is not on the PATH: {hint}")]
    Missing {
        /// Name of the program.
        program: String,
        /// How to get it.
        hint: String,
    },
    /// A codec failed on a file.
    #[error("{codec}: {reason}")]
    Codec {
        /// The codec or its program.
        codec: String,
        /// What it said.
        reason: String,
    },
    /// A wrong name or value.
    #[error("{0}")]
    Parameter(String),
}

/// The result of this crate.
pub type Result<T> = std::result::Result<T, EvalError>;

impl EvalError {
    /// An I/O error with what was tried on what.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// A failure of a codec.
    pub fn codec(codec: &str, reason: impl ToString) -> Self {
        Self::Codec {
            codec: codec.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// A malformed file.
    pub fn malformed(what: impl ToString, reason: impl ToString) -> Self {
        Self::Malformed {
            what: what.to_string(),
            reason: reason.to_string(),
        }
    }
}
