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
use crate::error::{CodecError, Result};
use crate::picture::Picture;
use crate::restore::{CodedFilter, fit, restore, squared_error};

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
        self.best(picture, false, progress)?.write()
    }

    /// As [`ImageEncoder::encode`], and what a decoder on the same device makes of it.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode`].
    pub fn encode_and_reconstruct(&self, picture: &Picture) -> Result<(Encoded, Picture)> {
        let mut best = self.best(picture, true, &mut |_, _| {})?;
        let decoded = best.decoded.take();
        let decoded = decoded.ok_or_else(|| CodecError::Parameter("the stream was not decoded".into()))?;
        let encoded = best.write()?;
        let metadata = |keep: bool, data: Option<&[u8]>| data.filter(|_| keep).map(<[u8]>::to_vec);
        let reconstruction = decoded
            .with_alpha(picture.alpha().cloned())?
            .with_icc(metadata(self.options.keep_icc, picture.icc()))
            .with_exif(metadata(self.options.keep_exif, picture.exif()));
        Ok((encoded, reconstruction))
    }

    /// Where the filters that are fitted to the picture cut off differences, in roots of its mean squared error.
    fn thresholds(&self) -> &'static [f64] {
        if self.worth().is_some() {
            self.options.effort.thresholds()
        } else {
            &[]
        }
    }

    fn worth(&self) -> Option<f64> {
        self.model.worth_of_squared_error(self.options.quality)
    }

    /// The encoding of a picture with the effort of the options; decoded too if that is asked for.
    fn best<'a>(&'a self, picture: &'a Picture, decode: bool, progress: Progress<'_>) -> Result<Attempt<'a, M>> {
        let steps = self.options.effort.steps();
        let Some(worth) = self.worth().filter(|_| steps > 0) else {
            return self.attempt(picture, steps, decode, progress);
        };
        let refined = self.attempt(picture, steps, true, progress)?;
        let plain = self.attempt(picture, 0, true, &mut |_, _| {})?;
        // Refinement looks at errors before they are rounded to pixels and filtered, so it may lose in the end.
        let refined_is_better = refined.loss(picture, worth) <= plain.loss(picture, worth);
        Ok(if refined_is_better { refined } else { plain })
    }

    /// Codes all tiles after so many steps of refinement, and decodes them if `decode` asks for it.
    fn attempt<'a>(
        &'a self,
        picture: &'a Picture,
        steps: usize,
        decode: bool,
        progress: Progress<'_>,
    ) -> Result<Attempt<'a, M>> {
        let mut job = Job::new(&*self.model, &self.options, picture)?;
        if decode {
            let latents = job.grid.bounds().latents();
            let (height, width) = (latents.height as usize, latents.width as usize);
            job.y_hat = Some(Latents::zeros(height, width, self.model.prior().channels()));
        }
        job.run(steps, progress)?;
        let mut attempt = Attempt {
            job,
            filters: Vec::new(),
            decoded: None,
        };
        if decode {
            attempt.decode(picture, self.thresholds())?;
        }
        Ok(attempt)
    }
}

/// One encoding of a picture.
struct Attempt<'a, M> {
    job: Job<'a, M>,
    /// Those that the stream brings.
    filters: Vec<CodedFilter>,
    /// The colours that decoders make of it.
    decoded: Option<Picture>,
}

impl<M: ImageModel> Attempt<'_, M> {
    /// Finds out what decoders make of the picture, with filters that are fitted to it.
    fn decode(&mut self, picture: &Picture, thresholds: &[f64]) -> Result<()> {
        let job = &mut self.job;
        let view = View::new(&job.header, &DecodeOptions::default(), 0)?;
        let mut canvas = Canvas::new(&job.header, view)?;
        if let Some(y_hat) = job.y_hat.take() {
            synthesise(job.model, &job.header, &y_hat, &[], &mut canvas, &mut |_, _| {})?;
        }
        let mut decoded = canvas.into_picture();
        if let Some(filter) = filter_of_model(job.model, &job.header)? {
            restore(&mut decoded, &filter);
        }
        for threshold in thresholds {
            let Some(filter) = fit(picture, &decoded, *threshold, job.bytes()) else {
                break;
            };
            restore(&mut decoded, &filter.filter());
            self.filters.push(filter);
        }
        self.decoded = Some(decoded);
        Ok(())
    }

    /// Bits and errors, where a mean squared error of 1 is worth so many bits for each pixel.
    fn loss(&self, picture: &Picture, worth: f64) -> f64 {
        let filters: usize = self.filters.iter().map(CodedFilter::stream_bytes).sum();
        let bits = 8.0 * (self.job.bytes() + filters) as f64;
        let error = |decoded: &Picture| squared_error(picture, decoded) / decoded.color().channels() as f64;
        bits + worth * self.decoded.as_ref().map_or(0.0, error)
    }

    fn write(self) -> Result<Encoded> {
        self.job.write(&self.filters)
    }
}
