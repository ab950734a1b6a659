//! The task: networks by gradients, codebooks by running means.

use std::path::Path;

use burn::tensor::Device;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::evaluate::{evaluate, scores};
use super::step::Fixed;
use super::{SpeechData, SpeechTrainConfig, WindowBatch};
use crate::speech::{Codebooks, FEATURE_MARGIN, Learner, Objective, SPEECH_CODEC, SpeechNetwork, export_speech};
use crate::train::{Data, Exported, Loss, Network, Schedule, Score, Sources, Watch};
use crate::wavelet::{Params, host_values, import_params};
use crate::zoo::{Manifest, read_tensors};
use crate::{ModelError, Result};

const CODEBOOKS: &str = "codebooks.";
const LEARNER: &str = "learner.";
/// Stages that evaluations send.
const EVALUATED: [usize; 4] = [1, 2, 3, 6];

/// The speech codec in training.
#[derive(Debug)]
pub struct SpeechTask {
    config: SpeechTrainConfig,
    fixed: Fixed,
    /// The codebooks, once they are started.
    learner: Option<Learner>,
}

impl Network for SpeechTask {
    const NAME: &'static str = SPEECH_CODEC;
    const ABOUT: &'static str = "the speech model: networks at the rate of frames, group-residual vector quantisation";
    const ORIGIN: &'static str = "random weights";
    type Settings = SpeechTrainConfig;
    type Data = SpeechData;
    type Module = SpeechNetwork;

    fn schedule(settings: &SpeechTrainConfig) -> Schedule {
        settings.training.schedule()
    }

    fn open(settings: &SpeechTrainConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<SpeechData> {
        SpeechData::open(settings, sources, watch)
    }

    fn new(settings: &SpeechTrainConfig) -> Result<Self> {
        Ok(Self {
            fixed: Fixed::new(&settings.model, Objective::new(settings.loss)),
            config: settings.clone(),
            learner: None,
        })
    }

    fn module(&self, device: &Device) -> SpeechNetwork {
        SpeechNetwork::new(&self.config.model, device)
    }

    fn start(&mut self, fresh: Params, init: Option<&[u8]>, _data: &SpeechData, _device: &Device) -> Result<Params> {
        let Some(init) = init else {
            return Ok(fresh);
        };
        let mut params = read_tensors(init)?.params;
        self.take_extra(&mut params)?;
        Ok(params)
    }

    /// Starts the codebooks from the latents of the batches to come.
    fn prepare(&mut self, network: &SpeechNetwork, step: u64, data: &SpeechData, device: &Device) -> Result<bool> {
        if self.learner.is_some() || step < self.config.free_steps {
            return Ok(false);
        }
        let wanted = self.config.start_frames * self.config.model.latent();
        let mut latents = Vec::new();
        let mut batches = data.batches(step)?;
        while latents.len() < wanted {
            let batch = batches.next();
            let batch = batch.ok_or_else(|| ModelError::Parameter("there are no windows".into()))??;
            latents.extend(host_values(self.latents(network, &batch, device)));
        }
        latents.truncate(wanted);
        let mut learner = Learner::new(&self.config.model);
        learner.start(&latents, self.config.training.seed);
        self.learner = Some(learner);
        Ok(true)
    }

    fn loss(&mut self, network: &SpeechNetwork, batch: WindowBatch, step: u64, device: &Device) -> Result<Loss> {
        let latents = self.latents(network, &batch, device);
        let codes = self.quantised(&host_values(latents.clone()), step);
        let targets: Vec<f32> = batch
            .data
            .chunks_exact(self.window())
            .flat_map(|window| &window[FEATURE_MARGIN..][..self.config.samples()])
            .copied()
            .collect();
        let pass = self
            .fixed
            .decode(network, latents, codes, &targets, self.config.commitment);
        let mut measured = scores(&pass.terms).to_vec();
        measured.push(Score::new("distortion", pass.distortion));
        Ok(Loss {
            earlier: Vec::new(),
            total: pass.surrogate,
            value: pass.terms.total(&self.config.loss),
            scores: measured,
        })
    }

    fn extra(&self) -> Params {
        self.learner.as_ref().map(Learner::to_params).unwrap_or_default()
    }

    fn take_extra(&mut self, params: &mut Params) -> Result<()> {
        if params.keys().any(|name| name.starts_with(LEARNER)) {
            self.learner = Some(Learner::take_from(params, &self.config.model)?);
        }
        // Codebooks without the state of their learner are started anew.
        params.retain(|name, _| !name.starts_with(CODEBOOKS));
        Ok(())
    }

    fn is_averaged(name: &str) -> bool {
        !name.starts_with(LEARNER)
    }

    fn evaluate(&self, average: &Params, data: &SpeechData, device: &Device) -> Result<Vec<Vec<Score>>> {
        if self.learner.is_none() || data.held_out.is_empty() {
            return Ok(Vec::new());
        }
        let model = &self.config.model;
        let mut params = average.clone();
        let books = Codebooks::take_from(&mut params, model)?;
        let network = import_params(self.module(device), &params, device)?;
        let rates = EVALUATED.map(|stages| (stages * model.groups).min(model.codebooks()));
        Ok(evaluate(&network, &books, model, &data.held_out, &rates, device))
    }

    fn export(
        &self,
        manifest: Manifest<()>,
        average: &Params,
        folder: &Path,
        _device: &Device,
        watch: &mut dyn Watch,
    ) -> Result<Exported> {
        let (count, sounds) = SpeechData::packed(folder)?;
        let manifest = manifest.with_config(self.config.model.clone());
        let progress = |done| watch.part("counting indices", done, count);
        let (bytes, report) = export_speech(&manifest, average, sounds, progress)?;
        Ok(Exported {
            bytes,
            summary: format!("{:.3} bits per index", report.bits_per_index),
        })
    }
}

impl SpeechTask {
    /// Samples of a window with its margins.
    fn window(&self) -> usize {
        self.config.samples() + 2 * FEATURE_MARGIN
    }

    fn latents(&self, network: &SpeechNetwork, batch: &WindowBatch, device: &Device) -> burn::tensor::Tensor<4> {
        self.fixed.latents(network, &batch.data, self.window(), device)
    }

    /// What the quantiser makes of latents: each window sends as many codebooks as are drawn for it.
    fn quantised(&mut self, latents: &[f32], step: u64) -> Option<Vec<f32>> {
        let learner = self.learner.as_mut()?;
        let mut random = SmallRng::seed_from_u64(self.config.training.seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let indices = learner.learn(latents, random.random());
        let (latent, books) = (self.config.model.latent(), learner.books.len());
        let mut codes = vec![0.0; latents.len()];
        let frames = self.config.frames;
        let windows = codes
            .chunks_exact_mut(frames * latent)
            .zip(indices.chunks_exact(frames * books));
        for (codes, indices) in windows {
            let used = self.config.codebooks_for(random.random());
            for (out, indices) in codes.chunks_exact_mut(latent).zip(indices.chunks_exact(books)) {
                learner.books.add_up(indices, used, out);
            }
        }
        Some(codes)
    }
}
