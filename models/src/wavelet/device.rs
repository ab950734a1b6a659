//! The transforms of a weights file on a device.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use lmc_codec::codecs::wavelet::{hyper_integers, latent_integers, latent_values};

use super::gain::Gains;
use super::packet::{self, BANDS, BLOCK};
use super::params::host_values;
use super::transform::{Analysis, HyperAnalysis, Synthesis};
use super::{HYPER_BLOCK, LATENT_BLOCK, LatentField, Params, Planes, Quality, WaveletConfig, import_params};
use crate::Result;

/// The parts of the wavelet codec that a stream needs besides the prior, in Burn.
#[derive(Module, Debug)]
struct Transforms {
    g_a: Analysis,
    g_s: Synthesis,
    h_a: HyperAnalysis,
    gains: Gains,
}

/// The transforms on a device; callers check sizes.
#[derive(Debug)]
pub(super) struct DeviceTransforms {
    transforms: Transforms,
    anchors: usize,
    device: Device,
}

impl DeviceTransforms {
    pub(super) fn load(config: &WaveletConfig, params: &Params, device: &Device) -> Result<Self> {
        let fresh = Transforms {
            g_a: Analysis::new(config, device),
            g_s: Synthesis::new(config, device),
            h_a: HyperAnalysis::new(config, device),
            gains: Gains::new(config, device),
        };
        Ok(Self {
            transforms: import_params(fresh, params, device)?,
            anchors: config.anchors,
            device: device.clone(),
        })
    }

    pub(super) fn analyse(&self, window: &Planes, quality: Quality) -> LatentField {
        let (height, width) = (window.height, window.width);
        let bands = packet::bands_of(&window.data, height, width);
        let bands = self.tensor(bands, [1, height / BLOCK, width / BLOCK, BANDS]);
        let (gain, _) = self.transforms.gains.at(&[quality.position(self.anchors)]);
        let channels = gain.dims()[3];
        let y = self.transforms.g_a.forward(bands) * gain;
        LatentField {
            height: height / LATENT_BLOCK,
            width: width / LATENT_BLOCK,
            channels,
            data: host_values(y),
        }
    }

    pub(super) fn quantise(&self, field: &LatentField) -> (Vec<i16>, Vec<i32>) {
        let [height, width] = [field.height, field.width].map(|side| side.next_multiple_of(HYPER_BLOCK));
        let whole = self.tensor(field.extended(height, width), [1, height, width, field.channels]);
        let z = host_values(self.transforms.h_a.forward(whole));
        (hyper_integers(&z), latent_integers(&field.data))
    }

    pub(super) fn synthesise(
        &self,
        y_hat: &[i16],
        [height, width]: [usize; 2],
        quality: Quality,
        levels: usize,
    ) -> Planes {
        let channels = y_hat.len() / (height * width);
        let y_hat = self.tensor(latent_values(y_hat), [1, height, width, channels]);
        let (_, inverse) = self.transforms.gains.at(&[quality.position(self.anchors)]);
        let bands = host_values(self.transforms.g_s.forward(y_hat * inverse));
        let (height, width) = (height * LATENT_BLOCK, width * LATENT_BLOCK);
        Planes {
            height: height >> levels,
            width: width >> levels,
            data: packet::picture_of(&bands, height, width, levels),
        }
    }

    fn tensor(&self, data: Vec<f32>, shape: [usize; 4]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(data, shape), &self.device)
    }
}

#[cfg(test)]
mod tests {
    use lmc_codec::codecs::wavelet::{ONE, WaveletCpu};
    use lmc_codec::{ImageModel, Scale};

    use super::*;
    use crate::zoo;

    /// A window of 3 x 80 x 48 pixels that are not smooth.
    fn window() -> Planes {
        let (height, width) = (80, 48);
        let pixel = |at: usize| ((at * at * 31 + at * 7) % 257) as f32 / 256.0;
        Planes {
            height,
            width,
            data: (0..3 * height * width).map(pixel).collect(),
        }
    }

    #[test]
    fn the_kernels_alone_give_the_bits_of_burn_on_the_cpu_and_integers_follow_its_floats() {
        for shipped in zoo::shipped().iter().filter(|model| model.id.starts_with("wavelet")) {
            let cpu = WaveletCpu::load(shipped.bytes).unwrap();
            let twin = DeviceTransforms::load(cpu.config(), &cpu.params(), &Device::flex()).unwrap();
            for quality in [0.0, 33.3, 60.0, 81.25, 100.0].map(|value| Quality::new(value).unwrap()) {
                let field = cpu.analyse(&window(), quality).unwrap();
                assert_eq!(field, twin.analyse(&window(), quality), "{} {quality:?}", shipped.id);
                let (z, y) = cpu.quantise(&field).unwrap();
                assert_eq!((z, y.clone()), twin.quantise(&field));
                let y_hat: Vec<i16> = y.iter().map(|value| (value / 16) as i16).collect();
                for (levels, scale) in [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth]
                    .into_iter()
                    .enumerate()
                {
                    let ours = cpu
                        .synthesise(&y_hat, field.height, field.width, quality, scale)
                        .unwrap();
                    let sides = [field.height, field.width];
                    let floats = twin.synthesise(&y_hat, sides, quality, levels).in_integers();
                    assert_eq!((ours.height, ours.width), (floats.height, floats.width));
                    let distances = ours
                        .data
                        .iter()
                        .zip(&floats.data)
                        .map(|(a, b)| f64::from(a - b).powi(2));
                    let root = (distances.sum::<f64>() / ours.data.len() as f64).sqrt() * 255.0 / f64::from(ONE);
                    assert!(root < 0.5, "{scale:?}: {root} of 255");
                }
            }
        }
    }
}
