//! The wavelet model on the CPU: everything but refinement by gradient, which needs a tensor library.

use std::sync::{Arc, OnceLock};

use lmc_entropy::prior::{LatentPrior, Latents};
use lmc_kernels::packet;

use super::gains::LogGains;
use super::integers::{hyper_integers, latent_integers};
use super::restore::{Filter, restored};
use super::transforms::{Analysis, HyperAnalysis};
use super::{
    Distortion, HYPER_BLOCK, ImageModel, IntegerSynthesis, LATENT_BLOCK, LatentField, ModelFile, Planes, RefineTask,
    WaveletConfig, layout, no_gradients,
};
use crate::codecs::image::Scale;
use crate::error::{CodecError, ModelHash, Result, check_encoders};
use crate::media::image::{Image, Samples};
use crate::quality::Quality;
use crate::watch::Watch;
use crate::weights::Params;

/// A wavelet model that encodes and decodes on the CPU.
///
/// The layers of the analysis are packed when they are first needed: a decoder never packs them.
#[derive(Debug)]
pub struct WaveletCpu {
    file: ModelFile,
    /// None in a file for decoders.
    gains: Option<LogGains>,
    inverse: LogGains,
    analysis: Lazy<(Analysis, HyperAnalysis)>,
}

/// A part that is made when it is first needed; the text says why it could not be made.
type Lazy<T> = OnceLock<Result<T, String>>;

fn made<T>(lazy: &Lazy<T>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    let made = lazy.get_or_init(|| make().map_err(|error| error.to_string()));
    made.as_ref().map_err(|reason| CodecError::Weights(reason.clone()))
}

impl WaveletCpu {
    /// Loads a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] and [`CodecError::Symbols`] if the file is no usable wavelet model.
    pub fn load(weights: &[u8]) -> Result<Self> {
        Self::from_file(ModelFile::parse(weights)?)
    }

    /// A model of a parsed weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if parameters are missing, left over or of other shapes.
    pub fn from_file(file: ModelFile) -> Result<Self> {
        let latents = file.manifest.config.latents;
        let gains = |name: &str| {
            let tensor = file.tensors.get(name);
            tensor.map(|tensor| LogGains::new(tensor.values(), latents))
        };
        let (gain, inverse) = (gains(layout::GAIN), gains(layout::INVERSE_GAIN));
        Ok(Self {
            gains: gain,
            inverse: inverse.ok_or_else(|| CodecError::Weights("there are no inverse gains".into()))?,
            analysis: Lazy::new(),
            file,
        })
    }

    /// The id of the model, such as `wavelet-psnr-v2`.
    pub fn id(&self) -> &str {
        &self.file.manifest.id
    }

    /// The shape of its networks.
    pub fn config(&self) -> &WaveletConfig {
        &self.file.manifest.config
    }

    /// Its parameters in floating point by name: what encoders need.
    pub fn params(&self) -> Params {
        self.file.params()
    }

    /// Whether it has the parts that only encoders need.
    pub fn can_encode(&self) -> bool {
        self.gains.is_some()
    }

    /// The integer synthesis.
    pub fn synthesis(&self) -> &Arc<IntegerSynthesis> {
        &self.file.synthesis
    }

    /// What decoded latents mean: the gains that the synthesis in floating point multiplies them with, one for each channel.
    pub fn inverse_gain(&self, quality: Quality) -> Vec<f32> {
        self.inverse.at(quality.position(self.config().anchors))
    }

    /// The gains that encoders multiply latents with, one for each channel.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`] if the model is for decoders only.
    pub fn gain(&self, quality: Quality) -> Result<Vec<f32>> {
        let gains = self.gains.as_ref().ok_or_else(no_encoder)?;
        Ok(gains.at(quality.position(self.config().anchors)))
    }

    fn encoder(&self) -> Result<&(Analysis, HyperAnalysis)> {
        if !self.can_encode() {
            return Err(no_encoder());
        }
        let tensors = &self.file.tensors;
        made(&self.analysis, || {
            Ok((Analysis::new(tensors, self.config())?, HyperAnalysis::new(tensors)?))
        })
    }
}

