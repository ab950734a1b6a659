//! The shipped model on the devices of this machine, and a small prior without networks of pixels.

use std::sync::{Arc, OnceLock};

use lmc_codec::codecs::Codecs;
use lmc_codec::codecs::image::ImageCodec;
use lmc_codec::codecs::wavelet::{Filter, ONE, WaveletImageCodec, no_gradients};
use lmc_codec::weights::WeightsFile;
use lmc_codec::{
    DecodeOptions, EncodeOptions, Image, ImageDecoder, ImageEncoder, ImageModel, ModelHash, Quality, Samples, Scale,
    Watch,
};
use lmc_entropy::prior::{LatentPrior, Latents, synthetic, with_hyper_context};
use lmc_models::device::{DeviceChoice, open};
use lmc_models::refine::RefineTask;
use lmc_models::wavelet::{LatentField, Planes, WaveletModel};
use lmc_models::zoo::{self, ShippedModel, Tune};

/// A shipped model of pictures on the CPU.
pub fn shipped_on_cpu(shipped: &ShippedModel) -> Arc<WaveletModel> {
    let device = open(DeviceChoice::Cpu).expect("there is always a CPU").device;
    Arc::new(WaveletModel::load(shipped.bytes, &device).expect("shipped models load"))
}

/// The default model on the CPU, loaded once.
pub fn on_cpu() -> Arc<WaveletModel> {
    static MODEL: OnceLock<Arc<WaveletModel>> = OnceLock::new();
    Arc::clone(MODEL.get_or_init(|| shipped_on_cpu(zoo::image_model(Tune::default()))))
}

/// The codecs of this workspace, with a model of the wavelet codec open.
pub fn with_model(model: Arc<dyn ImageModel>) -> Codecs {
    Codecs::default().with_image(Arc::new(WaveletImageCodec::new(model)))
}

/// The codecs with all models that ship, on the CPU.
pub fn all_codecs() -> Codecs {
    let mut codecs = Codecs::default();
    for shipped in zoo::shipped() {
        let row = codecs
            .registry()
            .named(shipped.codec)
            .expect("the codec is registered")
            .clone();
        let weights = WeightsFile::known(shipped.bytes, ModelHash(shipped.model));
        codecs.open(&row, Some(&weights)).expect("shipped models load");
    }
    codecs
}

/// The codecs with the default model on the CPU.
pub fn codecs() -> Codecs {
    with_model(on_cpu())
}

/// Options for a quality of 0..=100 of the wavelet codec and tiles of `tile_size`.
pub fn options(quality: f32, tile_size: u32) -> EncodeOptions {
    EncodeOptions::default()
        .with_codec(Some(WaveletImageCodec::new(Arc::new(Flat)).id()))
        .with_quality(Quality::new(quality).expect("a quality of 0..=100"))
        .with_tile_size(tile_size)
}

/// An encoder of the default model on the CPU.
pub fn encoder(quality: f32, tile_size: u32) -> ImageEncoder {
    ImageEncoder::new(codecs(), options(quality, tile_size))
}

/// A decoder of the default model on the CPU.
pub fn decoder(conceal: bool) -> ImageDecoder {
    ImageDecoder::new(codecs(), DecodeOptions::default().with_conceal(conceal))
}

/// What verifies streams of the default model.
pub fn verifier() -> ImageDecoder {
    decoder(true)
}

/// What streams of [`small_prior`] name.
pub const SMALL_HASH: ModelHash = ModelHash(*b"a tiny prior....");

/// A prior of a few channels and random weights, which does not change when models are trained anew.
pub fn small_prior() -> &'static Arc<LatentPrior> {
    static PRIOR: OnceLock<Arc<LatentPrior>> = OnceLock::new();
    PRIOR.get_or_init(|| Arc::new(LatentPrior::new(synthetic(11, 8, 4, 8)).expect("synthetic priors are valid")))
}

