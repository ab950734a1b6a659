//! A model that counts the time in its transforms, in its prior and in the coder.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lmc_codec::codecs::wavelet::{LatentField, Planes, RefineTask};
use lmc_codec::{ImageModel, ModelHash, Quality, Result, Scale, Watch};
use lmc_entropy::prior::{LatentPrior, Latents, Observer, Part};

/// A model and the time that its parts took. Tiles that are coded at the same time, on several threads, count each.
pub(super) struct Timed {
    model: Arc<dyn ImageModel>,
    /// That of the model, which tells the clocks.
    prior: Arc<LatentPrior>,
    clocks: Arc<Clocks>,
}

/// Time in the parts of a codec.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    transforms: Clock,
    prior: Clock,
    coder: Clock,
}

/// Nanoseconds.
#[derive(Debug, Default)]
struct Clock(AtomicU64);

impl Clock {
    fn add(&self, time: Duration) {
        let taken = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(taken, Ordering::Relaxed);
    }

    fn seconds(&self) -> f64 {
        self.0.load(Ordering::Relaxed) as f64 / 1e9
    }
}

impl Clocks {
    /// The parts by name, and their seconds so far: transforms with the hyper analysis, the integer networks of the prior,
    /// and the coder with its tables.
    pub(super) fn seconds(&self) -> [(&'static str, f64); 3] {
        [
            ("transforms", self.transforms.seconds()),
            ("prior", self.prior.seconds()),
            ("coder", self.coder.seconds()),
        ]
    }
}

impl Observer for Clocks {
    fn spent(&self, part: Part, time: Duration) {
        match part {
            Part::Networks => self.prior.add(time),
            Part::Coder => self.coder.add(time),
        }
    }
}

impl Timed {
    /// The same model with clocks of its own at 0.
    pub(super) fn restarted(&self) -> Self {
        Self::of(Arc::clone(&self.model))
    }

    pub(super) fn of(model: Arc<dyn ImageModel>) -> Self {
        let clocks = Arc::<Clocks>::default();
        let observer = Arc::clone(&clocks) as Arc<dyn Observer>;
        let prior = LatentPrior::clone(model.prior()).with_observer(observer);
        Self {
            prior: Arc::new(prior),
            model,
            clocks,
        }
    }

    pub(super) fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    fn timed<T>(&self, work: impl FnOnce(&dyn ImageModel) -> T) -> T {
        let start = Instant::now();
        let result = work(&*self.model);
        self.clocks.transforms.add(start.elapsed());
        result
    }
}

impl ImageModel for Timed {
    fn hash(&self) -> ModelHash {
        self.model.hash()
    }

    fn prior(&self) -> &Arc<LatentPrior> {
        &self.prior
    }

    fn worth_of_squared_error(&self, quality: Quality) -> Option<f64> {
        self.model.worth_of_squared_error(quality)
    }

    fn restoration(&self, quality: Quality) -> Option<Vec<f32>> {
        self.model.restoration(quality)
    }

    fn inverse_gain(&self, quality: Quality) -> Vec<f32> {
        self.model.inverse_gain(quality)
    }

    fn windows_at_a_time(&self) -> usize {
        self.model.windows_at_a_time()
    }

    fn analyse(&self, window: &Planes, quality: Quality) -> Result<LatentField> {
        self.timed(|model| model.analyse(window, quality))
    }

    fn refine(&self, task: &RefineTask<'_>, quality: Quality, watch: &mut dyn Watch) -> Result<Vec<Latents>> {
        self.timed(|model| model.refine(task, quality, watch))
    }

    fn quantise(&self, field: &LatentField) -> Result<(Vec<i16>, Vec<i32>)> {
        self.timed(|model| model.quantise(field))
    }

    fn synthesise(&self, y_hat: &[i16], height: usize, width: usize, quality: Quality, scale: Scale) -> Result<Planes> {
        self.timed(|model| model.synthesise(y_hat, height, width, quality, scale))
    }
}

#[cfg(test)]
mod tests {
    use lmc_codec::codecs::wavelet::WaveletCpu;

    use super::*;

    #[test]
    fn timed_decoders_work_as_the_ones_that_ship() {
        let shipped = lmc_weights::of_codec("wavelet").unwrap();
        let model: Arc<dyn ImageModel> = Arc::new(WaveletCpu::load(shipped.bytes).unwrap());
        let timed = Timed::of(Arc::clone(&model));
        assert_eq!(timed.windows_at_a_time(), model.windows_at_a_time());
        assert!(
            timed.windows_at_a_time() > 1,
            "a wrapper that forwards nothing would say 1"
        );
        let quality = Quality::new(60.0).unwrap();
        assert_eq!(timed.restoration(quality), model.restoration(quality));
        assert_eq!(timed.hash(), model.hash());
    }
}
