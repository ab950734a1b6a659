//! Weights files: named tensors, byte blobs and a manifest in one safetensors file. One reader for all codecs.

mod file;
mod float16;
mod header;
mod id;
mod manifest;
mod stored;
mod tensors;
#[cfg(test)]
mod tests;

pub use file::WeightsFile;
pub use float16::{from_half, to_half};
pub use id::model_id;
pub use manifest::{Manifest, ManifestHead, TrainingRecord};
pub use stored::{StoredTensor, StoredTensors, TensorFile, Type};
pub use tensors::{Contents, NamedTensor, Params, Storage, read_tensors, write_tensors};

/// The most bytes of a weights file that programs read: thirty times those of the largest that ships.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// The first 16 bytes of the BLAKE3 hash of `bytes`.
pub fn hash_of(bytes: &[u8]) -> [u8; 16] {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    hash
}
