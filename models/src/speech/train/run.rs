//! The training loop.

use std::path::Path;
use std::time::Instant;

use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Bytes, Device};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::evaluate::evaluate;
use super::step::Fixed;
use super::{RatePoint, SpeechTrainConfig};
use crate::speech::{FEATURE_MARGIN, Learner, LossTerms, Objective, SpeechNetwork};
use crate::train::Checkpoint;
use crate::train::log::CsvLog;
use crate::train::optimise::{clip_gradients, update_average};
use crate::wavelet::{Params, export_params, host_values, import_params};
use crate::{ModelError, Result};

/// A checkpoint of a speech run; its weights hold the codebooks and how they are learned too.
pub type SpeechCheckpoint = Checkpoint<SpeechTrainConfig>;

/// Windows for one step, each with [`FEATURE_MARGIN`] samples more at both ends: `[batch * (samples + 2 margins)]`.
#[derive(Debug, Clone)]
pub struct WindowBatch {
    /// Samples, full scale 1.
    pub data: Vec<f32>,
}

/// What a run works on.
pub struct SpeechJob<'a> {
    /// Settings.
    pub config: SpeechTrainConfig,
    /// Folder for checkpoints and logs; exists.
    pub folder: &'a Path,
    /// Device without gradient tracking; the loop adds it.
    pub device: Device,
    /// Weights of the networks, and codebooks, to start from instead of random ones.
    pub start: Option<Params>,
    /// A checkpoint to go on from.
    pub resume: Option<SpeechCheckpoint>,
    /// Sounds at 16 kHz that are evaluated and never trained on.
    pub held_out: Vec<Vec<f32>>,
}

/// How a step went.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Seconds of training so far, over all starts.
    pub seconds: f64,
    /// The weighted sum of the terms.
    pub loss: f32,
    /// The terms.
    pub terms: LossTerms,
    /// Distance of the latents from their codes, against their variance.
    pub distortion: f32,
    /// Norm of all gradients before clipping.
    pub gradient_norm: f32,
    /// Learning rate of the step.
    pub learning_rate: f64,
}

/// Steps between updates of the average, which then keeps a power of its share.
const AVERAGE_EVERY: u64 = 10;
const CODEBOOKS: &str = "codebooks.";
const LEARNER: &str = "learner.";

/// Trains to the last step and returns the final checkpoint, which is saved like the others.
///
/// `batch_of` gives the windows of a step, the same ones each time it is asked. `report` is called after every step; if
/// it returns false, the run saves a checkpoint and stops there.
///
/// # Errors
/// Failing batches, files and settings; [`ModelError::Parameter`] if the loss is not finite any more.
pub fn train(
    job: SpeechJob<'_>,
    mut batch_of: impl FnMut(u64) -> Result<WindowBatch>,
    report: &mut dyn FnMut(&Progress) -> bool,
) -> Result<SpeechCheckpoint> {
    job.config.check()?;
    let mut run = Run::start(job)?;
    while run.step < run.config.steps {
        if run.learner.is_none() && run.step >= run.config.free_steps {
            run.start_codebooks(&mut batch_of)?;
        }
        let batch = batch_of(run.step)?;
        let progress = run.step(&batch)?;
        let go_on = report(&progress);
        if run.step.is_multiple_of(run.config.evaluate_every) || run.step == run.config.steps {
            run.evaluate()?;
        }
        if !go_on {
            break;
        }
        if run.step.is_multiple_of(run.config.checkpoint_every) {
            run.checkpoint()?.save(&run.folder)?;
        }
    }
    let last = run.checkpoint()?;
    last.save(&run.folder)?;
    Ok(last)
}

struct Run {
    config: SpeechTrainConfig,
    folder: std::path::PathBuf,
    device: Device,
    held_out: Vec<Vec<f32>>,
    log: CsvLog,
    fixed: Fixed,
    network: SpeechNetwork,
    learner: Option<Learner>,
    optimizer: ModuleOptimizer,
    average: Params,
    step: u64,
    seconds: f64,
}

