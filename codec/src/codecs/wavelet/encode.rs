//! The encoder: which way a picture lies, how far its latents are refined, and the filters that its stream brings.

use super::ImageModel;
use super::job::{Job, Tiles};
use super::restore::{CodedFilter, fit, squared_error};
use super::stream::WaveletStream;
use crate::codecs::image::{CodedImage, Effort, EncodeOptions, ImageStream, View, paint_windows};
use crate::error::{CodecError, Result};
use crate::media::image::{Image, Orientation, Samples};
use crate::tiles::TileGrid;
use crate::watch::{Share, Unwatched, Watch};

/// An encoder with one model and one set of options.
pub(super) struct Encoder<'a> {
    model: &'a dyn ImageModel,
    options: &'a EncodeOptions,
    /// The bits that a mean squared error of 1 is worth for each pixel, where the model is for such errors.
    worth: Option<f64>,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(model: &'a dyn ImageModel, options: &'a EncodeOptions) -> Self {
        let worth = model.worth_of_squared_error(options.quality);
        Self { model, options, worth }
    }

    /// The best encoding of a picture with the effort of the options.
    pub(super) fn encode(&self, picture: &Image, reconstruct: bool, watch: &mut dyn Watch) -> Result<CodedImage> {
        let orientations = if self.turns() { Orientation::COUNT } else { 0 };
        let grid = TileGrid::new(picture.width(), picture.height(), self.options.tile_size)?;
        let tiles = grid.count() as usize;
        let before = orientations * tiles;
        let total = before + (self.options.effort.steps() + 1) * tiles;
        let orientation = self.orientation(picture, tiles, &mut Share::new(watch, 0, total))?;
        let picture = &*picture.coded(orientation)?;
        let job = Job::new(self.model, self.options, picture, orientation)?;
        let mut choices = job.run(self.stops(), &mut Share::new(watch, before, total))?;
        choices.dedup();
        let looks = reconstruct || self.stops().len() > 1;
        let attempts = choices.into_iter().map(|tiles| {
            if looks {
                Attempt::decoded(&job, tiles, picture, (self.thresholds(), self.worth.unwrap_or(0.0)))
            } else {
                Ok(Attempt::new(tiles))
            }
        });
        let best = best_of(attempts, picture, self.worth.unwrap_or(0.0))?;
        let decoded = best.decoded.filter(|_| reconstruct);
        Ok(CodedImage {
            block: job.params.to_bytes(),
            segments: best.filters.iter().map(CodedFilter::to_bytes).collect(),
            tiles: best.tiles.into_iter().map(|coded| coded.tile).collect(),
            orientation,
            reconstruction: decoded.map(|decoded| decoded.shown(orientation)).transpose()?,
        })
    }

    /// After how many steps of refinement the picture is looked at.
    fn stops(&self) -> &'static [usize] {
        let stops = self.options.effort.stops();
        match self.worth {
            Some(_) => stops,
            // Where squared errors do not tell which is best, the last one is by what refinement itself looks at.
            None => &stops[stops.len() - 1..],
        }
    }

    /// Where the filters that are fitted to the picture cut off differences, in roots of its mean squared error.
    fn thresholds(&self) -> &'static [f64] {
        match self.worth {
            Some(_) => self.options.effort.thresholds(),
            None => &[],
        }
    }

    /// Whether pictures may be coded in another way than they are shown.
    fn turns(&self) -> bool {
        self.options.effort.turns() && self.worth.is_some()
    }

    /// The way a picture lies in which it has the fewest bits and errors at effort 1. Each that is tried is as many steps
    /// as the picture has `tiles`.
    fn orientation(&self, picture: &Image, tiles: usize, watch: &mut Share<'_>) -> Result<Orientation> {
        let Some(worth) = self.worth.filter(|_| self.turns()) else {
            return Ok(Orientation::default());
        };
        let options = self.options.clone().with_effort(Effort::default());
        let mut best = (f64::INFINITY, Orientation::default());
        for (tried, orientation) in (1..).zip(Orientation::all()) {
            let picture = &*picture.coded(orientation)?;
            let job = Job::new(self.model, &options, picture, orientation)?;
            for tiles in job.run(&[0], &mut Share::new(&mut Unwatched, 0, 0))? {
                let loss = Attempt::decoded(&job, tiles, picture, (&[], worth))?.loss(picture, worth);
                if loss < best.0 {
                    best = (loss, orientation);
                }
            }
            watch.done(tried * tiles)?;
        }
        Ok(best.1)
    }
}

/// The attempt that loses least.
fn best_of(attempts: impl Iterator<Item = Result<Attempt>>, picture: &Image, worth: f64) -> Result<Attempt> {
    let mut best: Option<(f64, Attempt)> = None;
    for attempt in attempts {
        let attempt = attempt?;
        let loss = attempt.loss(picture, worth);
        if best.as_ref().is_none_or(|(least, _)| loss < *least) {
            best = Some((loss, attempt));
        }
    }
    let (_, best) = best.ok_or_else(|| CodecError::Internal("no encoding was tried".into()))?;
    Ok(best)
}

/// One encoding of a picture.
struct Attempt {
    tiles: Tiles,
    /// Those that the stream brings.
    filters: Vec<CodedFilter>,
    /// The colours that decoders make of it, if they are known.
    decoded: Option<Image>,
}

impl Attempt {
    /// Nobody looks at what decoders make of it.
    fn new(tiles: Tiles) -> Self {
        Self {
            tiles,
            filters: Vec::new(),
            decoded: None,
        }
    }

    /// With filters fitted to the decoded tiles. A mean squared error of 1 is worth `worth` bits for each pixel.
    fn decoded(job: &Job<'_>, tiles: Tiles, picture: &Image, (thresholds, worth): (&[f64], f64)) -> Result<Self> {
        let mut decoded = reconstruct(job, &tiles, picture)?;
        let mut filters = Vec::new();
        let bit = decoded.color().channels() as f64 / worth;
        for threshold in thresholds {
            let Some(filter) = fit(picture, &decoded, *threshold, bit) else {
                break;
            };
            let Some(coefficients) = filter.filter() else { break };
            let samples = job.model.restored(&decoded, &coefficients)?;
            decoded.set_samples(samples);
            filters.push(filter);
        }
        Ok(Self {
            tiles,
            filters,
            decoded: Some(decoded),
        })
    }

    /// Bits and errors: a mean squared error of 1 is worth `worth` bits for each pixel.
    fn loss(&self, picture: &Image, worth: f64) -> f64 {
        let filters: usize = self.filters.iter().map(CodedFilter::stream_bytes).sum();
        let tiles: usize = self.tiles.iter().map(|coded| coded.tile.bytes.len()).sum();
        let error = |decoded: &Image| squared_error(picture, decoded) / decoded.color().channels() as f64;
        8.0 * (tiles + filters) as f64 + worth * self.decoded.as_ref().map_or(0.0, error)
    }
}

/// What decoders make of coded tiles in a stream without filters of its own.
fn reconstruct(job: &Job<'_>, tiles: &Tiles, picture: &Image) -> Result<Image> {
    let (width, height, color) = (picture.width(), picture.height(), picture.color());
    let stream = WaveletStream::new(job.model, job.params, color, &[])?;
    let view = View::whole(job.grid.bounds(), &stream.geometry());
    let samples = Samples::filled(picture.depth(), picture.samples().len(), 0);
    let mut decoded = Image::new(width, height, color, samples, None)?;
    paint_windows(&stream, &job.latents(tiles)?, &view, &[], &mut decoded, &mut |_| Ok(()))?;
    stream.finish(&mut decoded)?;
    Ok(decoded)
}
