//! What can go wrong while models are loaded, run and trained.

use std::path::PathBuf;

/// Shorthand for results of this crate.
pub type Result<T, E = ModelError> = std::result::Result<T, E>;

/// Errors of models, weights, devices and training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The weights are not what they should be.
    #[error("the weights are malformed: {0}")]
    Weights(String),
    /// The integer prior of a model does not hold its contract, or its input is out of range.
    #[error("the prior of the model is unusable: {0}")]
    Prior(#[from] lmc_entropy::EntropyError),
    /// A weights file or a codec refuses what it got.
    #[error(transparent)]
    Codec(#[from] lmc_codec::CodecError),
    /// The device does not exist or does not answer.
    #[error("{0}")]
    Device(String),
    /// A setting is out of its range.
    #[error("{0}")]
    Parameter(String),
    /// A checkpoint cannot be continued.
    #[error("the checkpoint cannot be used: {0}")]
    Checkpoint(String),
}

impl ModelError {
    /// Binds an I/O error to the file it happened on.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

impl From<ModelError> for lmc_codec::CodecError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Codec(error) => error,
            ModelError::Weights(reason) => Self::Weights(reason),
            ModelError::Prior(error) => Self::Symbols(error),
            ModelError::Parameter(reason) => Self::Parameter(reason),
            other => Self::model("network", other),
        }
    }
}
