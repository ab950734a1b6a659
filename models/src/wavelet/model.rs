//! A model for use: transforms on a device, the integer prior, and refinement by gradient.

use std::sync::{Arc, OnceLock};

use burn::tensor::Device;
use lmc_codec::codecs::wavelet::{Filter, WaveletCpu, check_len, check_multiples};
use lmc_codec::{Image, ImageModel, Samples, Scale, Watch};
use lmc_entropy::prior::{LatentPrior, Latents};

use super::device::DeviceTransforms;
use super::transform::Synthesis;
use super::{Distortion, LATENT_BLOCK, LatentField, Params, Planes, PriorTwin, Quality, WaveletConfig, import_params};
use crate::Result;
use crate::device::is_cpu;
use crate::export::twin_params;
use crate::gpu::{Gpu, GpuSynthesis, restored};
use crate::refine::{Rates, RefineTask, Refiner};
use crate::zoo::ModelFile;

/// The transforms of a weights file on a device, with its integer prior.
///
/// On the CPU, everything but refinement is [`WaveletCpu`]. Pixels are the same integers on any device, unless the model
/// is [fast](Self::with_fast).
pub struct WaveletModel {
    cpu: WaveletCpu,
    /// None on the CPU.
    transforms: Option<DeviceTransforms>,
    device: Device,
    /// The device of integer kernels, if it is one.
    gpu: Option<Gpu>,
    /// Whether a device that is not the CPU makes pixels in floating point.
    is_fast: bool,
    /// Made when it is first asked for, as only decoders need it.
    integers: OnceLock<GpuSynthesis>,
    /// Made when it is first asked for, as only patient encoders need it.
    refiner: OnceLock<Refiner>,
}

impl WaveletModel {
    /// Loads a weights file onto a device.
    ///
    /// # Errors
    /// [`ModelError::Weights`](crate::ModelError::Weights) and [`ModelError::Prior`](crate::ModelError::Prior) if the file is no usable wavelet model.
    pub fn load(weights: &[u8], device: &Device) -> Result<Self> {
        Self::from_file(ModelFile::parse(weights)?, device)
    }

    /// Puts a parsed weights file onto a device.
    ///
    /// # Errors
    /// [`ModelError::Weights`](crate::ModelError::Weights) if parameters are missing or of other shapes.
    pub fn from_file(file: ModelFile, device: &Device) -> Result<Self> {
        let cpu = WaveletCpu::from_file(file)?;
        let transforms = if is_cpu(device) {
            None
        } else {
            Some(DeviceTransforms::load(cpu.config(), &cpu.params(), device)?)
        };
        Ok(Self {
            cpu,
            transforms,
            device: device.clone(),
            gpu: Gpu::of(device),
            is_fast: false,
            integers: OnceLock::new(),
            refiner: OnceLock::new(),
        })
    }

    /// With pixels in floating point on its device, if `fast` is true: nearly those of the integers, which all other
    /// machines make. The CPU makes those in any case.
    pub fn with_fast(self, fast: bool) -> Self {
        Self { is_fast: fast, ..self }
    }

    /// The transforms that make pixels in floating point, if they are to.
    fn fast_transforms(&self) -> Option<&DeviceTransforms> {
        self.transforms.as_ref().filter(|_| self.is_fast)
    }

    /// The id of the model, such as `wavelet-psnr-v2`.
    pub fn id(&self) -> &str {
        self.cpu.id()
    }

    /// The hash by which streams name this model.
    pub fn hash(&self) -> [u8; 16] {
        self.cpu.hash().0
    }

    /// The filter that decoders use on pictures of a quality.
    pub fn restoration(&self, quality: Quality) -> Option<Filter> {
        self.cpu.restoration(quality)
    }

    /// Anchors between which the quality lies.
    pub fn anchors(&self) -> usize {
        self.config().anchors
    }

    /// What it was trained to keep small.
    pub fn distortion(&self) -> Distortion {
        self.config().distortion
    }

    /// Whether its pixels come from a device that is not the CPU.
    pub fn paints_on_device(&self) -> bool {
        self.gpu.is_some() || self.fast_transforms().is_some()
    }

    /// Whether its transforms run on the CPU.
    pub fn is_on_cpu(&self) -> bool {
        self.transforms.is_none()
    }

    /// The exact part of the model.
    pub fn prior(&self) -> &Arc<LatentPrior> {
        self.cpu.prior()
    }

    /// Latent channels.
    pub fn channels(&self) -> usize {
        self.config().latents
    }

    /// Its part that needs no tensor library.
    pub(super) fn cpu(&self) -> &WaveletCpu {
        &self.cpu
    }

    fn config(&self) -> &WaveletConfig {
        self.cpu.config()
    }

    /// `g_a` with the gain of the quality: a window to its latents.
    ///
    /// # Errors
    /// [`ModelError::Codec`](crate::ModelError::Codec) unless both sides are positive multiples of 16 and the data fits them.
    pub fn analyse(&self, window: &Planes, quality: Quality) -> Result<LatentField> {
        let Some(transforms) = &self.transforms else {
            return Ok(self.cpu.analyse(window, quality)?);
        };
        check_multiples("window", window.height, window.width, LATENT_BLOCK)?;
        check_len("window", window.data.len(), 3 * window.height * window.width)?;
        Ok(transforms.analyse(window, quality))
    }