impl ImageModel for WaveletCpu {
    fn hash(&self) -> ModelHash {
        ModelHash(self.file.hash)
    }

    fn prior(&self) -> &Arc<LatentPrior> {
        &self.file.prior
    }

    fn worth_of_squared_error(&self, quality: Quality) -> Option<f64> {
        let config = self.config();
        (config.distortion == Distortion::Mse).then(|| config.worth_of_errors(quality))
    }

    fn restoration(&self, quality: Quality) -> Option<Filter> {
        self.file.synthesis.filter(quality)
    }

    fn inverse_gain(&self, quality: Quality) -> Vec<f32> {
        self.inverse_gain(quality)
    }

    fn windows_at_a_time(&self) -> usize {
        2
    }

    fn analyse(&self, window: &Planes, quality: Quality) -> Result<LatentField> {
        check_encoders()?;
        let (height, width) = (window.height, window.width);
        check_multiples("window", height, width, LATENT_BLOCK)?;
        check_len("window", window.data.len(), 3 * height * width)?;
        let (gain, (analysis, _)) = (self.gain(quality)?, self.encoder()?);
        let bands = packet::bands_of(&window.data, height, width);
        let (height, width) = (height / LATENT_BLOCK, width / LATENT_BLOCK);
        let mut data = analysis.run(&bands, height, width);
        multiply(&mut data, &gain);
        Ok(LatentField {
            height,
            width,
            channels: gain.len(),
            data,
        })
    }

    fn refine(&self, _: &RefineTask<'_>, _: Quality, _: &mut dyn Watch) -> Result<Vec<Latents>> {
        Err(no_gradients())
    }

    fn quantise(&self, field: &LatentField) -> Result<(Vec<i16>, Vec<i32>)> {
        check_encoders()?;
        let (height, width) = (field.height, field.width);
        check_multiples("latents", height, width, 1)?;
        check_len("latents", field.data.len(), height * width * self.config().latents)?;
        let (_, hyper) = self.encoder()?;
        let [rows, columns] = [height, width].map(|side| side.div_ceil(HYPER_BLOCK));
        let whole = field.extended(rows * HYPER_BLOCK, columns * HYPER_BLOCK);
        let z = hyper.run(whole, rows, columns);
        Ok((hyper_integers(&z), latent_integers(&field.data)))
    }

    fn synthesise(
        &self,
        y_hat: &[i16],
        height: usize,
        width: usize,
        quality: Quality,
        scale: Scale,
    ) -> Result<Planes<i32>> {
        check_multiples("latents", height, width, 1)?;
        check_len("latents", y_hat.len(), height * width * self.config().latents)?;
        Ok(self.file.synthesis.run(y_hat, [height, width], quality, scale))
    }

    fn restored(&self, image: &Image, filter: &Filter) -> Result<Samples> {
        Ok(restored(image, filter))
    }
}

/// Multiplies the channels of every position.
pub(super) fn multiply(values: &mut [f32], factors: &[f32]) {
    for position in values.chunks_exact_mut(factors.len()) {
        position
            .iter_mut()
            .zip(factors)
            .for_each(|(value, factor)| *value *= factor);
    }
}

fn no_encoder() -> CodecError {
    CodecError::Unsupported("this model is for decoders only".into())
}

/// Refuses sides that are not positive multiples of `of`.
///
/// # Errors
/// [`CodecError::Parameter`].
pub fn check_multiples(what: &str, height: usize, width: usize, of: usize) -> Result<()> {
    if height == 0 || width == 0 || !height.is_multiple_of(of) || !width.is_multiple_of(of) {
        return Err(CodecError::Parameter(format!(
            "the sides of the {what} must be positive multiples of {of}, not {height}x{width}"
        )));
    }
    Ok(())
}

/// Refuses a length of another value than `expected`.
///
/// # Errors
/// [`CodecError::Parameter`].
pub fn check_len(what: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        Ok(())
    } else {
        Err(CodecError::Parameter(format!(
            "the {what} has {found} values instead of {expected}"
        )))
    }
}
