//! A weights file and the id by which streams name it.

use crate::error::ModelHash;

/// The bytes of a weights file, of any codec.
#[derive(Debug, Clone, Copy)]
pub struct WeightsFile<'a> {
    /// All of the file.
    pub bytes: &'a [u8],
    /// The model that streams name.
    pub model: ModelHash,
}

impl<'a> WeightsFile<'a> {
    /// A file whose model is known, as that of shipped weights is.
    pub fn known(bytes: &'a [u8], model: ModelHash) -> Self {
        Self { bytes, model }
    }
}
