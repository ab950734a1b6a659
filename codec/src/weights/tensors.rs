//! Named tensors as a weights file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::stored::{StoredTensor, TensorFile, Type};
use crate::Result;

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// Sizes.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub data: Vec<f32>,
}

/// Parameters by their path, such as `g_a.blocks.0.a.weight`.
pub type Params = BTreeMap<String, NamedTensor>;

/// How floating-point values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// 16 bits, for shipped weights.
    Half,
    /// 32 bits, for checkpoints.
    Single,
}

/// Serialises parameters, byte blobs and metadata.
///
/// # Errors
/// [`CodecError::Weights`](crate::CodecError::Weights) if the header cannot be written.
pub fn write_tensors(
    params: &Params,
    storage: Storage,
    blobs: &BTreeMap<String, Vec<u8>>,
    metadata: BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let kind = match storage {
        Storage::Half => Type::Half,
        Storage::Single => Type::Single,
    };
    let params = params
        .iter()
        .map(|(name, tensor)| (name.clone(), StoredTensor::of(&tensor.shape, &tensor.data, kind)));
    let blobs = blobs.iter().map(|(name, bytes)| {
        let blob = StoredTensor {
            kind: Type::Byte,
            shape: vec![bytes.len()],
            bytes: Cow::Borrowed(&bytes[..]),
        };
        (name.clone(), blob)
    });
    let tensors = params.chain(blobs).collect();
    TensorFile { metadata, tensors }.serialize()
}

/// The contents of a weights file, converted.
#[derive(Debug, Default)]
pub struct Contents {
    /// Floating-point tensors.
    pub params: Params,
    /// Tensors of bytes.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// Free text by key.
    pub metadata: BTreeMap<String, String>,
}

/// Reads a file with tensors of 16- or 32-bit floats and bytes.
///
/// # Errors
/// As [`TensorFile::parse`].
pub fn read_tensors(bytes: &[u8]) -> Result<Contents> {
    let file = TensorFile::parse(bytes)?;
    let mut contents = Contents {
        metadata: file.metadata,
        ..Contents::default()
    };
    for (name, tensor) in file.tensors {
        if tensor.kind == Type::Byte {
            contents.blobs.insert(name, tensor.bytes.into_owned());
        } else {
            let data = tensor.values();
            let shape = tensor.shape;
            contents.params.insert(name, NamedTensor { shape, data });
        }
    }
    Ok(contents)
}
