//! The training loop.

use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Bytes, Device, Tensor, TensorData};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::log::CsvLog;
use super::optimise::{clip_gradients, update_average};
use super::rescale::rescale_latents;
use super::start::fitted_to;
use super::{Checkpoint, HeldOut, Part, TrainConfig, evaluate};
use crate::wavelet::packet::{BANDS, BLOCK};
use crate::wavelet::{
    LatentQuantiser, Params, WaveletCodec, Weigh, export_params, import_params, packet, start_from_klt,
};
use crate::{ModelError, Result};

/// Crops for one step: planar RGB `[count, 3, side, side]`, 0..1.
#[derive(Debug, Clone)]
pub struct CropBatch {
    /// Side of a crop, a multiple of 64.
    pub side: usize,
    /// `count * 3 * side * side` values.
    pub data: Vec<f32>,
}

/// What a run works on.
pub struct TrainJob<'a> {
    /// Settings.
    pub config: TrainConfig,
    /// Folder for checkpoints and logs; exists.
    pub folder: &'a Path,
    /// Device without gradient tracking; the loop adds it.
    pub device: Device,
    /// Weights to start from instead of the KLT.
    pub start: Option<Params>,
    /// A checkpoint to go on from.
    pub resume: Option<Checkpoint>,
    /// Pictures that are evaluated and never trained on.
    pub held_out: Vec<HeldOut>,
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
    /// The weighted sum of rate and distortion.
    pub loss: f32,
    /// Estimated bits per pixel of the batch, all qualities mixed.
    pub bpp: f32,
    /// PSNR of the mean squared error of the batch, weighted as the model is trained.
    pub psnr_db: f32,
    /// Norm of all gradients before clipping.
    pub gradient_norm: f32,
    /// Learning rate of the step.
    pub learning_rate: f64,
}

/// Steps between updates of the average, which then keeps a power of its share.
const AVERAGE_EVERY: u64 = 10;
/// Bits that a squared error of a latent, in quantiser steps, is worth: the curvature of the decoder's errors.
const MEAN_ERROR_BITS: f64 = 9.0;
/// Anchor positions, as shares of all, that evaluations look at.
const EVALUATED: [f32; 3] = [0.25, 0.5, 0.75];

