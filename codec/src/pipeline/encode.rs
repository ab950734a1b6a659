//! Pictures to streams: the encoder that programs use.

use std::sync::Arc;

use lmc_models::wavelet::{Quality, WaveletModel};

use super::Progress;
use super::decode::{Canvas, DecodeOptions, synthesise};
use super::job::Job;
use super::latents::Latents;
use super::model::ImageModel;
use super::options::{EncodeOptions, Encoded};
use super::view::View;
use crate::error::Result;
use crate::picture::Picture;

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
        let mut job = Job::new(&*self.model, &self.options, picture)?;
        job.run(progress)?;
        job.write()
    }

    /// As [`ImageEncoder::encode`], and what a decoder on the same device makes of it.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode`].
    pub fn encode_and_reconstruct(&self, picture: &Picture) -> Result<(Encoded, Picture)> {
        let mut job = Job::new(&*self.model, &self.options, picture)?;
        let latents = job.grid.bounds().latents();
        let (height, width) = (latents.height as usize, latents.width as usize);
        job.y_hat = Some(Latents::zeros(height, width, self.model.prior().channels()));
        job.run(&mut |_, _| {})?;
        let y_hat = job.y_hat.take();
        let header = job.header.clone();
        let encoded = job.write()?;
        let view = View::new(&header, &DecodeOptions::default())?;
        let mut canvas = Canvas::new(&header, view)?;
        if let Some(y_hat) = y_hat {
            synthesise(&*self.model, &header, &y_hat, &[], &mut canvas, &mut |_, _| {})?;
        }
        let metadata = |keep: bool, data: Option<&[u8]>| data.filter(|_| keep).map(<[u8]>::to_vec);
        let reconstruction = canvas
            .into_picture()
            .with_alpha(picture.alpha().cloned())?
            .with_icc(metadata(self.options.keep_icc, picture.icc()))
            .with_exif(metadata(self.options.keep_exif, picture.exif()));
        Ok((encoded, reconstruction))
    }
}