/// The same with a context of hyper-latents.
pub fn small_prior_with_hyper_context() -> &'static LatentPrior {
    static PRIOR: OnceLock<LatentPrior> = OnceLock::new();
    PRIOR.get_or_init(|| {
        let spec = with_hyper_context(12, small_prior().spec().clone());
        LatentPrior::new(spec).expect("synthetic priors are valid")
    })
}

/// A model that takes every picture for the same gray, in no time: for what is not about colours.
#[derive(Debug)]
pub struct Flat;

impl ImageModel for Flat {
    fn hash(&self) -> ModelHash {
        SMALL_HASH
    }

    fn prior(&self) -> &Arc<LatentPrior> {
        small_prior()
    }

    fn worth_of_squared_error(&self, _: Quality) -> Option<f64> {
        None
    }

    fn restoration(&self, _: Quality) -> Option<Filter> {
        None
    }

    fn inverse_gain(&self, _: Quality) -> Vec<f32> {
        vec![1.0; small_prior().channels()]
    }

    fn windows_at_a_time(&self) -> usize {
        1
    }

    fn analyse(&self, window: &Planes, _: Quality) -> lmc_codec::Result<LatentField> {
        let (height, width) = (window.height / 16, window.width / 16);
        let channels = small_prior().channels();
        Ok(LatentField {
            height,
            width,
            channels,
            data: vec![0.0; height * width * channels],
        })
    }

    fn refine(&self, _: &RefineTask<'_>, _: Quality, _: &mut dyn Watch) -> lmc_codec::Result<Vec<Latents>> {
        Err(no_gradients())
    }

    fn restored(&self, image: &Image, _: &Filter) -> lmc_codec::Result<Samples> {
        Ok(image.samples().clone())
    }

    fn quantise(&self, field: &LatentField) -> lmc_codec::Result<(Vec<i16>, Vec<i32>)> {
        let z = field.height.div_ceil(4) * field.width.div_ceil(4) * small_prior().z_channels();
        Ok((vec![0; z], vec![0; field.data.len()]))
    }

    fn synthesise(
        &self,
        _: &[i16],
        height: usize,
        width: usize,
        _: Quality,
        scale: Scale,
    ) -> lmc_codec::Result<Planes<i32>> {
        let (height, width) = ((16 * height) >> scale.levels(), (16 * width) >> scale.levels());
        let data = vec![ONE / 2; 3 * height * width];
        Ok(Planes { height, width, data })
    }
}

/// A model without its restoration filter, to see what the synthesis alone does.
pub struct Unfiltered(pub Arc<dyn ImageModel>);

impl ImageModel for Unfiltered {
    fn hash(&self) -> ModelHash {
        self.0.hash()
    }

    fn prior(&self) -> &Arc<LatentPrior> {
        self.0.prior()
    }

    fn worth_of_squared_error(&self, quality: Quality) -> Option<f64> {
        self.0.worth_of_squared_error(quality)
    }

    fn restoration(&self, _: Quality) -> Option<Filter> {
        None
    }

    fn inverse_gain(&self, quality: Quality) -> Vec<f32> {
        self.0.inverse_gain(quality)
    }

    fn windows_at_a_time(&self) -> usize {
        self.0.windows_at_a_time()
    }

    fn analyse(&self, window: &Planes, quality: Quality) -> lmc_codec::Result<LatentField> {
        self.0.analyse(window, quality)
    }

    fn refine(
        &self,
        task: &RefineTask<'_>,
        quality: Quality,
        watch: &mut dyn Watch,
    ) -> lmc_codec::Result<Vec<Latents>> {
        self.0.refine(task, quality, watch)
    }

    fn quantise(&self, field: &LatentField) -> lmc_codec::Result<(Vec<i16>, Vec<i32>)> {
        self.0.quantise(field)
    }

    fn restored(&self, image: &Image, filter: &Filter) -> lmc_codec::Result<Samples> {
        self.0.restored(image, filter)
    }

    fn synthesise(
        &self,
        y_hat: &[i16],
        height: usize,
        width: usize,
        quality: Quality,
        scale: Scale,
    ) -> lmc_codec::Result<Planes<i32>> {
        self.0.synthesise(y_hat, height, width, quality, scale)
    }
}