/// Trains to the last step and returns the final checkpoint, which is saved like the others.
///
/// `batches_from` gives the batches from a step on, and the same ones each time it is asked. `report` is called after every step; if it returns false, the
/// run saves a checkpoint and stops there.
///
/// # Errors
/// Failing batches, files and settings; [`ModelError::Parameter`] if the loss is not finite any more.
pub fn train<I: Iterator<Item = Result<CropBatch>>>(
    job: TrainJob<'_>,
    mut batches_from: impl FnMut(u64) -> Result<I>,
    report: &mut dyn FnMut(&Progress) -> bool,
) -> Result<Checkpoint> {
    job.config.check()?;
    let mut run = Run::start(job, &mut batches_from)?;
    let mut batches = batches_from(run.step)?;
    while run.step < run.config.steps {
        let batch = batches
            .next()
            .ok_or_else(|| ModelError::Parameter("the data ended before the last step".into()))??;
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
    config: TrainConfig,
    folder: std::path::PathBuf,
    device: Device,
    held_out: Vec<HeldOut>,
    log: CsvLog,
    codec: WaveletCodec,
    quantiser: LatentQuantiser,
    optimizer: ModuleOptimizer,
    average: Params,
    step: u64,
    seconds: f64,
}

impl Run {
    fn start<I: Iterator<Item = Result<CropBatch>>>(
        job: TrainJob<'_>,
        batches_from: &mut impl FnMut(u64) -> Result<I>,
    ) -> Result<Self> {
        let device = job.device.autodiff();
        device.seed(job.config.seed);
        let fresh = WaveletCodec::new(&job.config.model, &device);
        let optimizer = job.config.optimiser.init();
        let (weights, average, optimizer, step, seconds) = match job.resume {
            Some(at) => {
                let optimizer = optimizer
                    .from_bytes(Bytes::from_bytes_vec(at.optimizer))
                    .map_err(|error| ModelError::Checkpoint(error.to_string()))?;
                (at.weights, at.average, optimizer, at.step, at.seconds)
            }
            None => {
                let start = job.start.map(|params| fitted_to(&job.config.model, params));
                let weights = match start {
                    Some(params) if job.config.rescale_latents => {
                        let crops = batches_from(0)?.next();
                        let crops = crops.ok_or_else(|| ModelError::Parameter("there are no crops".into()))??;
                        rescale_latents(&params, &job.config.model, &crops, &device)?
                    }
                    Some(params) => params,
                    None => klt(export_params(&fresh), &job.config, batches_from(0)?)?,
                };
                (weights.clone(), weights, optimizer, 0, 0.0)
            }
        };
        Ok(Self {
            codec: trained(import_params(fresh, &weights, &device)?, job.config.part),
            quantiser: LatentQuantiser::new(&job.config.model)?,
            log: CsvLog::new(job.folder),
            folder: job.folder.to_owned(),
            config: job.config,
            held_out: job.held_out,
            device,
            optimizer,
            average,
            step,
            seconds,
        })
    }

    fn step(&mut self, batch: &CropBatch) -> Result<Progress> {
        let start = Instant::now();
        let count = batch.data.len() / (3 * batch.side * batch.side);
        let positions = self.draw_positions(count);
        self.device
            .seed(self.config.seed.wrapping_mul(0x9e37_79b9).wrapping_add(self.step));
        let loss = self.loss(batch, &positions);
        let value: f32 = loss.total.clone().into_scalar();
        if !value.is_finite() {
            return Err(ModelError::Parameter(format!(
                "the loss is {value} at step {}; go on from the last checkpoint with a lower learning rate",
                self.step
            )));
        }
        let gradients = loss.total.backward();
        let mut gradients = GradientsParams::from_grads(gradients, &self.codec);
        let learning_rate = self.config.learning_rate_at(self.step);
        // A step whose gradient overflowed is left out; the next one has other crops.
        let norm = clip_gradients(&self.codec, &mut gradients, self.config.gradient_norm);
        if norm.is_some() {
            self.codec = self.optimizer.step(learning_rate, self.codec.clone(), gradients);
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
            loss: value,
            bpp: loss.bpp,
            psnr_db: loss.psnr_db,
            gradient_norm: norm.unwrap_or(f32::INFINITY),
            learning_rate,
        };
        self.log.step(&progress)?;
        Ok(progress)
    }

    /// Anchor positions for the crops of this step, a function of the seed and the step.
    fn draw_positions(&self, count: usize) -> Vec<f32> {
        let mut random = SmallRng::seed_from_u64(self.config.seed ^ self.step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let last = (self.config.model.anchors - 1) as f32;
        (0..count).map(|_| random.random_range(0.0..=last)).collect()
    }

    fn loss(&self, batch: &CropBatch, positions: &[f32]) -> Loss {
        let side = batch.side;
        let bands = packet::bands_of(&batch.data, side, side);
        let maps = side / BLOCK;
        let shape = [positions.len(), maps, maps];
        let weights = self.config.model.distortion.weights(&bands, shape, &self.device);
        let shape = [positions.len(), maps, maps, BANDS];
        let bands = Tensor::<4>::from_data(TensorData::new(bands, shape), &self.device);
        let outcome = self
            .codec
            .forward(bands.clone(), positions, &self.quantiser, self.config.context());
        let samples = (3 * side * side) as f64;
        let error = crate::wavelet::per_picture(weights.apply(outcome.bands - bands).powi_scalar(2)) / samples;
        let pixels = (side * side) as f64;
        let mean_errors = outcome.mean_errors.map(|errors| errors * (MEAN_ERROR_BITS / pixels));
        let bpp = outcome.bits / pixels;
        let column =
            |values: Vec<f32>| Tensor::<1>::from_data(TensorData::new(values, [positions.len()]), &self.device);
        let lambda = |p: &f32| self.config.model.lambda(f64::from(*p));
        // Each rate counts about the same: the sum of rate and distortion grows about as the root of lambda.
        let weight = |p: &f32| (self.config.model.lambda_min / lambda(p)).sqrt();
        let distortion_weight = column(
            positions
                .iter()
                .map(|p| (lambda(p) * weight(p) * 65_025.0) as f32)
                .collect(),
        );
        let rate_weight = column(positions.iter().map(|p| weight(p) as f32).collect());
        let mse: f32 = error.clone().mean().into_scalar();
        let mean_bpp: f32 = bpp.clone().mean().into_scalar();
        let rate = match mean_errors {
            Some(errors) => bpp + errors,
            None => bpp,
        };
        Loss {
            total: (error * distortion_weight + rate * rate_weight).mean(),
            bpp: mean_bpp,
            psnr_db: -10.0 * mse.max(1e-12).log10(),
        }
    }

    fn update_average(&mut self) {
        // Early on the plain weights are better than a long average that still holds the start.
        let steps = self.step as f32;
        let keep = self.config.average.min((1.0 + steps) / (10.0 + steps));
        update_average(
            &mut self.average,
            &export_params(&self.codec),
            keep.powi(AVERAGE_EVERY as i32),
        );
    }

    fn evaluate(&self) -> Result<()> {
        if self.held_out.is_empty() {
            return Ok(());
        }
        let device = self.device.clone().inner();
        let fresh = WaveletCodec::new(&self.config.model, &device);
        let codec = import_params(fresh, &self.average, &device)?;
        let last = (self.config.model.anchors - 1) as f32;
        let positions = EVALUATED.map(|share| share * last);
        let coding = (&self.quantiser, self.config.context());
        let points = evaluate(&codec, coding, &self.held_out, &positions, &device);
        self.log.held_out(self.step, "average", &points)
    }

    fn checkpoint(&self) -> Result<Checkpoint> {
        let optimizer = self
            .optimizer
            .into_bytes()
            .map_err(|error| ModelError::Checkpoint(error.to_string()))?;
        Ok(Checkpoint {
            step: self.step,
            seconds: self.seconds,
            config: self.config.clone(),
            weights: export_params(&self.codec),
            average: self.average.clone(),
            optimizer: optimizer.to_vec(),
        })
    }
}

/// The model of which only a part tracks gradients.
fn trained(codec: WaveletCodec, part: Part) -> WaveletCodec {
    match part {
        Part::Main => codec,
        Part::DeepContext => {
            let deep = codec.prior.deep.clone();
            let mut codec = codec.no_grad();
            codec.prior.deep = deep;
            codec
        }
    }
}

struct Loss {
    total: Tensor<1>,
    bpp: f32,
    psnr_db: f32,
}

/// Crops that the covariances of the KLT are taken from.
const KLT_CROPS: usize = 64;

fn klt(mut params: Params, config: &TrainConfig, batches: impl Iterator<Item = Result<CropBatch>>) -> Result<Params> {
    let mut bands = Vec::new();
    let mut side = config.crop;
    for batch in batches.take(KLT_CROPS.div_ceil(config.batch)) {
        let batch = batch?;
        side = batch.side;
        bands.extend(packet::bands_of(&batch.data, side, side));
    }
    start_from_klt(&mut params, &config.model, &bands, [side / BLOCK, side / BLOCK])?;
    Ok(params)
}
