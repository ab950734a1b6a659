//! A model for use: transforms on a device, and the integer prior.

use std::sync::{Arc, OnceLock};

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use lmc_entropy::prior::{LatentPrior, Latents};
use lmc_kernels::isa::Isa;

use super::gain::Gains;
use super::packet::{self, BANDS, BLOCK};
use super::params::host_values;
use super::transform::{Analysis, HyperAnalysis, Synthesis};
use super::{
    Distortion, HYPER_BLOCK, LATENT_BLOCK, LatentField, Params, Planes, PriorTwin, Quality, WaveletConfig,
    export_params, import_params,
};
use crate::device::is_cpu;
use crate::export::twin_params;
use crate::refine::{EMPHASIS, Rates, RefineTask, Refiner};
use crate::zoo::{ModelFile, Restorations};
use crate::{ModelError, Result};

/// Fractional bits of latents on their way to the prior.
const LATENT_BITS: u32 = 8;
/// Fractional bits of decoded latents.
pub(crate) const DECODED_BITS: u32 = 4;
/// The largest magnitude of a latent, so that decoded ones fit 16 bits.
const LATENT_MAX: f32 = 2040.0;
/// The largest magnitude of a hyper-latent.
const HYPER_MAX: f32 = 500.0;

/// The parts of the wavelet codec that a stream needs besides the prior.
#[derive(Module, Debug)]
struct Transforms {
    g_a: Analysis,
    g_s: Synthesis,
    h_a: HyperAnalysis,
    gains: Gains,
}

impl Transforms {
    fn load(config: &WaveletConfig, params: &Params, device: &Device) -> Result<Self> {
        let fresh = Self {
            g_a: Analysis::new(config, device),
            g_s: Synthesis::new(config, device),
            h_a: HyperAnalysis::new(config, device),
            gains: Gains::new(config, device),
        };
        import_params(fresh, params, device)
    }
}

/// The transforms of a weights file on a device, with its integer prior.
#[derive(Debug)]
pub struct WaveletModel {
    id: String,
    hash: [u8; 16],
    config: WaveletConfig,
    prior: Arc<LatentPrior>,
    transforms: Transforms,
    restorations: Option<Restorations>,
    device: Device,
    /// Made when it is first asked for, as only patient encoders need it.
    refiner: OnceLock<Refiner>,
}

impl WaveletModel {
    /// Loads a weights file onto a device.
    ///
    /// # Errors
    /// [`ModelError::Weights`] and [`ModelError::Prior`] if the file is no usable wavelet model.
    pub fn load(weights: &[u8], device: &Device) -> Result<Self> {
        Self::from_file(ModelFile::parse(weights)?, device)
    }

    /// Puts a parsed weights file onto a device.
    ///
    /// # Errors
    /// [`ModelError::Weights`] if parameters are missing or of other shapes.
    pub fn from_file(file: ModelFile, device: &Device) -> Result<Self> {
        let config = file.manifest.config;
        Ok(Self {
            transforms: Transforms::load(&config, &file.params, device)?,
            id: file.manifest.id,
            hash: file.hash,
            prior: file.prior,
            config,
            restorations: file.restorations,
            device: device.clone(),
            refiner: OnceLock::new(),
        })
    }

    /// The id of the model, such as `wavelet-psnr-v1`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The hash by which streams name this model.
    pub fn hash(&self) -> [u8; 16] {
        self.hash
    }

    /// The filter that decoders use on pictures of a quality, [`RESTORATION_VALUES`](crate::zoo::RESTORATION_VALUES) long.
    pub fn restoration(&self, quality: Quality) -> Option<Vec<f32>> {
        self.restorations.as_ref().map(|filters| filters.at(quality))
    }

    /// Anchors between which the quality lies.
    pub fn anchors(&self) -> usize {
        self.config.anchors
    }

    /// What it was trained to keep small.
    pub fn distortion(&self) -> Distortion {
        self.config.distortion
    }

