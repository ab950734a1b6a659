//! Pictures to streams: the encoder that programs use.

use std::sync::Arc;

use lmc_models::wavelet::{Quality, WaveletModel};

use super::Progress;
use super::decode::{Canvas, DecodeOptions, filter_of_model, synthesise};
use super::job::Job;
use super::latents::Latents;
use super::model::ImageModel;
use super::options::{EncodeOptions, Encoded};
use super::view::View;
use crate::error::Result;
use crate::picture::Picture;
use crate::restore::{CodedFilter, fit, restore};

/// Turns pictures into streams with one model.
#[derive(Debug)]
pub struct ImageEncoder<M = WaveletModel> {
    model: Arc<M>,
    options: EncodeOptions,
}

impl<M: ImageModel> ImageEncoder<M> {
    /// An encoder that may be used for many pictures.
    pub fn new(model: Arc<M>, options: EncodeOptions) -> Self {
        Self { model, options }
    }

    /// The same encoder at another quality.
    pub(super) fn with_quality(&self, quality: Quality) -> Self {
        let model = Arc::clone(&self.model);
        let options = EncodeOptions {
            quality,
            ..self.options.clone()
        };
        Self { model, options }
    }

    /// The options.
    pub fn options(&self) -> &EncodeOptions {
        &self.options
    }

    /// Encodes a picture.
    ///
    /// # Errors
    /// `Parameter` for options out of range, `Limit` for a picture or metadata over the limits,
    /// `Model` when the network or its device fails.
    pub fn encode(&self, picture: &Picture) -> Result<Encoded> {
        self.encode_with_progress(picture, &mut |_, _| {})
    }

    /// As [`ImageEncoder::encode`]; `progress` is told how many of how many tiles are done.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode`].
    pub fn encode_with_progress(&self, picture: &Picture, progress: Progress<'_>) -> Result<Encoded> {
        let fits = !self.thresholds().is_empty();
        let mut job = self.run(picture, fits, progress)?;
        let own = if fits {
            self.reconstruct(picture, &mut job)?.0
        } else {
            Vec::new()
        };
        job.write(&own)
    }

    /// As [`ImageEncoder::encode`], and what a decoder on the same device makes of it.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode`].
    pub fn encode_and_reconstruct(&self, picture: &Picture) -> Result<(Encoded, Picture)> {
        let mut job = self.run(picture, true, &mut |_, _| {})?;
        let (own, decoded) = self.reconstruct(picture, &mut job)?;
        let encoded = job.write(&own)?;
        let metadata = |keep: bool, data: Option<&[u8]>| data.filter(|_| keep).map(<[u8]>::to_vec);
        let reconstruction = decoded
            .with_alpha(picture.alpha().cloned())?
            .with_icc(metadata(self.options.keep_icc, picture.icc()))
            .with_exif(metadata(self.options.keep_exif, picture.exif()));
        Ok((encoded, reconstruction))
    }

    /// Where the filters that are fitted to the picture cut off differences, in roots of its mean squared error.
    fn thresholds(&self) -> &'static [f64] {
        if self.model.is_for_squared_error() {
            self.options.effort.thresholds()
        } else {
            &[]
        }
    }

    /// Codes all tiles; keeps what decoders need for [`Self::reconstruct`], if asked to.
    fn run<'a>(&'a self, picture: &'a Picture, keep: bool, progress: Progress<'_>) -> Result<Job<'a, M>> {
        let mut job = Job::new(&*self.model, &self.options, picture)?;
        if keep {
            let latents = job.grid.bounds().latents();
            let (height, width) = (latents.height as usize, latents.width as usize);
            job.y_hat = Some(Latents::zeros(height, width, self.model.prior().channels()));
        }
        job.run(progress)?;
        Ok(job)
    }

    /// The filters of the stream, as far as it is to have its own, and the colours that decoders make.
    fn reconstruct(&self, picture: &Picture, job: &mut Job<'_, M>) -> Result<(Vec<CodedFilter>, Picture)> {
        let view = View::new(&job.header, &DecodeOptions::default(), 0)?;
        let mut canvas = Canvas::new(&job.header, view)?;
        if let Some(y_hat) = job.y_hat.take() {
            synthesise(&*self.model, &job.header, &y_hat, &[], &mut canvas, &mut |_, _| {})?;
        }
        let mut decoded = canvas.into_picture();
        if let Some(filter) = filter_of_model(&*self.model, &job.header)? {
            restore(&mut decoded, &filter);
        }
        let mut own = Vec::new();
        for threshold in self.thresholds() {
            let Some(filter) = fit(picture, &decoded, *threshold, job.bytes()) else {
                break;
            };
            restore(&mut decoded, &filter.filter());
            own.push(filter);
        }
        Ok((own, decoded))
    }
}