impl Run {
    fn start(job: SpeechJob<'_>) -> Result<Self> {
        let device = job.device.autodiff();
        device.seed(job.config.seed);
        let fresh = SpeechNetwork::new(&job.config.model, &device);
        let optimizer = AdamConfig::new()
            .with_beta_1(0.9)
            .with_beta_2(0.99)
            .with_epsilon(1e-8)
            .init();
        let (mut weights, average, optimizer, step, seconds) = match job.resume {
            Some(at) => {
                let optimizer = optimizer
                    .from_bytes(Bytes::from_bytes_vec(at.optimizer))
                    .map_err(|error| ModelError::Checkpoint(error.to_string()))?;
                (at.weights, at.average, optimizer, at.step, at.seconds)
            }
            None => {
                let weights = job.start.unwrap_or_else(|| export_params(&fresh));
                let average = without_learner(&weights);
                (weights, average, optimizer, 0, 0.0)
            }
        };
        let learner = match weights.keys().any(|name| name.starts_with(LEARNER)) {
            true => Some(Learner::take_from(&mut weights, &job.config.model)?),
            false => None,
        };
        weights.retain(|name, _| !name.starts_with(CODEBOOKS));
        Ok(Self {
            network: import_params(fresh, &weights, &device)?,
            fixed: Fixed::new(&job.config.model, Objective::new(job.config.loss)),
            log: CsvLog::new(job.folder),
            folder: job.folder.to_owned(),
            config: job.config,
            held_out: job.held_out,
            learner,
            device,
            optimizer,
            average,
            step,
            seconds,
        })
    }

    /// Samples of a window with its margins.
    fn window(&self) -> usize {
        self.config.samples() + 2 * FEATURE_MARGIN
    }

    /// Starts the codebooks from the latents of the batches to come.
    fn start_codebooks(&mut self, batch_of: &mut impl FnMut(u64) -> Result<WindowBatch>) -> Result<()> {
        let wanted = self.config.start_frames * self.config.model.latent();
        let mut latents = Vec::new();
        let mut step = self.step;
        while latents.len() < wanted {
            let batch = batch_of(step)?;
            let found = self
                .fixed
                .latents(&self.network, &batch.data, self.window(), &self.device);
            latents.extend(host_values(found));
            step += 1;
        }
        latents.truncate(wanted);
        let mut learner = Learner::new(&self.config.model);
        learner.start(&latents, self.config.seed);
        self.average.extend(learner.books.to_params());
        self.learner = Some(learner);
        Ok(())
    }

    fn step(&mut self, batch: &WindowBatch) -> Result<Progress> {
        let start = Instant::now();
        let window = self.window();
        let latents = self.fixed.latents(&self.network, &batch.data, window, &self.device);
        let codes = self.quantised(&host_values(latents.clone()));
        let targets: Vec<f32> = batch
            .data
            .chunks_exact(window)
            .flat_map(|window| &window[FEATURE_MARGIN..][..self.config.samples()])
            .copied()
            .collect();
        let pass = self
            .fixed
            .decode(&self.network, latents, codes, &targets, self.config.commitment);
        let loss = pass.terms.total(&self.config.loss);
        if !loss.is_finite() {
            return Err(ModelError::Parameter(format!(
                "the loss is {loss} at step {}; go on from the last checkpoint with a lower learning rate",
                self.step
            )));
        }
        let gradients = pass.surrogate.backward();
        let mut gradients = GradientsParams::from_grads(gradients, &self.network);
        let learning_rate = self.config.learning_rate_at(self.step);
        // A step whose gradient overflowed is left out; the next one has other windows.
        let norm = clip_gradients(&self.network, &mut gradients, self.config.gradient_norm);
        if norm.is_some() {
            self.network = self.optimizer.step(learning_rate, self.network.clone(), gradients);
        }
        self.step += 1;
        if self.step.is_multiple_of(AVERAGE_EVERY) {
            self.update_average();
        }
        self.seconds += start.elapsed().as_secs_f64();
        let progress = Progress {
            step: self.step,
            steps: self.config.steps,
            seconds: self.seconds,
            loss,
            terms: pass.terms,
            distortion: pass.distortion,
            gradient_norm: norm.unwrap_or(f32::INFINITY),
            learning_rate,
        };
        self.log_step(&progress)?;
        Ok(progress)
    }

