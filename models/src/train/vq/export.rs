//! From the average of a run to one weights file: the model it began with, and its network in integers.

use std::path::Path;

use lmc_codec::codecs::vq::{NetworkParts, VqModel};

use super::VqTrainConfig;
use super::data::{VqData, model};
use crate::Result;
use crate::train::{Exported, Watch};
use crate::wavelet::Params;
use crate::zoo::Manifest;

/// Crops that the steps of activations are taken from.
const CROPS_SEEN: usize = 256;

pub(super) fn export(
    config: &VqTrainConfig,
    manifest: Manifest<()>,
    average: &Params,
    folder: &Path,
    watch: &mut dyn Watch,
) -> Result<Exported> {
    let (mut parts, model) = model(config)?;
    let pictures = VqData::packed(config, folder, CROPS_SEEN)?;
    watch.detail(&format!("steps of activations from {} crops", pictures.len()));
    parts.network = Some(NetworkParts::convert(&model, config.network, average, pictures)?);
    parts.config.network = Some(config.network);
    let bytes = parts.serialize(manifest)?;
    VqModel::load(&bytes)?;
    Ok(Exported {
        summary: format!("{} blocks of {} channels", config.network.blocks, config.network.width),
        bytes,
    })
}
