//! Tasks that minimise a loss: optimiser, schedule, clipping, running average, and their checkpoints.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Bytes, Device, Tensor};

use super::optimise::{clip_gradients, update_average};
use super::{Data, Exported, Files, Schedule, Score, Settings, Sources, Task, Watch};
use crate::wavelet::{Params, export_params, import_params};
use crate::zoo::{Manifest, Storage, read_tensors, write_tensors};
use crate::{ModelError, Result};

/// Steps between updates of the average, which then keeps a power of its share.
const AVERAGE_EVERY: u64 = 10;
const WEIGHTS: &str = "weights.safetensors";
const AVERAGE: &str = "average.safetensors";
const OPTIMIZER: &str = "optimizer.bpk";

/// What a batch costs.
pub struct Loss {
    /// What gradients are taken of.
    pub total: Tensor<1>,
    /// Gradients of the parameters that were taken before and belong to the same step.
    pub earlier: Vec<GradientsParams>,
    /// The loss for people, which `total` may have the gradients of only.
    pub value: f32,
    /// What else was measured.
    pub scores: Vec<Score>,
}

impl fmt::Debug for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loss")
            .field("value", &self.value)
            .field("earlier", &self.earlier.len())
            .field("scores", &self.scores)
            .finish_non_exhaustive()
    }
}

/// A task whose parameters are those of a module, trained by gradients. `self` is what it keeps beside the module.
///
/// Devices track gradients but for [`Self::evaluate`] and [`Self::export`]. Parameters are named by their path in the module.
pub trait Network: Sized {
    /// As [`Task::NAME`].
    const NAME: &'static str;
    /// As [`Task::ABOUT`].
    const ABOUT: &'static str;
    /// As [`Task::ORIGIN`].
    const ORIGIN: &'static str;
    /// As [`Task::Settings`].
    type Settings: Settings;
    /// As [`Task::Data`].
    type Data: Data;
    /// The trained parts.
    type Module: Module;

    /// How gradients become steps.
    fn schedule(settings: &Self::Settings) -> Schedule;

    /// As [`Task::open`].
    ///
    /// # Errors
    /// As [`Task::open`].
    fn open(settings: &Self::Settings, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<Self::Data>;

    /// The state beside the module, at the start of a run.
    ///
    /// # Errors
    /// Settings that cannot work.
    fn new(settings: &Self::Settings) -> Result<Self>;

    /// The module with random parameters.
    fn module(&self, device: &Device) -> Self::Module;

    /// The parameters to start from: `fresh` are those of [`Self::module`], `init` the bytes of a weights file or of a
    /// checkpoint's weights.
    ///
    /// # Errors
    /// Unusable weights or data.
    fn start(&mut self, fresh: Params, init: Option<&[u8]>, data: &Self::Data, device: &Device) -> Result<Params>;

    /// The module; only its trained parts track gradients.
    fn trained(&self, module: Self::Module) -> Self::Module {
        module
    }

    /// Called before each step. Returns whether [`Self::extra`] has new names.
    ///
    /// # Errors
    /// Unreadable data.
    fn prepare(&mut self, _module: &Self::Module, _step: u64, _data: &Self::Data, _device: &Device) -> Result<bool> {
        Ok(false)
    }

    /// The loss of the batch of a step. Everything random follows from the seed and the step, or from the device.
    ///
    /// # Errors
    /// Batches that do not fit.
    fn loss(
        &mut self,
        module: &Self::Module,
        batch: <Self::Data as Data>::Batch,
        step: u64,
        device: &Device,
    ) -> Result<Loss>;

    /// The learned state beside the module, for checkpoints.
    fn extra(&self) -> Params {
        Params::new()
    }

    /// Takes what [`Self::extra`] gave out of the parameters of a checkpoint.
    ///
    /// # Errors
    /// [`ModelError::Weights`] if something is missing.
    fn take_extra(&mut self, _params: &mut Params) -> Result<()> {
        Ok(())
    }

    /// Whether the parameter of this name belongs to the average, which is what ships.
    fn is_averaged(_name: &str) -> bool {
        true
    }

    /// As [`Task::evaluate`], of the average.
    ///
    /// # Errors
    /// As [`Task::evaluate`].
    fn evaluate(&self, average: &Params, data: &Self::Data, device: &Device) -> Result<Vec<Vec<Score>>>;

    /// As [`Task::export`], of the average.
    ///
    /// # Errors
    /// As [`Task::export`].
    fn export(
        &self,
        manifest: Manifest<()>,
        average: &Params,
        folder: &Path,
        device: &Device,
        watch: &mut dyn Watch,
    ) -> Result<Exported>;
}

/// A [`Network`] in training.
pub struct Descent<N: Network> {
    network: N,
    module: N::Module,
    optimizer: ModuleOptimizer,
    average: Params,
    schedule: Schedule,
    seed: u64,
    /// Tracks gradients.
    device: Device,
}

impl<N: Network> Descent<N> {
    fn weights(&self) -> Params {
        let mut weights = export_params(&self.module);
        weights.extend(self.network.extra());
        weights
    }

