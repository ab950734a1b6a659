//! A model that tells a clock of the time in its transforms, in its prior and in the coder.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lmc_entropy::prior::{LatentPrior, Latents, Observer, Part};

use super::{Filter, ImageModel, LatentField, RefineTask};
use crate::codecs::image::{Clock, Planes, Scale};
use crate::error::{ModelHash, Result};
use crate::media::image::{Image, Samples};
use crate::quality::Quality;
use crate::watch::Watch;

/// A model and the clock that hears of its parts.
pub(super) struct Timed {
    model: Arc<dyn ImageModel>,
    /// That of the model, which tells the clock.
    prior: Arc<LatentPrior>,
    clock: Arc<dyn Clock>,
}

/// The clock as the prior sees it.
struct PriorClock(Arc<dyn Clock>);

impl fmt::Debug for PriorClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PriorClock")
    }
}

impl Observer for PriorClock {
    fn spent(&self, part: Part, time: Duration) {
        let part = match part {
            Part::Networks => "prior",
            Part::Coder => "coder",
        };
        self.0.spent(part, time);
    }
}

impl Timed {
    pub(super) fn new(model: Arc<dyn ImageModel>, clock: Arc<dyn Clock>) -> Self {
        let observer = Arc::new(PriorClock(Arc::clone(&clock)));
        let prior = LatentPrior::clone(model.prior()).with_observer(observer);
        Self {
            prior: Arc::new(prior),
            model,
            clock,
        }
    }

    /// Transforms include the hyper analysis.
    fn timed<T>(&self, work: impl FnOnce(&dyn ImageModel) -> T) -> T {
        let start = Instant::now();
        let result = work(&*self.model);
        self.clock.spent("transforms", start.elapsed());
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

    fn restoration(&self, quality: Quality) -> Option<Filter> {
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

    fn synthesise(
        &self,
        y_hat: &[i16],
        height: usize,
        width: usize,
        quality: Quality,
        scale: Scale,
    ) -> Result<Planes<i32>> {
        self.timed(|model| model.synthesise(y_hat, height, width, quality, scale))
    }

    fn restored(&self, image: &Image, filter: &Filter) -> Result<Samples> {
        self.model.restored(image, filter)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use lmc_entropy::prior::{synthetic, synthetic_latents};
    use lmc_entropy::trellis::Quantisation;

    use super::*;
    use crate::codecs::wavelet::no_gradients;
    use crate::media::image::Color;

    /// A model whose answers are no defaults.
    struct Odd(Arc<LatentPrior>);

    impl ImageModel for Odd {
        fn hash(&self) -> ModelHash {
            ModelHash([7; 16])
        }

        fn prior(&self) -> &Arc<LatentPrior> {
            &self.0
        }

        fn worth_of_squared_error(&self, quality: Quality) -> Option<f64> {
            Some(f64::from(quality.value()))
        }

        fn restoration(&self, quality: Quality) -> Option<Filter> {
            Some(odd_filter(quality))
        }

        fn inverse_gain(&self, quality: Quality) -> Vec<f32> {
            vec![quality.value(); 2]
        }

        fn windows_at_a_time(&self) -> usize {
            5
        }

        fn analyse(&self, _: &Planes, _: Quality) -> Result<LatentField> {
            Err(no_gradients())
        }

        fn refine(&self, _: &RefineTask<'_>, _: Quality, _: &mut dyn Watch) -> Result<Vec<Latents>> {
            Err(no_gradients())
        }

        fn quantise(&self, _: &LatentField) -> Result<(Vec<i16>, Vec<i32>)> {
            Err(no_gradients())
        }

        fn synthesise(&self, y_hat: &[i16], _: usize, _: usize, _: Quality, _: Scale) -> Result<Planes<i32>> {
            assert_eq!(y_hat, [3]);
            Err(no_gradients())
        }

        fn restored(&self, _: &Image, filter: &Filter) -> Result<Samples> {
            Ok(Samples::U16(vec![filter.most as u16]))
        }
    }

    fn odd_filter(quality: Quality) -> Filter {
        Filter {
            most: quality.hundredths() as i16,
            bits: 10,
            weights: Vec::new(),
            offsets: vec![3],
        }
    }

    #[derive(Default)]
    struct Heard(Mutex<Vec<&'static str>>);

    impl Clock for Heard {
        fn spent(&self, part: &'static str, _: Duration) {
            self.0.lock().unwrap().push(part);
        }
    }

    #[test]
    fn timed_models_answer_as_the_model_does() {
        let spec = synthetic(1, 8, 4, 16);
        let latents = synthetic_latents(2, &spec, 8, 8);
        let prior = Arc::new(LatentPrior::new(spec).unwrap());
        let heard = Arc::<Heard>::default();
        let timed = Timed::new(Arc::new(Odd(prior)), Arc::clone(&heard) as Arc<dyn Clock>);
        let quality = Quality::new(60.0).unwrap();
        assert_eq!((timed.windows_at_a_time(), timed.hash()), (5, ModelHash([7; 16])));
        assert_eq!(timed.restoration(quality), Some(odd_filter(quality)));
        assert_eq!(timed.inverse_gain(quality), [60.0; 2]);
        assert_eq!(timed.worth_of_squared_error(quality), Some(60.0));
        assert!(timed.synthesise(&[3], 1, 1, quality, Scale::Full).is_err());
        let image = Image::new(1, 1, Color::Gray, Samples::U8(vec![7]), None).unwrap();
        let restored = timed.restored(&image, &odd_filter(quality)).unwrap();
        assert_eq!(restored, Samples::U16(vec![6_000]));
        assert_eq!(*heard.0.lock().unwrap(), ["transforms"]);
        timed.prior().compress(&latents, Quantisation::Rounding).unwrap();
        let heard = heard.0.lock().unwrap();
        assert!(heard.contains(&"prior") && heard.contains(&"coder"), "{heard:?}");
    }
}
