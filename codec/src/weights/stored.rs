//! A strict reader and writer of safetensors files: named arrays of numbers, and texts by key.
//!
//! A file is the length of its header (64 bits, little-endian), the header, and the data. The header is JSON, padded with spaces: for
//! each tensor its type, its shape and where it begins and ends in the data; and texts under `__metadata__`. Tensors follow each other
//! without gaps or overlaps and fill the data.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::float16::{from_half, to_half};
use super::header::{Entry, Header};
use crate::{CodecError, Result};

/// The longest header, in bytes.
const MAX_HEADER: u64 = 4 << 20;
/// The most axes of a tensor.
const MAX_AXES: usize = 8;

/// The numbers of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// 32-bit floats.
    Single,
    /// 16-bit floats.
    Half,
    /// Bytes.
    Byte,
}

impl Type {
    fn parse(name: &str, text: &str) -> Result<Self> {
        match text {
            "F32" => Ok(Self::Single),
            "F16" => Ok(Self::Half),
            "U8" => Ok(Self::Byte),
            other => Err(CodecError::Weights(format!("{name} has the type {other:?}"))),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Single => "F32",
            Self::Half => "F16",
            Self::Byte => "U8",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Half => 2,
            Self::Byte => 1,
        }
    }
}

/// A tensor as files store it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTensor<'a> {
    /// Of its numbers.
    pub kind: Type,
    /// Sizes.
    pub shape: Vec<usize>,
    /// Numbers, row-major and little-endian.
    pub bytes: Cow<'a, [u8]>,
}

impl StoredTensor<'_> {
    /// The numbers as `f32`; none for bytes.
    pub fn values(&self) -> Vec<f32> {
        match self.kind {
            Type::Single => singles(&self.bytes).collect(),
            Type::Half => halves(&self.bytes).map(from_half).collect(),
            Type::Byte => Vec::new(),
        }
    }

    /// The same tensor with memory of its own.
    pub fn into_owned(self) -> StoredTensor<'static> {
        StoredTensor {
            kind: self.kind,
            shape: self.shape,
            bytes: Cow::Owned(self.bytes.into_owned()),
        }
    }

    /// Floats in 16 or 32 bits.
    pub(crate) fn of(shape: &[usize], values: &[f32], kind: Type) -> Self {
        let bytes = match kind {
            Type::Half => values.iter().flat_map(|value| to_half(*value).to_le_bytes()).collect(),
            _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        Self {
            kind,
            shape: shape.to_vec(),
            bytes: Cow::Owned(bytes),
        }
    }

    fn is_finite(&self) -> bool {
        match self.kind {
            Type::Single => singles(&self.bytes).fold(true, |all, value| all & value.is_finite()),
            Type::Half => halves(&self.bytes).fold(true, |all, half| all & (half & 0x7c00 != 0x7c00)),
            Type::Byte => true,
        }
    }
}

fn singles(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))
}

fn halves(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes))
}

/// Tensors by name.
pub type StoredTensors<'a> = BTreeMap<String, StoredTensor<'a>>;

/// A weights file, taken apart but not converted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TensorFile<'a> {
    /// Texts by key.
    pub metadata: BTreeMap<String, String>,
    /// Tensors by name; floats are finite.
    pub tensors: StoredTensors<'a>,
}

impl<'a> TensorFile<'a> {
    /// Reads a file, whose data are borrowed.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if it is damaged or has other types, [`CodecError::Limit`] for a header of more than 4 MiB.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let (header, data) = split(bytes)?;
        let mut file = Self {
            metadata: header.metadata,
            tensors: BTreeMap::new(),
        };
        let mut entries = header.entries;
        entries.sort_by_key(|(_, entry)| entry.data_offsets);
        let mut at = 0;
        for (name, entry) in entries {
            let tensor = stored(&name, &entry, &mut at, data)?;
            file.tensors.insert(name, tensor);
        }
        if at != data.len() {
            let rest = data.len() - at;
            return Err(CodecError::Weights(format!("{rest} bytes belong to no tensor")));
        }
        Ok(file)
    }

    /// The texts alone; data are not looked at.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn metadata_of(bytes: &[u8]) -> Result<BTreeMap<String, String>> {
        Ok(split(bytes)?.0.metadata)
    }

    /// Writes the file: the largest numbers first, then by name.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if the header cannot be written.
    pub fn serialize(&self) -> Result<Vec<u8>> {
        let mut order: Vec<_> = self.tensors.iter().collect();
        order.sort_by_key(|(name, tensor)| (std::cmp::Reverse(tensor.kind.bytes()), *name));
        let mut entries = Vec::with_capacity(order.len());
        let mut at = 0;
        for (name, tensor) in &order {
            let end = at + tensor.bytes.len();
            let entry = Entry {
                dtype: tensor.kind.name().into(),
                shape: tensor.shape.clone(),
                data_offsets: [at, end],
            };
            entries.push(((*name).clone(), entry));
            at = end;
        }
        let metadata = self.metadata.clone();
        let mut header = Header { metadata, entries }.to_json()?.into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.append(&mut header);
        order
            .iter()
            .for_each(|(_, tensor)| bytes.extend_from_slice(&tensor.bytes));
        Ok(bytes)
    }
}

/// Header and data.
fn split(bytes: &[u8]) -> Result<(Header, &[u8])> {
    let cut = || CodecError::Weights("the file is cut".into());
    let (length, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
    let length = u64::from_le_bytes(*length);
    crate::error::check_limit("length of the header of a weights file", length, MAX_HEADER)?;
    let (header, data) = rest.split_at_checked(length as usize).ok_or_else(cut)?;
    let header = serde_json::from_slice(header).map_err(|error| CodecError::Weights(format!("the header: {error}")))?;
    Ok((header, data))
}

/// The tensor that begins `at`, which moves behind it.
fn stored<'a>(name: &str, entry: &Entry, at: &mut usize, data: &'a [u8]) -> Result<StoredTensor<'a>> {
    let kind = Type::parse(name, &entry.dtype)?;
    let [start, end] = entry.data_offsets;
    let numbers = entry
        .shape
        .iter()
        .try_fold(1usize, |product, side| product.checked_mul(*side));
    let length = numbers.and_then(|numbers| numbers.checked_mul(kind.bytes()));
    let bytes = data
        .get(start..end)
        .filter(|bytes| start == *at && length == Some(bytes.len()));
    let Some(bytes) = bytes.filter(|_| entry.shape.len() <= MAX_AXES) else {
        let shape = &entry.shape;
        return Err(CodecError::Weights(format!(
            "{name} of shape {shape:?} does not lie at {start}..{end}"
        )));
    };
    *at = end;
    let tensor = StoredTensor {
        kind,
        shape: entry.shape.clone(),
        bytes: Cow::Borrowed(bytes),
    };
    if !tensor.is_finite() {
        return Err(CodecError::Weights(format!("{name} has values that are not finite")));
    }
    Ok(tensor)
}
