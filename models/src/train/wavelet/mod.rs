//! The `wavelet` task: rate and distortion over random crops, all rates at once.

mod config;
mod data;
mod evaluate;
mod export;
mod loss;
mod rescale;
mod restorations;
mod start;

use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;

pub use config::{Part, WaveletTrainConfig};
pub use data::{CropBatch, WaveletData};
pub(super) use evaluate::HeldOut;

use super::{Data, Exported, Loss, Network, Schedule, Score, Sources, Watch};
use crate::wavelet::packet::{self, BLOCK};
use crate::wavelet::{LatentQuantiser, Params, WaveletCodec, import_params, start_from_klt};
use crate::zoo::{Manifest, WAVELET_CODEC};
use crate::{ModelError, Result};
pub(super) use start::{fitted_to, start_params, with_prior};

/// Anchor positions, as shares of all, that evaluations look at.
const EVALUATED: [f32; 3] = [0.25, 0.5, 0.75];
/// Crops that the covariances of the KLT are taken from.
const KLT_CROPS: usize = 64;

/// The wavelet codec in training.
#[derive(Debug)]
pub struct WaveletTask {
    config: WaveletTrainConfig,
    quantiser: LatentQuantiser,
}

impl Network for WaveletTask {
    const NAME: &'static str = WAVELET_CODEC;
    const ABOUT: &'static str = "the image model: wavelet packet, transform networks, integer prior";
    const ORIGIN: &'static str = "KLT";
    type Settings = WaveletTrainConfig;
    type Data = WaveletData;
    type Module = WaveletCodec;

    fn schedule(settings: &WaveletTrainConfig) -> Schedule {
        settings.training.schedule()
    }

    fn open(settings: &WaveletTrainConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<WaveletData> {
        WaveletData::open(settings, sources, watch)
    }

    fn new(settings: &WaveletTrainConfig) -> Result<Self> {
        Ok(Self {
            quantiser: LatentQuantiser::new(&settings.model)?,
            config: settings.clone(),
        })
    }

    fn module(&self, device: &Device) -> WaveletCodec {
        WaveletCodec::new(&self.config.model, device)
    }

    fn start(&mut self, fresh: Params, init: Option<&[u8]>, data: &WaveletData, device: &Device) -> Result<Params> {
        let Some(init) = init else {
            return klt(fresh, &self.config, data);
        };
        let params = fitted_to(&self.config.model, start_params(init)?);
        if !self.config.rescale_latents {
            return Ok(params);
        }
        let crops = data.batches(0)?.next();
        let crops = crops.ok_or_else(|| ModelError::Parameter("there are no crops".into()))??;
        rescale::rescale_latents(&params, &self.config.model, &crops, device)
    }

    fn trained(&self, codec: WaveletCodec) -> WaveletCodec {
        match self.config.part {
            Part::Main => codec,
            Part::DeepContext => {
                let deep = codec.prior.deep.clone();
                let mut codec = codec.no_grad();
                codec.prior.deep = deep;
                codec
            }
        }
    }

    fn loss(&mut self, codec: &WaveletCodec, batch: CropBatch, step: u64, device: &Device) -> Result<Loss> {
        let count = batch.data.len() / (3 * batch.side * batch.side);
        let positions = loss::draw_positions(&self.config, step, count);
        Ok(loss::loss(
            &self.config,
            &self.quantiser,
            codec,
            &batch,
            &positions,
            device,
        ))
    }

    fn evaluate(&self, average: &Params, data: &WaveletData, device: &Device) -> Result<Vec<Vec<Score>>> {
        if data.held_out.is_empty() {
            return Ok(Vec::new());
        }
        let codec = import_params(self.module(device), average, device)?;
        let last = (self.config.model.anchors - 1) as f32;
        let positions = EVALUATED.map(|share| share * last);
        let coding = (&self.quantiser, self.config.context());
        Ok(evaluate::evaluate(&codec, coding, &data.held_out, &positions, device))
    }

    fn export(
        &self,
        manifest: Manifest<()>,
        average: &Params,
        folder: &Path,
        device: &Device,
        watch: &mut dyn Watch,
    ) -> Result<Exported> {
        export::export(&self.config, manifest, average, folder, device, watch)
    }
}

/// The linear optimum for the crops of the first steps.
fn klt(mut params: Params, config: &WaveletTrainConfig, data: &WaveletData) -> Result<Params> {
    let mut bands = Vec::new();
    let mut side = config.crop;
    for batch in data.batches(0)?.take(KLT_CROPS.div_ceil(config.training.batch)) {
        let batch = batch?;
        side = batch.side;
        bands.extend(packet::bands_of(&batch.data, side, side));
    }
    start_from_klt(&mut params, &config.model, &bands, [side / BLOCK, side / BLOCK])?;
    Ok(params)
}