    fn update_average(&mut self, step: u64) {
        // Early on the plain weights are better than a long average that still holds the start.
        let steps = step as f32;
        let keep = self.schedule.average.min((1.0 + steps) / (10.0 + steps));
        let weights = self.weights();
        update_average(&mut self.average, &weights, keep.powi(AVERAGE_EVERY as i32));
    }
}

/// The parameters that belong to the average.
fn averaged<N: Network>(params: &Params) -> Params {
    let kept = params.iter().filter(|(name, _)| N::is_averaged(name));
    kept.map(|(name, tensor)| (name.clone(), tensor.clone())).collect()
}

impl<N: Network> Task for Descent<N> {
    const NAME: &'static str = N::NAME;
    const ABOUT: &'static str = N::ABOUT;
    const ORIGIN: &'static str = N::ORIGIN;
    type Settings = N::Settings;
    type Data = N::Data;

    fn open(settings: &Self::Settings, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<Self::Data> {
        N::open(settings, sources, watch)
    }

    fn start(settings: &Self::Settings, device: &Device, init: Option<&[u8]>, data: &Self::Data) -> Result<Self> {
        let schedule = N::schedule(settings);
        let (device, seed) = (device.clone().autodiff(), settings.pace().seed);
        device.seed(seed);
        let mut network = N::new(settings)?;
        let fresh = network.module(&device);
        let mut weights = network.start(export_params(&fresh), init, data, &device)?;
        let module = network.trained(import_params(fresh, &weights, &device)?);
        weights.extend(network.extra());
        Ok(Self {
            average: averaged::<N>(&weights),
            optimizer: schedule.optimiser.init(),
            network,
            module,
            schedule,
            seed,
            device,
        })
    }

    fn restore(settings: &Self::Settings, device: &Device, files: &Files) -> Result<Self> {
        let schedule = N::schedule(settings);
        let device = device.clone().autodiff();
        let missing = |name: &str| ModelError::Checkpoint(format!("{name} is missing"));
        let file = |name: &str| files.get(name).ok_or_else(|| missing(name));
        let mut weights = read_tensors(file(WEIGHTS)?)?.params;
        let mut network = N::new(settings)?;
        network.take_extra(&mut weights)?;
        let optimizer = Bytes::from_bytes_vec(file(OPTIMIZER)?.clone());
        let optimizer = schedule.optimiser.init().from_bytes(optimizer);
        let module = import_params(network.module(&device), &weights, &device)?;
        Ok(Self {
            average: read_tensors(file(AVERAGE)?)?.params,
            optimizer: optimizer.map_err(|error| ModelError::Checkpoint(error.to_string()))?,
            module: network.trained(module),
            network,
            schedule,
            seed: settings.pace().seed,
            device,
        })
    }

    fn save(&self) -> Result<Files> {
        let store = |params: &Params| write_tensors(params, Storage::Single, &BTreeMap::new(), BTreeMap::new());
        let optimizer = self.optimizer.into_bytes();
        let optimizer = optimizer.map_err(|error| ModelError::Checkpoint(error.to_string()))?;
        Ok(Files::from([
            (WEIGHTS.to_owned(), store(&self.weights())?),
            (AVERAGE.to_owned(), store(&self.average)?),
            (OPTIMIZER.to_owned(), optimizer.to_vec()),
        ]))
    }

    fn prepare(&mut self, step: u64, data: &Self::Data) -> Result<()> {
        if self.network.prepare(&self.module, step, data, &self.device)? {
            self.average.extend(averaged::<N>(&self.network.extra()));
        }
        Ok(())
    }

    fn step(&mut self, step: u64, batch: <Self::Data as Data>::Batch) -> Result<Vec<Score>> {
        self.device.seed(self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(step));
        let loss = self.network.loss(&self.module, batch, step, &self.device)?;
        if !loss.value.is_finite() {
            return Err(ModelError::Parameter(format!(
                "the loss is {} at step {step}; go on from the last checkpoint with a lower learning rate",
                loss.value
            )));
        }
        let mut gradients = GradientsAccumulator::new();
        let own = GradientsParams::from_grads(loss.total.backward(), &self.module);
        for part in loss.earlier.into_iter().chain([own]) {
            gradients.accumulate(&self.module, part);
        }
        let mut gradients = gradients.grads();
        let learning_rate = self.schedule.learning_rate_at(step);
        // A step whose gradient overflowed is left out; the next one has another batch.
        let norm = clip_gradients(&self.module, &mut gradients, self.schedule.gradient_norm);
        if norm.is_some() {
            self.module = self.optimizer.step(learning_rate, self.module.clone(), gradients);
        }
        if (step + 1).is_multiple_of(AVERAGE_EVERY) {
            self.update_average(step + 1);
        }
        let mut scores = vec![Score::new("loss", loss.value)];
        scores.extend(loss.scores);
        scores.push(Score::new("gradient_norm", norm.unwrap_or(f32::INFINITY)));
        scores.push(Score::new("learning_rate", learning_rate));
        Ok(scores)
    }

    fn evaluate(&self, data: &Self::Data) -> Result<Vec<Vec<Score>>> {
        self.network.evaluate(&self.average, data, &self.device.clone().inner())
    }

    fn export(&self, manifest: Manifest<()>, folder: &Path, watch: &mut dyn Watch) -> Result<Exported> {
        let device = self.device.clone().inner();
        self.network.export(manifest, &self.average, folder, &device, watch)
    }
}
