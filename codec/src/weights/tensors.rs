//! Named tensors as a safetensors file.

use std::collections::{BTreeMap, HashMap};

use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use crate::{CodecError, Result};

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
/// [`CodecError::Weights`] if the container refuses them.
pub fn write_tensors(
    params: &Params,
    storage: Storage,
    blobs: &BTreeMap<String, Vec<u8>>,
    metadata: BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let encoded: Vec<(String, Vec<u8>, Vec<usize>)> = params
        .iter()
        .map(|(name, tensor)| (name.clone(), encode(&tensor.data, storage), tensor.shape.clone()))
        .collect();
    let dtype = match storage {
        Storage::Half => Dtype::F16,
        Storage::Single => Dtype::F32,
    };
    let mut views = Vec::new();
    for (name, bytes, shape) in &encoded {
        views.push((name.clone(), view(dtype, shape.clone(), bytes)?));
    }
    for (name, bytes) in blobs {
        views.push((name.clone(), view(Dtype::U8, vec![bytes.len()], bytes)?));
    }
    let metadata: HashMap<String, String> = metadata.into_iter().collect();
    serialize(views, Some(metadata)).map_err(malformed)
}

/// What [`write_tensors`] wrote.
#[derive(Debug, Default)]
pub struct Contents {
    /// Floating-point tensors.
    pub params: Params,
    /// Tensors of bytes.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// Free text by key.
    pub metadata: BTreeMap<String, String>,
}

/// Reads a safetensors file with tensors of 16- or 32-bit floats and bytes.
///
/// # Errors
/// [`CodecError::Weights`] if it is damaged or has other types.
pub fn read_tensors(bytes: &[u8]) -> Result<Contents> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(malformed)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(malformed)?;
    let mut contents = Contents::default();
    if let Some(metadata) = header.metadata() {
        contents.metadata.extend(metadata.clone());
    }
    for (name, tensor) in tensors.tensors() {
        let data = match tensor.dtype() {
            Dtype::U8 => {
                contents.blobs.insert(name, tensor.data().to_vec());
                continue;
            }
            Dtype::F16 => pairs(tensor.data()),
            Dtype::F32 => quads(tensor.data()),
            other => {
                return Err(CodecError::Weights(format!("{name} has the type {other:?}")));
            }
        };
        if data.iter().any(|value| !value.is_finite()) {
            return Err(CodecError::Weights(format!("{name} has values that are not finite")));
        }
        let shape = tensor.shape().to_vec();
        contents.params.insert(name, NamedTensor { shape, data });
    }
    Ok(contents)
}

fn view(dtype: Dtype, shape: Vec<usize>, bytes: &[u8]) -> Result<TensorView<'_>> {
    TensorView::new(dtype, shape, bytes).map_err(malformed)
}

fn malformed(error: safetensors::SafeTensorError) -> CodecError {
    CodecError::Weights(error.to_string())
}

fn encode(values: &[f32], storage: Storage) -> Vec<u8> {
    match storage {
        Storage::Half => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        Storage::Single => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    }
}

fn pairs(bytes: &[u8]) -> Vec<f32> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| f16::from_le_bytes(*pair).to_f32()).collect()
}

fn quads(bytes: &[u8]) -> Vec<f32> {
    let (quads, _) = bytes.as_chunks::<4>();
    quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect()
}
