use super::*;
use crate::codecs::vq::texture::mixed;

/// Slopes and edges of many directions and colours.
pub(crate) struct Drawn(pub(crate) usize);

impl Crops for Drawn {
    fn count(&self) -> usize {
        self.0
    }

    fn side(&self) -> usize {
        128
    }

    fn crop(&self, index: usize) -> Result<Vec<f32>> {
        let of = |at: u32| mixed(index as u32, at) as f32 / u32::MAX as f32;
        let (dx, dy) = (of(0) - 0.5, of(1) - 0.5);
        let pixel = |at: usize| {
            let (plane, y, x) = (at / 16_384, at / 128 % 128, at % 128);
            let along = (dx * x as f32 + dy * y as f32) / 20.0;
            let edge = if (along + of(2)).fract().abs() > 0.5 { 0.3 } else { 0.0 };
            let grain = (mixed(index as u32 + 99, at as u32 % 16_384) >> 24) as f32 / 255.0 * 0.1;
            (of(3 + plane as u32) * 0.5 + along.sin() * 0.1 + edge + grain).clamp(0.0, 1.0)
        };
        Ok((0..3 * 128 * 128).map(pixel).collect())
    }
}

pub(crate) fn small() -> FitConfig {
    FitConfig {
        model: VqConfig {
            depth: 6,
            refinement: 5,
            channels: 16,
            coefficients: 24,
            predicted: 8,
            network: None,
        },
        passes: 1,
        ..FitConfig::default()
    }
}

#[test]
fn a_fit_is_the_same_each_time_and_codes_better_with_every_level() {
    let mut said = Vec::new();
    let parts = fit(&small(), &Drawn(24), &mut |text| said.push(text.to_owned())).unwrap();
    assert!(said.len() >= 4);
    let distances = &parts.encoder.as_ref().unwrap().distances;
    assert!(distances.windows(2).all(|pair| pair[1] < pair[0]), "{distances:?}");
    let again = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = again.install(|| fit(&small(), &Drawn(24), &mut |_| ()).unwrap());
    assert!(again == parts);
}

#[test]
fn crops_that_cannot_be_used_are_refused() {
    assert!(fit(&small(), &Drawn(0), &mut |_| ()).is_err());
    let mut config = small();
    config.model.depth = 15;
    assert!(fit(&config, &Drawn(2), &mut |_| ()).is_err());
}
