//! Codecs on the devices of Burn.

use std::sync::Arc;

use lmc_codec::codecs::wavelet::{ModelFile, WAVELET_CODEC, WaveletImageCodec};
use lmc_codec::codecs::{AnyCodec, Backend, Row};
use lmc_codec::weights::WeightsFile;

use crate::device::OpenDevice;
use crate::wavelet::WaveletModel;

/// A device that runs networks, and has gradients for an effort above 1. Codecs whose networks it does not know are
/// opened on the CPU.
#[derive(Debug, Clone)]
pub struct BurnBackend {
    device: OpenDevice,
    is_fast: bool,
}

impl BurnBackend {
    /// The backend of a device.
    pub fn new(device: OpenDevice) -> Self {
        Self { device, is_fast: false }
    }

    /// With pixels in floating point on the device, nearly those of the integers, if `fast` is true.
    pub fn with_fast(self, fast: bool) -> Self {
        Self { is_fast: fast, ..self }
    }

    /// The device.
    pub fn device(&self) -> &OpenDevice {
        &self.device
    }
}

impl Backend for BurnBackend {
    fn name(&self) -> &str {
        &self.device.description
    }

    fn open(&self, row: &Row, weights: Option<&WeightsFile<'_>>) -> lmc_codec::Result<Option<AnyCodec>> {
        if row.name != WAVELET_CODEC {
            return Ok(None);
        }
        let model = WaveletModel::from_file(ModelFile::parse_known(row.required(weights)?)?, &self.device.device)?;
        let codec = WaveletImageCodec::new(Arc::new(model.with_fast(self.is_fast)));
        Ok(Some(AnyCodec::Image(Arc::new(codec))))
    }
}