    /// What the quantiser makes of latents: for each window so many codebooks as are drawn for it.
    fn quantised(&mut self, latents: &[f32]) -> Option<Vec<f32>> {
        let learner = self.learner.as_mut()?;
        let mut random = SmallRng::seed_from_u64(self.config.seed ^ self.step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
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

    fn update_average(&mut self) {
        // Early on the plain weights are better than a long average that still holds the start.
        let steps = self.step as f32;
        let keep = self.config.average.min((1.0 + steps) / (10.0 + steps));
        let weights = without_learner(&self.weights());
        update_average(&mut self.average, &weights, keep.powi(AVERAGE_EVERY as i32));
    }

    fn weights(&self) -> Params {
        let mut weights = export_params(&self.network);
        if let Some(learner) = &self.learner {
            weights.extend(learner.to_params());
        }
        weights
    }

    fn evaluate(&self) -> Result<()> {
        let (Some(learner), false) = (&self.learner, self.held_out.is_empty()) else {
            return Ok(());
        };
        let device = self.device.clone().inner();
        let mut params = self.average.clone();
        let books = crate::speech::Codebooks::take_from(&mut params, &self.config.model)?;
        let network = import_params(SpeechNetwork::new(&self.config.model, &device), &params, &device)?;
        let groups = self.config.model.groups;
        let rates: Vec<usize> = [1, 2, 3, 6]
            .iter()
            .map(|stages| (stages * groups).min(learner.books.len()))
            .collect();
        let points = evaluate(&network, &books, &self.config.model, &self.held_out, &rates, &device);
        points.iter().try_for_each(|point| self.log_point(point))
    }

    fn log_step(&self, progress: &Progress) -> Result<()> {
        let terms = progress.terms;
        self.log.append(
            "steps.csv",
            "step,seconds,loss,mel,bins,magnitudes,complex,distortion,gradient_norm,learning_rate",
            &format!(
                "{},{:.3},{:.5},{:.5},{:.5},{:.5},{:.5},{:.5},{:.4},{:.3e}",
                progress.step,
                progress.seconds,
                progress.loss,
                terms.mel,
                terms.bins,
                terms.magnitudes,
                terms.complex,
                progress.distortion,
                progress.gradient_norm,
                progress.learning_rate
            ),
        )
    }

    fn log_point(&self, point: &RatePoint) -> Result<()> {
        let terms = point.terms;
        self.log.append(
            "held-out.csv",
            "step,codebooks,mel,bins,magnitudes,complex",
            &format!(
                "{},{},{:.5},{:.5},{:.5},{:.5}",
                self.step, point.codebooks, terms.mel, terms.bins, terms.magnitudes, terms.complex
            ),
        )
    }

    fn checkpoint(&self) -> Result<SpeechCheckpoint> {
        let optimizer = self
            .optimizer
            .into_bytes()
            .map_err(|error| ModelError::Checkpoint(error.to_string()))?;
        Ok(Checkpoint {
            step: self.step,
            seconds: self.seconds,
            config: self.config.clone(),
            weights: self.weights(),
            average: self.average.clone(),
            optimizer: optimizer.to_vec(),
        })
    }
}

/// Networks and codebooks, without what only goes on learning.
fn without_learner(params: &Params) -> Params {
    let kept = params.iter().filter(|(name, _)| !name.starts_with(LEARNER));
    kept.map(|(name, tensor)| (name.clone(), tensor.clone())).collect()
}