    /// Whether its transforms run on the CPU.
    pub fn is_on_cpu(&self) -> bool {
        is_cpu(&self.device)
    }

    /// The exact part of the model.
    pub fn prior(&self) -> &Arc<LatentPrior> {
        &self.prior
    }

    /// Latent channels.
    pub fn channels(&self) -> usize {
        self.config.latents
    }

    /// `g_a` with the gain of the quality: a window to its latents.
    ///
    /// # Errors
    /// [`ModelError::Parameter`] unless both sides are positive multiples of 16 and the data fits them.
    pub fn analyse(&self, window: &Planes, quality: Quality) -> Result<LatentField> {
        let (height, width) = (window.height, window.width);
        check_multiples("window", height, width, LATENT_BLOCK)?;
        check_len("window", window.data.len(), 3 * height * width)?;
        let bands = packet::bands_of(&window.data, height, width);
        let bands = self.tensor(bands, [1, height / BLOCK, width / BLOCK, BANDS]);
        let (gain, _) = self.transforms.gains.at(&[quality.position(self.config.anchors)]);
        let y = self.transforms.g_a.forward(bands) * gain;
        Ok(LatentField {
            height: height / LATENT_BLOCK,
            width: width / LATENT_BLOCK,
            channels: self.config.latents,
            data: host_values(y),
        })
    }

    /// Makes the latents that [`Self::analyse`] gave for the first quality those of the second.
    pub(crate) fn change_quality(&self, field: &mut LatentField, [from, to]: [Quality; 2]) {
        let gains = |quality: Quality| self.transforms.gains.at(&[quality.position(self.config.anchors)]);
        let factors = host_values(gains(from).1 * gains(to).0);
        for position in field.data.chunks_exact_mut(field.channels) {
            position
                .iter_mut()
                .zip(&factors)
                .for_each(|(value, factor)| *value *= factor);
        }
    }

    /// `h_a` and the step over the border: latents to integers `z` (`[ceil(h / 4), ceil(w / 4), Z]`) and `y` (`[h, w, M]`,
    /// 8 fractional bits). Where hyper-latents stand for more latents than there are, the last ones are repeated.
    ///
    /// # Errors
    /// [`ModelError::Parameter`] if a side is zero or the data does not fit them.
    pub fn quantise(&self, field: &LatentField) -> Result<(Vec<i16>, Vec<i32>)> {
        let (height, width) = (field.height, field.width);
        check_multiples("latents", height, width, 1)?;
        check_len("latents", field.data.len(), height * width * self.config.latents)?;
        let [whole_height, whole_width] = [height, width].map(|side| side.next_multiple_of(HYPER_BLOCK));
        let whole = self.tensor(
            field.extended(whole_height, whole_width),
            [1, whole_height, whole_width, self.config.latents],
        );
        let z = host_values(self.transforms.h_a.forward(whole));
        let z = z.into_iter().map(to_hyper).collect();
        let scale = (1u32 << LATENT_BITS) as f32;
        let to_integer = |v: &f32| (v.clamp(-LATENT_MAX, LATENT_MAX) * scale).round() as i32;
        let mut y = vec![0; field.data.len()];
        Isa::best().run(
            #[inline(always)]
            || {
                for (to, from) in y.iter_mut().zip(&field.data) {
                    *to = to_integer(from);
                }
            },
        );
        Ok((z, y))
    }

    /// `g_s` after the inverse gain: decoded latents (`[height, width, M]`, 4 fractional bits) to a window of
    /// `16 height x 16 width` pixels.
    ///
    /// # Errors
    /// [`ModelError::Parameter`] if a side is zero or the data does not fit them.
    pub fn synthesise(&self, y_hat: &[i16], height: usize, width: usize, quality: Quality) -> Result<Planes> {
        self.synthesise_reduced(y_hat, height, width, quality, 0)
    }

