//! The model behind the pipeline of pictures.

use std::sync::Arc;

use lmc_codec::codecs::wavelet::{Filter, LatentField, Planes, RefineTask};
use lmc_codec::{CodecError, Image, ImageModel, ModelHash, Quality, Result, Samples, Scale, Watch};
use lmc_entropy::prior::{LatentPrior, Latents};

use super::WaveletModel;
use crate::ModelError;

impl ImageModel for WaveletModel {
    fn hash(&self) -> ModelHash {
        ModelHash(self.hash())
    }

    fn prior(&self) -> &Arc<LatentPrior> {
        self.prior()
    }

    fn worth_of_squared_error(&self, quality: Quality) -> Option<f64> {
        self.cpu().worth_of_squared_error(quality)
    }

    fn restoration(&self, quality: Quality) -> Option<Filter> {
        self.restoration(quality)
    }

    fn inverse_gain(&self, quality: Quality) -> Vec<f32> {
        self.cpu().inverse_gain(quality)
    }

    fn windows_at_a_time(&self) -> usize {
        if self.paints_on_device() { 1 } else { 2 }
    }

    fn analyse(&self, window: &Planes, quality: Quality) -> Result<LatentField> {
        self.analyse(window, quality)
            .map_err(|e| CodecError::model("analysis of the pixels", e))
    }

    fn refine(&self, task: &RefineTask<'_>, quality: Quality, watch: &mut dyn Watch) -> Result<Vec<Latents>> {
        self.refine(task, quality, watch).map_err(|error| match error {
            ModelError::Codec(CodecError::Cancelled) => CodecError::Cancelled,
            error => CodecError::model("refinement of the latents", error),
        })
    }

    fn quantise(&self, field: &LatentField) -> Result<(Vec<i16>, Vec<i32>)> {
        self.quantise(field)
            .map_err(|e| CodecError::model("quantisation of the latents", e))
    }

    fn synthesise(
        &self,
        y_hat: &[i16],
        height: usize,
        width: usize,
        quality: Quality,
        scale: Scale,
    ) -> Result<Planes<i32>> {
        self.synthesise(y_hat, height, width, quality, scale)
            .map_err(|e| CodecError::model("synthesis of the pixels", e))
    }

    fn restored(&self, image: &Image, filter: &Filter) -> Result<Samples> {
        self.restored(image, filter)
            .map_err(|e| CodecError::model("restoration of the pixels", e))
    }
}
