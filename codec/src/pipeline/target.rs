//! Finding the quality that gives a wanted size or a wanted likeness.

use super::encode::{ImageEncoder, filled};
use super::encoded::Encoded;
use crate::error::{CodecError, Result};
use crate::media::image::Image;
use crate::quality::Quality;
use crate::watch::{Watch, report};

/// How like two images are; larger is better.
pub type Likeness<'a> = &'a dyn Fn(&Image, &Image) -> Result<f64>;

/// What a stream should be.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// At most this many bytes, and as close to them as a search gets.
    Bytes(u64),
    /// A likeness of the decoded image to the original.
    Likeness {
        /// The measure, rising with quality.
        measure: Likeness<'a>,
        /// Its wanted value.
        value: f64,
        /// How far from it is near enough.
        tolerance: f64,
        /// What the measure is called in errors.
        name: &'a str,
    },
}

/// Trial encodes that a search may take.
pub const MAX_TRIALS: usize = 8;
/// How far below the wanted bytes is near enough, as a share.
const BYTES_TOLERANCE: f64 = 0.01;

/// Tolerances by which likenesses may miss their target and still be as good as those beyond it.
const JUMP: f64 = 10.0;

/// A stream that met a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The stream.
    pub encoded: Encoded,
    /// The quality that was found.
    pub quality: Quality,
    /// Whether that is near enough; if not, no quality is.
    pub is_met: bool,
    /// Encodes that it took.
    pub trials: usize,
}

/// How a search ended.
pub(super) enum Search {
    /// With a stream.
    Found(Box<Found>),
    /// The target is below all that the codecs can do.
    TooSmall(CodecError),
}

impl Search {
    fn found(found: Found) -> Self {
        Self::Found(Box::new(found))
    }
}

/// One trial: a quality, what came of it, and how far that is above the target.
struct Trial {
    quality: f64,
    encoded: Encoded,
    above: f64,
}

impl Target<'_> {
    /// How far a stream is above the target, on a scale on which quality is about linear.
    fn above(&self, encoder: &ImageEncoder, image: &Image, watch: &mut dyn Watch) -> Result<(Encoded, f64)> {
        match self {
            Self::Bytes(bytes) => {
                let encoded = encoder.encode_watched(image, watch)?;
                let above = (encoded.bytes.len() as f64 / (*bytes).max(1) as f64).ln();
                Ok((encoded, above))
            }
            Self::Likeness { measure, value, .. } => {
                let (encoded, decoded) = encoder.encode_and_reconstruct(image, watch)?;
                Ok((encoded, measure(image, &decoded)? - value))
            }
        }
    }

    fn is_met(&self, above: f64) -> bool {
        match self {
            Self::Bytes(_) => (-BYTES_TOLERANCE..=0.0).contains(&above),
            Self::Likeness { tolerance, .. } => above.abs() <= *tolerance,
        }
    }

    /// Where to aim: a little inside the accepted range.
    fn aim(&self) -> f64 {
        match self {
            Self::Bytes(_) => -0.4 * BYTES_TOLERANCE,
            Self::Likeness { .. } => 0.0,
        }
    }

    /// Whether the trial below is to be taken, not the one above.
    fn prefers(&self, low: &Trial, high: &Trial) -> bool {
        match self {
            Self::Bytes(_) => true,
            Self::Likeness { tolerance, .. } => {
                let near = -low.above <= JUMP * tolerance;
                near && -low.above <= high.above
            }
        }
    }

    fn out_of_reach(&self, trial: &Trial) -> CodecError {
        let Trial {
            quality,
            encoded,
            above,
        } = trial;
        let found = match self {
            Self::Bytes(bytes) => format!(
                "{bytes} bytes are out of reach: quality {quality} takes {}",
                encoded.bytes.len()
            ),
            Self::Likeness { value, name, .. } => {
                format!(
                    "{name} {value} is out of reach: quality {quality} gives {:.3}",
                    value + above
                )
            }
        };
        CodecError::Parameter(found)
    }
}

/// Passes on only whether to stop: the steps of a trial are none of the search.
pub(super) struct Silent<'a>(pub(super) &'a mut dyn Watch);

