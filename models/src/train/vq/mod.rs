//! The `vq` task: a network that repaints what code vectors give, trained for looks.
//!
//! ```text
//! crops -> the codec itself, in integers -> code vectors, bands, texture -> network -> bands -> pixels -> loss
//! ```
//!
//! Code vectors, indices and the linear layers are those of a fitted model and stay as they are. So batches are what
//! decoders get, to the bit.

mod config;
mod data;
mod evaluate;
mod export;
mod loss;
mod network;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use lmc_codec::codecs::vq::{VQ_CODEC, VqConfig};

pub use config::VqTrainConfig;
pub use data::{VqBatch, VqData};
pub use network::VqNetwork;

use super::wavelet::start_params;
use super::{Exported, Loss, Network, Schedule, Score, Sources, Watch};
use crate::looks::{Looks, LooksNetwork};
use crate::wavelet::{Params, WaveletConfig, import_params};
use crate::zoo::{Manifest, read_tensors};
use crate::{ModelError, Result};

/// The decoder of the codec in training.
#[derive(Debug)]
pub struct VqTask {
    config: VqTrainConfig,
    shape: WaveletConfig,
    /// Networks of looks, for each turn an index into them.
    looks: Vec<(Looks, LooksNetwork)>,
}

impl Network for VqTask {
    const NAME: &'static str = VQ_CODEC;
    const ABOUT: &'static str = "the codec for extreme rates: a network behind its code vectors, for looks";
    const ORIGIN: &'static str = "fitted code vectors";
    type Settings = VqTrainConfig;
    type Data = VqData;
    type Module = VqNetwork;

    fn schedule(settings: &VqTrainConfig) -> Schedule {
        settings.training.schedule()
    }

    fn open(settings: &VqTrainConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<VqData> {
        VqData::open(settings, sources, watch)
    }

    fn new(settings: &VqTrainConfig) -> Result<Self> {
        let config = VqConfig {
            network: Some(settings.network),
            ..data::model(settings)?.0.config
        };
        Ok(Self {
            shape: network::shape(&config)?,
            config: settings.clone(),
            looks: Vec::new(),
        })
    }

    fn module(&self, device: &Device) -> VqNetwork {
        VqNetwork::new(&self.shape, device)
    }

    fn start(&mut self, fresh: Params, init: Option<&[u8]>, _: &VqData, _: &Device) -> Result<Params> {
        init.map_or(Ok(fresh), start_params)
    }

    fn prepare(&mut self, _: &VqNetwork, _: u64, _: &VqData, device: &Device) -> Result<bool> {
        if self.looks.is_empty() {
            self.looks = open_looks(&self.config, &device.clone().inner())?;
        }
        Ok(false)
    }

    fn loss(&mut self, network: &VqNetwork, batch: VqBatch, step: u64, device: &Device) -> Result<Loss> {
        let turn = self.config.turns[step as usize % self.config.turns.len()];
        let looks = self.looks.iter().find(|(looks, _)| *looks == turn);
        let (_, looks) = looks.ok_or_else(|| ModelError::Parameter("a network of looks is missing".into()))?;
        loss::loss(&self.config, network, looks, &batch, device)
    }

    fn evaluate(&self, average: &Params, data: &VqData, device: &Device) -> Result<Vec<Vec<Score>>> {
        let network = import_params(self.module(device), average, device)?;
        let vgg = self.looks.iter().find(|(looks, _)| *looks == Looks::Vgg);
        match vgg {
            Some((_, looks)) => evaluate::evaluate(&network, looks, data, device),
            None => Ok(Vec::new()),
        }
    }

    fn export(
        &self,
        manifest: Manifest<()>,
        average: &Params,
        folder: &Path,
        _: &Device,
        watch: &mut dyn Watch,
    ) -> Result<Exported> {
        export::export(&self.config, manifest, average, folder, watch)
    }
}

/// All networks that turns name, and the one that held-out pictures are measured by.
fn open_looks(config: &VqTrainConfig, device: &Device) -> Result<Vec<(Looks, LooksNetwork)>> {
    let bytes = fs::read(&config.looks).map_err(ModelError::io(&config.looks))?;
    let params = read_tensors(&bytes)?.params;
    let wanted = [Looks::Vgg, Looks::Alex].into_iter();
    let wanted = wanted.filter(|looks| *looks == Looks::Vgg || config.turns.contains(looks));
    wanted
        .map(|looks| Ok((looks, LooksNetwork::new(looks, &params, device)?)))
        .collect()
}
