//! The wavelet codec behind the traits of all codecs.

use std::sync::Arc;

use super::encode::Encoder;
use super::params::{Params, describe};
use super::stream::WaveletStream;
use super::{ImageModel, ModelFile, WAVELET_CODEC, WaveletCpu};
use crate::codecs::image::{CodedImage, EncodeOptions, ImageCodec, ImageStream};
use crate::codecs::row::{AnyCodec, Backend, Need, Row};
use crate::container::{CodecId, ImageMedia, MediaKind};
use crate::error::{ModelHash, Result};
use crate::media::image::Image;
use crate::watch::Watch;
use crate::weights::WeightsFile;

/// Its number in headers.
const ID: CodecId = CodecId(1);

/// What the registry knows of the wavelet codec. Beyond its qualities errors are so small that the lossless codec needs
/// fewer bits.
pub const ROW: Row = Row {
    id: ID,
    name: WAVELET_CODEC,
    media: MediaKind::Image,
    weights: Need::Required,
    model: Some(ModelFile::model_id),
    qualities: Some(0..=9_899),
    bounds_errors: false,
    describe,
    open,
};

fn open(weights: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    let model = WaveletCpu::from_file(ModelFile::parse_known(ROW.required(weights)?)?)?;
    Ok(AnyCodec::Image(Arc::new(WaveletImageCodec::new(Arc::new(model)))))
}

/// The wavelet codec with one model.
pub struct WaveletImageCodec {
    model: Arc<dyn ImageModel>,
}

impl WaveletImageCodec {
    /// The codec with these networks.
    pub fn new(model: Arc<dyn ImageModel>) -> Self {
        Self { model }
    }

    /// The networks.
    pub fn networks(&self) -> &Arc<dyn ImageModel> {
        &self.model
    }
}

impl ImageCodec for WaveletImageCodec {
    fn id(&self) -> CodecId {
        ID
    }

    fn name(&self) -> &'static str {
        WAVELET_CODEC
    }

    fn model(&self) -> ModelHash {
        self.model.hash()
    }

    fn stream<'a>(
        &'a self,
        media: &ImageMedia,
        block: &[u8],
        segments: &[Vec<u8>],
    ) -> Result<Box<dyn ImageStream + 'a>> {
        let params = Params::parse(block)?;
        let stream = WaveletStream::new(&*self.model, params, media.color, segments)?;
        Ok(Box::new(stream))
    }

    fn encode(
        &self,
        picture: &Image,
        options: &EncodeOptions,
        reconstruct: bool,
        watch: &mut dyn Watch,
    ) -> Result<CodedImage> {
        Encoder::new(&*self.model, options).encode(picture, reconstruct, watch)
    }
}
