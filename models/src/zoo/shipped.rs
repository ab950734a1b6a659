//! The models that ship inside the library.

use std::sync::OnceLock;

use super::hash_of;

/// A model built into the library.
#[derive(Debug)]
pub struct ShippedModel {
    /// `<codec>-<variant>-v<n>`
    pub id: &'static str,
    /// The weights file.
    pub bytes: &'static [u8],
    hash: OnceLock<[u8; 16]>,
}

static MODELS: [ShippedModel; 4] = [
    ShippedModel {
        id: "wavelet-psnr-v1",
        bytes: include_bytes!("../../weights/wavelet-psnr-v1.safetensors"),
        hash: OnceLock::new(),
    },
    ShippedModel {
        id: "wavelet-perceptual-v1",
        bytes: include_bytes!("../../weights/wavelet-perceptual-v1.safetensors"),
        hash: OnceLock::new(),
    },
    ShippedModel {
        id: "audio-v1",
        bytes: include_bytes!("../../weights/audio-v1.safetensors"),
        hash: OnceLock::new(),
    },
    ShippedModel {
        id: "speech-v1",
        bytes: include_bytes!("../../weights/speech-v1.safetensors"),
        hash: OnceLock::new(),
    },
];

impl ShippedModel {
    /// The hash by which streams name this model.
    pub fn hash(&self) -> [u8; 16] {
        *self.hash.get_or_init(|| hash_of(self.bytes))
    }
}

/// All shipped models; ids are never reused, and models that released streams name stay.
pub fn shipped() -> &'static [ShippedModel] {
    &MODELS
}

/// The shipped model that a stream names.
pub fn find(hash: &[u8; 16]) -> Option<&'static ShippedModel> {
    MODELS.iter().find(|model| model.hash() == *hash)
}

/// What a model of pictures was trained to keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Tune {
    /// The mean squared error.
    #[default]
    Psnr,
    /// What people see.
    Perceptual,
}

/// The shipped model that pictures are encoded with.
pub fn image_model(tune: Tune) -> &'static ShippedModel {
    match tune {
        Tune::Psnr => &MODELS[0],
        Tune::Perceptual => &MODELS[1],
    }
}
