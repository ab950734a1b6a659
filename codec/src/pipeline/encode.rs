//! Pictures to streams: the encoder that programs use.

use std::sync::Arc;

use crate::Quality;

use super::Progress;
use super::assemble::CodedTile;
use super::decode::{Canvas, DecodeOptions, filter_of_model, synthesise};
use super::job::{Job, Tiles};
use super::latents::Latents;
use super::model::ImageModel;
use super::options::{Effort, EncodeOptions, Encoded};
use super::tile::{batches, decompress, jobs};
use super::view::View;
use crate::error::{CodecError, Result};
use crate::picture::{Orientation, Picture};
use crate::restore::{CodedFilter, fit, restore, squared_error};
use crate::tiles::TileGrid;

/// Turns pictures into streams with one model.
#[derive(Debug)]
pub struct ImageEncoder<M> {
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
        Ok(self.best(picture, false, progress)?.0)
    }

    /// As [`ImageEncoder::encode`], and what a decoder on the same device makes of it.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode`].
    pub fn encode_and_reconstruct(&self, picture: &Picture) -> Result<(Encoded, Picture)> {
        let (encoded, decoded) = self.best(picture, true, &mut |_, _| {})?;
        let decoded = decoded.ok_or_else(|| CodecError::Parameter("the stream was not decoded".into()))?;
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

    /// The encoding of a picture with the effort of the options, and what decoders make of it if that is asked for.
    fn best(&self, picture: &Picture, decode: bool, progress: Progress<'_>) -> Result<(Encoded, Option<Picture>)> {
        let orientations = if self.turns() { Orientation::COUNT } else { 0 };
        let grid = TileGrid::new(picture.width(), picture.height(), self.options.tile_size)?;
        let tiles = grid.count() as usize;
        let (before, work) = (orientations * tiles, (self.options.effort.steps() + 1) * tiles);
        let orientation = self.orientation(picture, &mut |tried, _| progress(tried * tiles, before + work))?;
        let picture = &*picture.coded(orientation)?;
        let job = Job::new(&*self.model, &self.options, picture, orientation)?;
        let worth = self.worth();
        let stops = self.options.effort.stops();
        // Where squared errors do not tell which is best, the last one is by what refinement itself looks at.
        let stops = if worth.is_some() {
            stops
        } else {
            &stops[stops.len() - 1..]
        };
        let mut choices = job.run(stops, &mut |done, _| progress(before + done, before + work))?;
        choices.dedup();
        let mut best: Option<(f64, Attempt)> = None;
        for tiles in choices {
            let attempt = if decode || stops.len() > 1 {
                Attempt::decoded(&job, tiles, picture, (self.thresholds(), worth.unwrap_or(0.0)))?
            } else {
                Attempt {
                    tiles,
                    filters: Vec::new(),
                    decoded: None,
                }
            };
            let loss = attempt.loss(picture, worth.unwrap_or(0.0));
            if best.as_ref().is_none_or(|(least, _)| loss < *least) {
                best = Some((loss, attempt));
            }
        }
        let (_, best) = best.ok_or_else(|| CodecError::Parameter("no encoding was tried".into()))?;
        let encoded = job.write(&best.tiles, &best.filters)?;
        let shown = best.decoded.map(|decoded| decoded.shown(orientation)).transpose()?;
        Ok((encoded, shown))
    }

    /// Whether pictures may be coded in another way than they are shown.
    fn turns(&self) -> bool {
        self.options.effort.turns() && self.worth().is_some()
    }

    /// The way a picture lies in which it has the fewest bits and errors at effort 1; `progress` is told how many were tried.
    fn orientation(&self, picture: &Picture, progress: Progress<'_>) -> Result<Orientation> {
        let Some(worth) = self.worth().filter(|_| self.turns()) else {
            return Ok(Orientation::default());
        };
        let options = EncodeOptions {
            effort: Effort::default(),
            ..self.options.clone()
        };
        let mut best = (f64::INFINITY, Orientation::default());
        for (tried, orientation) in (1..).zip(Orientation::all()) {
            let picture = &*picture.coded(orientation)?;
            let job = Job::new(&*self.model, &options, picture, orientation)?;
            for tiles in job.run(&[0], &mut |_, _| {})? {
                let loss = Attempt::decoded(&job, tiles, picture, (&[], worth))?.loss(picture, worth);
                if loss < best.0 {
                    best = (loss, orientation);
                }
            }
            progress(tried, Orientation::COUNT);
        }
        Ok(best.1)
    }
}

/// One encoding of a picture.
struct Attempt {
    tiles: Tiles,
    /// Those that the stream brings.
    filters: Vec<CodedFilter>,
    /// The colours that decoders make of it, if they are known.
    decoded: Option<Picture>,
}

impl Attempt {
    /// Decodes coded tiles, with filters that are fitted to what comes out where a mean squared error of 1 is worth so many bits for each
    /// pixel.
    fn decoded<M: ImageModel>(
        job: &Job<'_, M>,
        tiles: Tiles,
        picture: &Picture,
        (thresholds, worth): (&[f64], f64),
    ) -> Result<Self> {
        let view = View::new(&job.header, &DecodeOptions::default(), 0)?;
        let mut canvas = Canvas::new(&job.header, view)?;
        synthesise(
            job.model,
            &job.header,
            &latents_of(job, &tiles)?,
            &[],
            &mut canvas,
            &mut |_, _| {},
        )?;
        let mut decoded = canvas.into_picture();
        if let Some(filter) = filter_of_model(job.model, &job.header)? {
            restore(&mut decoded, &filter);
        }
        let mut filters = Vec::new();
        let bit = decoded.color().channels() as f64 / worth;
        for threshold in thresholds {
            let Some(filter) = fit(picture, &decoded, *threshold, bit) else {
                break;
            };
            restore(&mut decoded, &filter.filter());
            filters.push(filter);
        }
        Ok(Self {
            tiles,
            filters,
            decoded: Some(decoded),
        })
    }

    /// Bits and errors, where a mean squared error of 1 is worth so many bits for each pixel.
    fn loss(&self, picture: &Picture, worth: f64) -> f64 {
        let filters: usize = self.filters.iter().map(CodedFilter::stream_bytes).sum();
        let bits = 8.0 * (bytes_of(&self.tiles) + filters) as f64;
        let error = |decoded: &Picture| squared_error(picture, decoded) / decoded.color().channels() as f64;
        bits + worth * self.decoded.as_ref().map_or(0.0, error)
    }
}

/// Bytes of all tiles.
fn bytes_of(tiles: &Tiles) -> usize {
    tiles.iter().flatten().map(|tile| tile.bytes.len()).sum()
}

/// All latents of coded tiles, as a decoder will see them.
fn latents_of<M: ImageModel>(job: &Job<'_, M>, tiles: &Tiles) -> Result<Latents<i16>> {
    let prior = job.model.prior();
    let size = job.grid.bounds().latents();
    let mut plane = Latents::zeros(size.height as usize, size.width as usize, prior.channels());
    let parts: Vec<_> = tiles.iter().map(|tile| tile.as_ref().map(CodedTile::part)).collect();
    for batch in batches(&jobs(&job.grid, &parts)) {
        for ((_, rect, _), decoded) in decompress(prior, job.header.coding, batch) {
            let at = rect.latents();
            let piece = Latents::new(at.height as usize, at.width as usize, plane.channels, decoded?.y_hat)?;
            plane.put(at.x as usize, at.y as usize, &piece);
        }
    }
    Ok(plane)
}
