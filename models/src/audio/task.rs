//! The task: no gradients, the coder learns as it codes.

use std::path::Path;

use burn::tensor::Device;
use lmc_codec::codecs::audio::AudioModel;

use super::{AudioData, Excerpt, Fit, FitConfig};
use crate::train::{Exported, Files, Score, Sources, Task, Watch};
use crate::zoo::{AUDIO_CODEC, AudioManifest, Manifest};
use crate::{ModelError, Result};

/// File of a checkpoint: the state of the coder, to the last bit.
const STATE: &str = "coder.state";
/// File of a checkpoint: the model that learns, with its rule and settings, as a weights file.
const MODEL: &str = "model.safetensors";

/// The audio codec in training.
#[derive(Debug)]
pub struct AudioTask {
    fit: Fit,
}

impl Task for AudioTask {
    const NAME: &'static str = AUDIO_CODEC;
    const ABOUT: &'static str = "the general sound model: what its coder knows before it hears a sound";
    const ORIGIN: &'static str = "nothing";
    type Settings = FitConfig;
    type Data = AudioData;

    fn open(settings: &FitConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<AudioData> {
        AudioData::open(settings, sources, watch)
    }

    fn start(settings: &FitConfig, _device: &Device, init: Option<&[u8]>, _data: &AudioData) -> Result<Self> {
        let fit = match init {
            Some(weights) => Fit::with_coder(AudioModel::load(weights)?, settings.clone())?,
            None => Fit::new(AudioModel::untrained()?, settings.clone())?,
        };
        Ok(Self { fit })
    }

    fn restore(settings: &FitConfig, _device: &Device, files: &Files) -> Result<Self> {
        let missing = |name: &str| ModelError::Checkpoint(format!("{name} is missing"));
        let file = |name: &str| files.get(name).ok_or_else(|| missing(name));
        let model = AudioModel::load(file(MODEL)?)?;
        let fit = Fit::resume(model, settings.clone(), file(STATE)?)?;
        Ok(Self { fit })
    }

    fn save(&self) -> Result<Files> {
        let manifest = AudioManifest {
            codec: AUDIO_CODEC.to_owned(),
            ..AudioManifest::default()
        };
        Ok(Files::from([
            (STATE.to_owned(), self.fit.state()),
            (MODEL.to_owned(), self.fit.model().serialize(&manifest)?),
        ]))
    }

    fn step(&mut self, _step: u64, (pass, index, excerpt): (usize, usize, Excerpt)) -> Result<Vec<Score>> {
        let learned = self.fit.learn(pass, index, &excerpt.channels)?;
        let (quality, _) = self.fit.turn(pass, index)?;
        Ok(vec![
            Score::new("kbit_per_second", learned.kbit_per_second()),
            Score::new("quality", quality.value()),
        ])
    }

    fn evaluate(&self, data: &AudioData) -> Result<Vec<Vec<Score>>> {
        if data.held_out.is_empty() {
            return Ok(Vec::new());
        }
        let costs = data.held_out.iter().enumerate().map(|(index, excerpt)| {
            // A copy learns: the run itself never hears what is held out.
            let learned = self.fit.clone().learn(0, index, &excerpt.channels)?;
            Ok([learned.bits, learned.seconds])
        });
        let costs = costs.collect::<Result<Vec<_>>>()?;
        let sum = |part: usize| costs.iter().map(|cost| cost[part]).sum::<f64>();
        let rate = sum(0) / sum(1).max(1e-9) / 1e3;
        Ok(vec![vec![Score::new("kbit_per_second", rate)]])
    }

    fn export(&self, manifest: Manifest<()>, _folder: &Path, _watch: &mut dyn Watch) -> Result<Exported> {
        let model = self.fit.clone().finish()?;
        let manifest = manifest.with_config(None);
        Ok(Exported {
            bytes: model.serialize(&manifest)?,
            summary: "the coder as it is".to_owned(),
        })
    }
}
