//! The wavelet codec behind the traits of all codecs.

use std::sync::Arc;

use super::encode::Encoder;
use super::params::{Params, describe};
use super::stream::WaveletStream;
use super::timed::Timed;
use super::{ImageModel, ModelFile, WAVELET_CODEC, WaveletCpu};
use crate::codecs::image::{Clock, CodedImage, EncodeOptions, ImageCodec, ImageStream};
use crate::codecs::row::{AnyCodec, Backend, Fields, Need, Row, Value};
use crate::container::{CodecId, ImageMedia, MediaKind};
use crate::error::{ModelHash, Result, check_encoders};
use crate::media::image::Image;
use crate::watch::Watch;
use crate::weights::WeightsFile;

/// Its number in headers.
const ID: CodecId = CodecId(1);

/// What the registry knows of the wavelet codec. Beyond its qualities errors are so small that the lossless codec needs
/// fewer bits.
pub const ROW: Row = Row {
    summary: "Photographs and other pictures: wavelet packet and transform networks",
    weights: Need::Required,
    model: Some(ModelFile::model_id),
    qualities: Some(0..=9_899),
    has_efforts: true,
    costs: Some(costs),
    orientation: |block| Ok(Params::parse(block)?.orientation),
    ..Row::new(ID, WAVELET_CODEC, MediaKind::Image, describe, open)
};

fn open(weights: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    let model = WaveletCpu::from_file(ModelFile::parse_known(ROW.required(weights)?)?)?;
    Ok(AnyCodec::Image(Arc::new(WaveletImageCodec::new(Arc::new(model)))))
}

/// Thousands of multiplications for each pixel.
fn costs(weights: &WeightsFile<'_>) -> Result<Fields> {
    let macs = ModelFile::manifest_of(weights.bytes)?.config.macs_per_pixel();
    let parts = [
        ("kMAC/pixel analysis", Some(macs.analysis)),
        ("kMAC/pixel hyper analysis", Some(macs.hyper_analysis)),
        ("kMAC/pixel prior", Some(macs.prior)),
        ("kMAC/pixel prior of four steps", macs.deep_prior),
        ("kMAC/pixel synthesis", Some(macs.synthesis)),
    ];
    let kilo = |macs: f64| Value::Number((macs / 10.0).round() / 100.0);
    let parts = parts.into_iter().filter_map(|(part, macs)| Some((part, kilo(macs?))));
    Ok(parts.collect())
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
        check_encoders()?;
        Encoder::new(&*self.model, options).encode(picture, reconstruct, watch)
    }

    fn timed(&self, clock: Arc<dyn Clock>) -> Option<Arc<dyn ImageCodec>> {
        let model = Timed::new(Arc::clone(&self.model), clock);
        Some(Arc::new(Self::new(Arc::new(model))))
    }
}
