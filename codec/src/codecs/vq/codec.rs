//! The codec behind the traits of all codecs.

use std::sync::Arc;

use super::encode::{Coded, Encoder};
use super::params::{Params, describe};
use super::stream::VqStream;
use super::{CELL, CELL_BANDS, VQ_CODEC, VqModel};
use crate::codecs::image::{CodedImage, EncodeOptions, Grid, ImageCodec, ImageStream, View, paint_windows};
use crate::codecs::row::{AnyCodec, Backend, Fields, Need, Row, Value};
use crate::container::{CodecId, ImageMedia, MediaKind};
use crate::error::{CodecError, ModelHash, Result, check_encoders};
use crate::media::image::{Image, Orientation, Samples};
use crate::watch::Watch;
use crate::weights::WeightsFile;

/// Its number in headers.
const ID: CodecId = CodecId(5);

/// What the registry knows of the codec. No quality asks for it: it is for targets below those of the others.
pub const ROW: Row = Row {
    summary: "Pictures at extreme rates, below 0.05 bits per pixel: indices of code vectors",
    weights: Need::Required,
    model: Some(VqModel::model_id),
    costs: Some(costs),
    is_for_extreme_rates: true,
    ..Row::new(ID, VQ_CODEC, MediaKind::Image, describe, open)
};

fn open(weights: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    Ok(AnyCodec::Image(Arc::new(VqModel::load_known(ROW.required(weights)?)?)))
}

/// Thousands of multiplications for each pixel.
fn costs(weights: &WeightsFile<'_>) -> Result<Fields> {
    let model = VqModel::load_known(weights)?;
    let config = model.config();
    let kilo = |macs: usize| Value::Number((macs as f64 / (CELL * CELL) as f64 / 10.0).round() / 100.0);
    let linear = config.coefficients * (9 * config.channels + CELL_BANDS);
    let network = config.network.map_or(0, |network| network.macs(config));
    Ok(vec![
        ("kMAC/pixel analysis", kilo(config.channels * CELL_BANDS)),
        ("kMAC/pixel synthesis", kilo(linear + network)),
    ])
}

impl ImageCodec for VqModel {
    fn id(&self) -> CodecId {
        ID
    }

    fn name(&self) -> &'static str {
        VQ_CODEC
    }

    fn model(&self) -> ModelHash {
        self.hash
    }

    fn stream<'a>(&'a self, _: &ImageMedia, block: &[u8], segments: &[Vec<u8>]) -> Result<Box<dyn ImageStream + 'a>> {
        let params = Params::parse(block)?;
        if !segments.is_empty() {
            return Err(CodecError::malformed(0, "a stream of indices has no codec segments"));
        }
        Ok(Box::new(VqStream::new(self, params)?))
    }

    fn encode(
        &self,
        image: &Image,
        options: &EncodeOptions,
        reconstruct: bool,
        watch: &mut dyn Watch,
    ) -> Result<CodedImage> {
        check_encoders()?;
        let encoder = Encoder::new(self, image, options)?;
        let coded = encoder.run(watch)?;
        let reconstruction = reconstruct.then(|| self.reconstruct(&encoder, &coded, image));
        Ok(CodedImage {
            block: encoder.params.to_bytes(),
            segments: Vec::new(),
            reconstruction: reconstruction.transpose()?,
            tiles: coded.into_iter().map(|coded| coded.tile).collect(),
            orientation: Orientation::default(),
        })
    }
}

impl VqModel {
    /// What decoders make of coded tiles.
    fn reconstruct(&self, encoder: &Encoder<'_>, coded: &[Coded], image: &Image) -> Result<Image> {
        let stream = VqStream::new(self, encoder.params)?;
        let geometry = stream.geometry();
        let size = encoder.grid.bounds().cells(geometry.cell);
        let mut cells = Grid::zeros(size.height as usize, size.width as usize, geometry.channels);
        for (index, coded) in (0u32..).zip(coded) {
            let rect = encoder
                .grid
                .rect(index)
                .unwrap_or(encoder.grid.bounds())
                .cells(geometry.cell);
            let piece = Grid::new(
                rect.height as usize,
                rect.width as usize,
                geometry.channels,
                coded.cells.clone(),
            )?;
            cells.put(rect.x as usize, rect.y as usize, &piece);
        }
        let view = View::whole(encoder.grid.bounds(), &geometry);
        let samples = Samples::filled(image.depth(), image.samples().len(), 0);
        let mut decoded = Image::new(image.width(), image.height(), image.color(), samples, None)?;
        paint_windows(&stream, &cells, &view, &[], &mut decoded, &mut |_| Ok(()))?;
        Ok(decoded)
    }
}