impl Watch for Silent<'_> {
    fn progress(&mut self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

impl ImageEncoder {
    /// Encodes an image with the quality that meets a target, found by at most [`MAX_TRIALS`] encodes, which are the
    /// steps of `watch`. The quality of the options is where the search begins. Unless the options name a codec, the
    /// search goes on where one codec ends and the next begins.
    ///
    /// A target between two qualities that differ by no more than the format can tell, as in tiny images, gives the
    /// better one that does not exceed the bytes, or the nearest likeness. Where a codec has nothing between two
    /// likenesses far apart, it is the one that is reached.
    ///
    /// Bytes below the range of the codecs that qualities ask for are those of the codec for extreme rates, if it is open
    /// and the options name none.
    ///
    /// With [`auto`](crate::EncodeOptions::auto), a drawn picture whose exact stream is within the bytes, or no larger than
    /// the one with the wanted likeness, is coded exactly; that meets the target.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode_watched`], and `Parameter` with the nearest value for a target out of reach.
    pub fn encode_to(&self, image: &Image, target: &Target<'_>, watch: &mut dyn Watch) -> Result<Found> {
        match (self.search_or_exact(image, target, watch)?, self.for_extreme_rates()) {
            (Search::Found(found), _) => Ok(*found),
            (Search::TooSmall(_), Some(extreme)) if matches!(target, Target::Bytes(_)) => {
                match extreme.search(image, target, watch)? {
                    Search::Found(found) => Ok(*found),
                    Search::TooSmall(error) => Err(error),
                }
            }
            (Search::TooSmall(error), _) => Err(error),
        }
    }

    /// One search with the codecs that the options allow.
    pub(super) fn search(&self, image: &Image, target: &Target<'_>, watch: &mut dyn Watch) -> Result<Search> {
        // Colours that nobody sees are no part of the likeness.
        let filled = filled(image, self.options());
        let image = filled.as_ref();
        let mut bracket = Bracket::default();
        let mut quality = f64::from(self.options().quality.value());
        for trials in 1..=MAX_TRIALS {
            let trial = self.trial(image, target, quality, &mut Silent(watch))?;
            report(watch, trials, MAX_TRIALS)?;
            if target.is_met(trial.above) {
                return trial.found(true, trials).map(Search::found);
            }
            let is_new = bracket.take(trial);
            match bracket.next(target.aim()).filter(|_| is_new || !bracket.is_closed()) {
                Some(next) => quality = next,
                None if bracket.is_closed() => return bracket.nearest(target)?.found(false, trials).map(Search::found),
                None => {
                    let nearest = bracket.nearest(target)?;
                    let error = target.out_of_reach(&nearest);
                    return if nearest.above > 0.0 {
                        Ok(Search::TooSmall(error))
                    } else {
                        Err(error)
                    };
                }
            }
        }
        bracket.nearest(target)?.found(false, MAX_TRIALS).map(Search::found)
    }

    fn trial(&self, image: &Image, target: &Target<'_>, quality: f64, watch: &mut dyn Watch) -> Result<Trial> {
        let encoder = self.with_quality(Quality::new(quality as f32)?);
        let (encoded, above) = target.above(&encoder, image, watch)?;
        if above.is_nan() {
            return Err(CodecError::Parameter("the measure of likeness is not a number".into()));
        }
        Ok(Trial {
            quality,
            encoded,
            above,
        })
    }
}

impl Trial {
    fn found(self, is_met: bool, trials: usize) -> Result<Found> {
        let quality = Quality::new(self.quality as f32)?;
        Ok(Found {
            encoded: self.encoded,
            quality,
            is_met,
            trials,
        })
    }
}

/// The best trials below and above the target.
#[derive(Default)]
struct Bracket {
    below: Option<Trial>,
    above: Option<Trial>,
    /// Trials so far. As long as all lie on one side, each goes twice as far beyond what it seems to need as the one
    /// before, for codecs whose sizes hardly follow the quality.
    trials: u32,
}

/// Qualities closer than this are the same to the format.
const QUALITY_STEP: f64 = 0.01;
/// What a step of quality changes before two trials tell: about a hundredth of the size, or a fifth of a decibel.
const STEPS_PER_LOG: f64 = 30.0;

impl Bracket {
    /// Takes a trial; says whether its stream is another one than that of the trial it replaces. Codecs with few
    /// qualities give the same stream for many.
    fn take(&mut self, trial: Trial) -> bool {
        let side = if trial.above > 0.0 {
            &mut self.above
        } else {
            &mut self.below
        };
        let is_new = side.as_ref().is_none_or(|old| old.encoded.bytes != trial.encoded.bytes);
        *side = Some(trial);
        is_new
    }

    fn is_closed(&self) -> bool {
        self.below.is_some() && self.above.is_some()
    }

    /// The quality to try next; `None` if there is none between or beyond those tried.
    fn next(&mut self, aim: f64) -> Option<f64> {
        let stretch = f64::from(1u32 << self.trials.min(16));
        self.trials += 1;
        match (&self.below, &self.above) {
            (Some(low), Some(high)) => {
                let width = high.quality - low.quality;
                let share = ((aim - low.above) / (high.above - low.above)).clamp(0.08, 0.92);
                let next = ((low.quality + width * share) / QUALITY_STEP).round() * QUALITY_STEP;
                (width > 1.5 * QUALITY_STEP && next > low.quality && next < high.quality).then_some(next)
            }
            (Some(low), None) => outward(low.quality, stretch * (aim - low.above).max(0.02), 100.0),
            (None, Some(high)) => outward(high.quality, stretch * (aim - high.above).min(-0.02), 0.0),
            (None, None) => Some(50.0),
        }
    }

    /// Of the two sides the one to give out.
    fn nearest(self, target: &Target<'_>) -> Result<Trial> {
        match (self.below, self.above) {
            (Some(low), Some(high)) => Ok(if target.prefers(&low, &high) { low } else { high }),
            (Some(one), None) | (None, Some(one)) => Ok(one),
            (None, None) => Err(CodecError::Internal("nothing was tried".into())),
        }
    }
}

/// A quality further out towards `end`, by what the distance to the target suggests and half as much again; `None` at the end.
fn outward(quality: f64, distance: f64, end: f64) -> Option<f64> {
    if quality == end {
        return None;
    }
    let next = quality + 1.5 * STEPS_PER_LOG * distance.clamp(-2.0, 2.0);
    Some((next / QUALITY_STEP).round() * QUALITY_STEP).map(|next| next.clamp(0.0, 100.0))
}
