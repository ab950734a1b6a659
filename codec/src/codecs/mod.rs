//! The codecs, a folder each, what the pipelines ask of them, and the one list of them.

pub mod audio;
mod device;
pub mod frames;
pub mod image;
#[cfg_attr(not(test), deny(clippy::float_arithmetic))]
mod lossless;
mod opened;
mod overfit;
mod registry;
mod row;
pub mod sound;
pub mod speech;
pub mod video;
pub mod vq;
pub mod wavelet;

pub use device::DeviceChoice;
pub use opened::Codecs;
pub use registry::Registry;
pub use row::{AnyCodec, Backend, Cpu, Fields, Need, Row, Value};

use crate::error::ModelHash;
use crate::weights::{ManifestHead, TensorFile, WeightsFile, hash_of};
use crate::{CodecError, Result};

/// The id of the model in a weights file of any codec: a hash of all that decides decoding, see [`crate::weights::model_id`].
///
/// # Errors
/// [`CodecError::Weights`] if the file is malformed or of no known codec.
pub fn model_of(bytes: &[u8]) -> Result<ModelHash> {
    let file = TensorFile::parse(bytes)?;
    let codec = ManifestHead::parse(bytes)?.codec;
    match Registry::default().named(&codec).and_then(|row| row.model) {
        Some(model) => model(&file),
        None => Err(CodecError::Weights(format!(
            "no codec with weights is called '{codec}'"
        ))),
    }
}

impl<'a> WeightsFile<'a> {
    /// A file whose model is not known yet. A malformed file, which no codec opens, goes by the hash of its bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        let model = model_of(bytes).unwrap_or_else(|_| ModelHash(hash_of(bytes)));
        Self { bytes, model }
    }
}
