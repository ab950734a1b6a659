//! The `video` task: rate and distortion of predicted frames in a row, all rates at once.

mod chain;
mod config;
mod data;
mod evaluate;
mod export;
mod loss;
mod start;
#[cfg(test)]
mod tests;
mod through;

use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;
use lmc_codec::codecs::video::VideoConfig;
use lmc_datasets::ClipSample;

pub use config::{VideoPart, VideoTrainConfig};
pub use data::VideoData;

use super::{Exported, Loss, Network, Schedule, Score, Sources, Watch};
use crate::Result;
use crate::video::{Coding, VideoCodec};
use crate::wavelet::{LatentQuantiser, Params, Phase, import_params};
use crate::zoo::Manifest;

/// The model of predicted frames in training.
#[derive(Debug)]
pub struct VideoTask {
    config: VideoTrainConfig,
    quantiser: LatentQuantiser,
}

impl VideoTask {
    fn coding(&self, phase: Phase) -> Coding<'_> {
        Coding {
            quantiser: &self.quantiser,
            phase,
        }
    }
}

impl Network for VideoTask {
    const NAME: &'static str = "video";
    const ABOUT: &'static str =
        "the model of predicted frames: motion, transforms that see the prediction, temporal prior";
    const ORIGIN: &'static str = "random weights";
    type Settings = VideoTrainConfig;
    type Data = VideoData;
    type Module = VideoCodec;

    fn schedule(settings: &VideoTrainConfig) -> Schedule {
        settings.training.schedule()
    }

    fn open(settings: &VideoTrainConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<VideoData> {
        watch.note(&costs(&settings.model));
        VideoData::open(settings, sources, watch)
    }

    fn new(settings: &VideoTrainConfig) -> Result<Self> {
        Ok(Self {
            quantiser: LatentQuantiser::new(&settings.model.image)?,
            config: settings.clone(),
        })
    }

    fn module(&self, device: &Device) -> VideoCodec {
        VideoCodec::new(&self.config.model, device)
    }

    fn start(&mut self, fresh: Params, init: Option<&[u8]>, _data: &VideoData, _device: &Device) -> Result<Params> {
        let Some(init) = init else {
            return Ok(fresh);
        };
        start::started(&self.config.model, fresh, init)
    }

    fn trained(&self, codec: VideoCodec) -> VideoCodec {
        match self.config.part {
            VideoPart::All => codec,
            VideoPart::Prior => {
                let (prior, z_prior, side) = (codec.prior.clone(), codec.z_prior.clone(), codec.side.clone());
                VideoCodec {
                    prior,
                    z_prior,
                    side,
                    ..codec.no_grad()
                }
            }
        }
    }

    fn loss(&mut self, codec: &VideoCodec, batch: Vec<ClipSample>, step: u64, device: &Device) -> Result<Loss> {
        loss::loss(&self.config, (codec, self.coding(Phase::Train)), &batch, step, device)
    }

    fn evaluate(&self, average: &Params, data: &VideoData, device: &Device) -> Result<Vec<Vec<Score>>> {
        let Some(clips) = &data.held_out else {
            return Ok(Vec::new());
        };
        let codec = import_params(self.module(device), average, device)?;
        evaluate::evaluate(&self.config, (&codec, self.coding(Phase::Evaluate)), clips, device)
    }

    fn export(
        &self,
        manifest: Manifest<()>,
        average: &Params,
        folder: &Path,
        device: &Device,
        watch: &mut dyn Watch,
    ) -> Result<Exported> {
        export::export(
            (&self.config, &self.quantiser),
            manifest,
            average,
            folder,
            device,
            watch,
        )
    }
}

fn costs(model: &VideoConfig) -> String {
    let costs = model.macs_per_pixel();
    let thousands = |macs: f64| format!("{:.2}", macs / 1000.0);
    format!(
        "kMAC per pixel of a predicted frame: {} to decode (synthesis {}, prior {}, side features {}, \
         compensation {}), {} to encode",
        thousands(costs.decoder()),
        thousands(costs.synthesis),
        thousands(costs.prior),
        thousands(costs.side),
        thousands(costs.compensation),
        thousands(costs.encoder())
    )
}
