//! From the average of a run to one weights file: integer prior, counted tables, restoration filters.

use std::path::Path;

use burn::tensor::Device;

use super::restorations::with_restorations;
use super::{WaveletData, WaveletTrainConfig};
use crate::Result;
use crate::export::export_wavelet;
use crate::train::{Exported, Watch};
use crate::wavelet::Params;
use crate::zoo::Manifest;

/// Crops that ranges and tables are taken from.
const CROPS_COUNTED: usize = 400;
/// More crops, for the context of hyper-latents: a crop has no more than 16 positions of them.
const CROPS_OF_HYPER: usize = 2400;

pub(super) fn export(
    config: &WaveletTrainConfig,
    manifest: Manifest<()>,
    average: &Params,
    folder: &Path,
    device: &Device,
    watch: &mut dyn Watch,
) -> Result<Exported> {
    let (crops, mut all) = WaveletData::packed(config, folder)?;
    let count = |of: usize| of.min(crops.len()).div_ceil(config.training.batch);
    let batches: Vec<_> = all.by_ref().take(count(CROPS_COUNTED)).collect::<Result<_>>()?;
    let more = all.take(count(CROPS_OF_HYPER));
    watch.detail(&format!(
        "counting symbols in {} crops",
        batches.len() * config.training.batch
    ));
    let manifest = manifest.with_config(config.model.clone());
    let (bytes, report) = export_wavelet(&manifest, average, &batches, more, device)?;
    Ok(Exported {
        bytes: with_restorations(&bytes, &batches, device, watch)?,
        summary: format!("{:.4} bits per symbol", report.counted_bits),
    })
}
