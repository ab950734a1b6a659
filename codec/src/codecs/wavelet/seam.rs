//! What the wavelet codec asks of its networks.

use std::sync::Arc;

use lmc_entropy::prior::{LatentPrior, Latents};

use super::restore::Filter;
use super::{LatentField, RefineTask};
use crate::codecs::image::{Planes, Scale};
use crate::error::{CodecError, ModelHash, Result};
use crate::media::image::{Image, Samples};
use crate::quality::Quality;
use crate::watch::Watch;

/// A pair of transforms and the prior of their latents. No method has a default, so that a wrapper cannot forget one.
pub trait ImageModel: Send + Sync {
    /// What streams name the model by.
    fn hash(&self) -> ModelHash;

    /// The exact part, which turns latents into bytes and back.
    fn prior(&self) -> &Arc<LatentPrior>;

    /// The bits that a mean squared error of 1, on 0..=255, is worth for each pixel, so that encoders may do more for that; `None` for
    /// models that are for other errors.
    fn worth_of_squared_error(&self, quality: Quality) -> Option<f64>;

    /// The filter for RGB that decoders use at a quality before those of the stream.
    fn restoration(&self, quality: Quality) -> Option<Filter>;

    /// What decoded latents are multiplied with before the synthesis, one factor for each channel.
    fn inverse_gain(&self, quality: Quality) -> Vec<f32>;

    /// How many windows a decoder should ask for at a time: more than one where parts of [`Self::synthesise`] use one
    /// thread of many.
    fn windows_at_a_time(&self) -> usize;

    /// Latents of a window of pixels, with the gain of `quality` applied.
    ///
    /// # Shapes
    /// Takes planar RGB in 0..1, 3 x height x width, both multiples of 64; returns height / 16 x
    /// width / 16 x M.
    ///
    /// # Errors
    /// [`CodecError::Model`].
    fn analyse(&self, window: &Planes, quality: Quality) -> Result<LatentField>;

    /// The latents and hyper-latents of a tile chosen with more effort than one pass, so that bits and errors together get
    /// less; those for each stop of the task. `watch` sees the steps of this tile.
    ///
    /// # Errors
    /// [`CodecError::Model`], [`CodecError::Cancelled`]; [`CodecError::Unsupported`] where there are no gradients.
    fn refine(&self, task: &RefineTask<'_>, quality: Quality, watch: &mut dyn Watch) -> Result<Vec<Latents>>;

    /// The integers that cross to the prior: hyper-latents, and latents with 8 fractional bits.
    ///
    /// # Shapes
    /// Takes height x width x M, any size; returns ceil(height / 4) x ceil(width / 4) x Z and height x width x M.
    ///
    /// # Errors
    /// [`CodecError::Model`].
    fn quantise(&self, field: &LatentField) -> Result<(Vec<i16>, Vec<i32>)>;

    /// The pixels of decoded latents with 4 fractional bits. All but what says that it is approximate gives the same ones.
    ///
    /// # Shapes
    /// Takes height x width x M, any size; returns planar RGB, 3 x 16 height x 16 width, each side divided as `scale` says,
    /// in units of 1 / [`ONE`](super::ONE).
    ///
    /// # Errors
    /// [`CodecError::Model`].
    fn synthesise(
        &self,
        y_hat: &[i16],
        height: usize,
        width: usize,
        quality: Quality,
        scale: Scale,
    ) -> Result<Planes<i32>>;

    /// The colours of an image after a filter made for its colour. All models give the same samples.
    ///
    /// # Errors
    /// [`CodecError::Model`].
    fn restored(&self, image: &Image, filter: &Filter) -> Result<Samples>;
}

/// What networks without gradients answer to [`ImageModel::refine`].
pub fn no_gradients() -> CodecError {
    let reason = "an effort above 1 needs gradients, which this build lacks; `lmc` has them when it is built with --features full";
    CodecError::Unsupported(reason.into())
}