    /// Makes the latents that [`Self::analyse`] gave for the first quality those of the second.
    pub(crate) fn change_quality(&self, field: &mut LatentField, [from, to]: [Quality; 2]) -> Result<()> {
        let (inverse, gain) = (self.cpu.inverse_gain(from), self.cpu.gain(to)?);
        let factors: Vec<f32> = inverse.iter().zip(gain).map(|(inverse, gain)| inverse * gain).collect();
        for position in field.data.chunks_exact_mut(field.channels) {
            position
                .iter_mut()
                .zip(&factors)
                .for_each(|(value, factor)| *value *= factor);
        }
        Ok(())
    }

    /// `h_a` and the step over the border: latents to integers `z` (`[ceil(h / 4), ceil(w / 4), Z]`) and `y` (`[h, w, M]`,
    /// 8 fractional bits). Where hyper-latents stand for more latents than there are, the last ones are repeated.
    ///
    /// # Errors
    /// [`ModelError::Codec`](crate::ModelError::Codec) if a side is zero or the data does not fit them.
    pub fn quantise(&self, field: &LatentField) -> Result<(Vec<i16>, Vec<i32>)> {
        let Some(transforms) = &self.transforms else {
            return Ok(self.cpu.quantise(field)?);
        };
        let (height, width) = (field.height, field.width);
        check_multiples("latents", height, width, 1)?;
        check_len("latents", field.data.len(), height * width * self.channels())?;
        Ok(transforms.quantise(field))
    }

    /// Decoded latents (`[height, width, M]`, 4 fractional bits) to a window of `16 height x 16 width` pixels, each side
    /// divided as `scale` says: in integers, the same everywhere, unless the model is [fast](Self::with_fast).
    ///
    /// # Errors
    /// [`ModelError::Codec`](crate::ModelError::Codec) if a side is zero or the data does not fit them.
    pub fn synthesise(
        &self,
        y_hat: &[i16],
        height: usize,
        width: usize,
        quality: Quality,
        scale: Scale,
    ) -> Result<Planes<i32>> {
        check_multiples("latents", height, width, 1)?;
        check_len("latents", y_hat.len(), height * width * self.channels())?;
        if let Some(transforms) = self.fast_transforms() {
            let pixels = transforms.synthesise(y_hat, [height, width], quality, scale.levels());
            return Ok(pixels.in_integers());
        }
        let synthesis = self.cpu.synthesis();
        match &self.gpu {
            Some(gpu) => self
                .integers
                .get_or_init(|| GpuSynthesis::new(gpu.clone(), synthesis))
                .run(synthesis, y_hat, [height, width], quality, scale),
            None => Ok(synthesis.run(y_hat, [height, width], quality, scale)),
        }
    }

    /// The colours of an image after a filter, the same on any device.
    ///
    /// # Errors
    /// [`ModelError::Device`](crate::ModelError::Device) when the device fails.
    pub fn restored(&self, image: &Image, filter: &Filter) -> Result<Samples> {
        match &self.gpu {
            Some(gpu) => restored(gpu, image, filter),
            None => Ok(self.cpu.restored(image, filter)?),
        }
    }

    /// The latents and hyper-latents of a tile as integers, refined by gradient: what [`Self::analyse`] gives for the window is the start, and for each stop of
    /// the task the least weighted sum of bits and errors that was met up to it is what comes back.
    ///
    /// The steps of `watch` are those of refinement.
    ///
    /// # Errors
    /// As [`Self::analyse`], and [`ModelError::Codec`](crate::ModelError::Codec) if the tile is not in the window.
    pub fn refine(&self, task: &RefineTask<'_>, quality: Quality, watch: &mut dyn Watch) -> Result<Vec<Latents>> {
        let field = self.analyse(task.window, quality)?;
        task.check()?;
        let worth = self.config().worth_of_errors(quality);
        let inverse = self.cpu.inverse_gain(quality);
        self.refiner()?.run(self, task, &field, (inverse, worth), watch)
    }

    fn refiner(&self) -> Result<&Refiner> {
        if let Some(refiner) = self.refiner.get() {
            return Ok(refiner);
        }
        let device = self.device.clone().autodiff();
        let fresh = Synthesis::new(self.config(), &device);
        let synthesis = import_params(fresh, &self.params_of("g_s."), &device)?;
        let rates = if self.prior().knows_trellis() {
            let fresh = PriorTwin::new(self.config(), &device);
            let twin = import_params(fresh, &twin_params(self.prior().spec())?, &device)?;
            Some(Rates::new(twin, device.clone(), Arc::clone(self.prior())))
        } else {
            None
        };
        Ok(self
            .refiner
            .get_or_init(|| Refiner::new(synthesis, rates, self.distortion(), device)))
    }

    /// The parameters of a part, named as in it.
    fn params_of(&self, part: &str) -> Params {
        let params = self.cpu.params().into_iter();
        let inside = params.filter_map(|(name, tensor)| Some((name.strip_prefix(part)?.to_owned(), tensor)));
        inside.collect()
    }
}
