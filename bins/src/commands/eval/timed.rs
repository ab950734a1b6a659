//! A model that counts the time in its transforms.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use lmc_codec::{ImageModel, ModelHash, Progress, Result, Scale};
use lmc_entropy::prior::LatentPrior;
use lmc_models::refine::RefineTask;
use lmc_models::wavelet::{LatentField, Planes, Quality};

/// A model and the time that its transforms took.
#[derive(Debug)]
pub(super) struct Timed<M> {
    model: Arc<M>,
    nanoseconds: AtomicU64,
}

impl<M> Timed<M> {
    pub(super) fn new(model: M) -> Self {
        Self {
            model: Arc::new(model),
            nanoseconds: AtomicU64::new(0),
        }
    }

    /// The same model with a clock of its own at 0.
    pub(super) fn restarted(&self) -> Self {
        Self {
            model: Arc::clone(&self.model),
            nanoseconds: AtomicU64::new(0),
        }
    }

    /// Time in transforms so far.
    pub(super) fn seconds(&self) -> f64 {
        self.nanoseconds.load(Ordering::Relaxed) as f64 / 1e9
    }

    fn timed<T>(&self, work: impl FnOnce(&M) -> T) -> T {
        let start = Instant::now();
        let result = work(&self.model);
        let taken = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(taken, Ordering::Relaxed);
        result
    }
}

impl<M: ImageModel> ImageModel for Timed<M> {
    fn hash(&self) -> ModelHash {
        self.model.hash()
    }

    fn prior(&self) -> &Arc<LatentPrior> {
        self.model.prior()
    }

    fn analyse(&self, window: &Planes, quality: Quality) -> Result<LatentField> {
        self.timed(|model| model.analyse(window, quality))
    }

    fn refine(&self, task: &RefineTask<'_>, quality: Quality, progress: Progress<'_>) -> Result<LatentField> {
        self.timed(|model| model.refine(task, quality, progress))
    }

    fn quantise(&self, field: &LatentField) -> Result<(Vec<i16>, Vec<i32>)> {
        self.timed(|model| model.quantise(field))
    }

    fn synthesise(&self, y_hat: &[i16], height: usize, width: usize, quality: Quality, scale: Scale) -> Result<Planes> {
        self.timed(|model| ImageModel::synthesise(model, y_hat, height, width, quality, scale))
    }
}