    /// As [`Self::synthesise`], in `1 / 2^levels` of the size; see [`packet::inverse_reduced`].
    ///
    /// # Errors
    /// As [`Self::synthesise`], also for more than 3 levels.
    pub fn synthesise_reduced(
        &self,
        y_hat: &[i16],
        height: usize,
        width: usize,
        quality: Quality,
        levels: usize,
    ) -> Result<Planes> {
        if levels > packet::LEVELS {
            return Err(ModelError::Parameter(format!("{levels} levels of {}", packet::LEVELS)));
        }
        check_multiples("latents", height, width, 1)?;
        check_len("latents", y_hat.len(), height * width * self.config.latents)?;
        let scale = 1.0 / (1u32 << DECODED_BITS) as f32;
        let y_hat = y_hat.iter().map(|v| f32::from(*v) * scale).collect();
        let y_hat = self.tensor(y_hat, [1, height, width, self.config.latents]);
        let (_, inverse) = self.transforms.gains.at(&[quality.position(self.config.anchors)]);
        let bands = host_values(self.transforms.g_s.forward(y_hat * inverse));
        let (height, width) = (height * LATENT_BLOCK, width * LATENT_BLOCK);
        Ok(Planes {
            height: height >> levels,
            width: width >> levels,
            data: packet::picture_of(&bands, height, width, levels),
        })
    }

    /// The latents and hyper-latents of a tile as integers, refined by gradient: what [`Self::analyse`] gives for the window is the start, and for each stop of
    /// the task the least weighted sum of bits and errors that was met up to it is what comes back.
    ///
    /// `progress` is told how much of how much work is done.
    ///
    /// # Errors
    /// As [`Self::analyse`], and [`ModelError::Parameter`] if the tile is not in the window.
    pub fn refine(
        &self,
        task: &RefineTask<'_>,
        quality: Quality,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Latents>> {
        let field = self.analyse(task.window, quality)?;
        task.check()?;
        let (_, inverse) = self.transforms.gains.at(&[quality.position(self.config.anchors)]);
        let worth = self.worth_of_errors(quality);
        self.refiner()?
            .run(self, task, &field, (host_values(inverse), worth), progress)
    }

    /// The bits that a mean error of 1, on 0..=255 and squared and weighted as the model is trained, is worth for each pixel.
    pub fn worth_of_errors(&self, quality: Quality) -> f64 {
        let position = quality.position(self.config.anchors);
        self.config.lambda(f64::from(position)) * EMPHASIS
    }

    fn refiner(&self) -> Result<&Refiner> {
        if let Some(refiner) = self.refiner.get() {
            return Ok(refiner);
        }
        let device = self.device.clone().autodiff();
        let fresh = Synthesis::new(&self.config, &device);
        let synthesis = import_params(fresh, &export_params(&self.transforms.g_s), &device)?;
        let rates = if self.prior.knows_trellis() {
            let fresh = PriorTwin::new(&self.config, &device);
            let twin = import_params(fresh, &twin_params(self.prior.spec())?, &device)?;
            Some(Rates::new(twin, device.clone(), Arc::clone(&self.prior)))
        } else {
            None
        };
        Ok(self
            .refiner
            .get_or_init(|| Refiner::new(synthesis, rates, self.config.distortion, device)))
    }

    fn tensor(&self, data: Vec<f32>, shape: [usize; 4]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(data, shape), &self.device)
    }
}

/// A hyper-latent as the integer that is coded.
fn to_hyper(value: f32) -> i16 {
    value.round().clamp(-HYPER_MAX, HYPER_MAX) as i16
}

fn check_multiples(what: &str, height: usize, width: usize, of: usize) -> Result<()> {
    if height == 0 || width == 0 || !height.is_multiple_of(of) || !width.is_multiple_of(of) {
        return Err(ModelError::Parameter(format!(
            "the sides of the {what} must be positive multiples of {of}, not {height}x{width}"
        )));
    }
    Ok(())
}

fn check_len(what: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        Ok(())
    } else {
        Err(ModelError::Parameter(format!(
            "the {what} has {found} values instead of {expected}"
        )))
    }
}
