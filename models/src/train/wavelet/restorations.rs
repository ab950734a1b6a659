//! Restoration filters: those that bring decoded crops nearest to what they were.

use std::sync::Arc;

use burn::tensor::Device;
use lmc_codec::codecs::Codecs;
use lmc_codec::codecs::wavelet::WaveletImageCodec;
use lmc_codec::{Color, EncodeOptions, Image, ImageEncoder, Quality, Samples, Unwatched, fit_restoration};

use super::CropBatch;
use crate::train::Watch;
use crate::wavelet::WaveletModel;
use crate::zoo::ModelFile;
use crate::{ModelError, Result};

/// Crops that filters are fitted to.
const CROPS_FITTED: usize = 240;

/// The weights file with a filter for each anchor of the quality.
pub(super) fn with_restorations(
    bytes: &[u8],
    batches: &[CropBatch],
    device: &Device,
    watch: &mut dyn Watch,
) -> Result<Vec<u8>> {
    let model = Arc::new(WaveletModel::load(bytes, device)?);
    let crops = batches.iter().flat_map(images_of).take(CROPS_FITTED);
    let crops = crops.collect::<Result<Vec<_>>>()?;
    let anchors = model.anchors();
    let mut filters = Vec::new();
    for anchor in 0..anchors {
        let quality = Quality::new(100.0 * anchor as f32 / (anchors - 1) as f32)?;
        filters.push(filter(&model, quality, &crops)?);
        watch.part("fitting filters", anchor + 1, anchors);
    }
    Ok(ModelFile::with_restorations(bytes, &filters)?)
}

fn filter(model: &Arc<WaveletModel>, quality: Quality, crops: &[Image]) -> Result<Vec<f64>> {
    let codec = WaveletImageCodec::new(Arc::clone(model) as Arc<_>);
    let codecs = Codecs::default().with_image(Arc::new(codec));
    let encoder = ImageEncoder::new(codecs, EncodeOptions::default().with_quality(quality));
    let decoded = |crop: &Image| Ok((crop.clone(), encoder.encode_and_reconstruct(crop, &mut Unwatched)?.1));
    let pairs = crops.iter().map(decoded).collect::<Result<Vec<_>>>()?;
    fit_restoration(&pairs).ok_or_else(|| ModelError::Parameter("there are no crops to fit filters to".into()))
}

/// The crops of a batch as images.
fn images_of(batch: &CropBatch) -> impl Iterator<Item = Result<Image>> {
    let area = batch.side * batch.side;
    batch.data.chunks_exact(3 * area).map(move |crop| {
        let sample = |at: usize| (crop[at % 3 * area + at / 3] * 255.0).round() as u8;
        let samples = Samples::U8((0..3 * area).map(sample).collect());
        let side = batch.side as u32;
        Ok(Image::new(side, side, Color::Rgb, samples, None)?)
    })
}
