//! Finding the quality that gives a wanted size or a wanted likeness.

use crate::Quality;

use super::encode::ImageEncoder;
use super::model::ImageModel;
use super::options::Encoded;
use crate::error::{CodecError, Result};
use crate::picture::Picture;

/// How like two pictures are; larger is better.
pub type Likeness<'a> = &'a dyn Fn(&Picture, &Picture) -> Result<f64>;

/// What a stream should be.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// At most this many bytes, and as close to them as a search gets.
    Bytes(u64),
    /// A likeness of the decoded picture to the original.
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

/// One trial: a quality, what came of it, and how far that is above the target.
struct Trial {
    quality: f64,
    encoded: Encoded,
    above: f64,
}

impl Target<'_> {
    /// How far a stream is above the target, on a scale on which quality is about linear.
    fn above<M: ImageModel>(&self, encoder: &ImageEncoder<M>, picture: &Picture) -> Result<(Encoded, f64)> {
        match self {
            Self::Bytes(bytes) => {
                let encoded = encoder.encode(picture)?;
                let above = (encoded.bytes.len() as f64 / (*bytes).max(1) as f64).ln();
                Ok((encoded, above))
            }
            Self::Likeness { measure, value, .. } => {
                let (encoded, decoded) = encoder.encode_and_reconstruct(picture)?;
                Ok((encoded, measure(picture, &decoded)? - value))
            }
        }
    }

    fn is_met(&self, above: f64) -> bool {
        match self {
            Self::Bytes(_) => (-BYTES_TOLERANCE..=0.0).contains(&above),
            Self::Likeness { tolerance, .. } => above.abs() <= *tolerance,
        }
    }

    /// Where to aim, a little inside of what is accepted.
    fn aim(&self) -> f64 {
        match self {
            Self::Bytes(_) => -0.4 * BYTES_TOLERANCE,
            Self::Likeness { .. } => 0.0,
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

impl<M: ImageModel> ImageEncoder<M> {
    /// Encodes a picture with the quality that meets a target, found by at most [`MAX_TRIALS`] encodes. The quality of the
    /// options is where the search begins.
    ///
    /// A target between two qualities that differ by no more than the format can tell, as in tiny pictures, gives the
    /// better one that does not exceed the bytes, or the nearest likeness.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode`], and `Parameter` with the nearest value for a target out of reach.
    pub fn encode_to(&self, picture: &Picture, target: &Target<'_>) -> Result<Found> {
        let mut bracket = Bracket::default();
        let mut quality = f64::from(self.options().quality.value());
        for trials in 1..=MAX_TRIALS {
            let trial = self.trial(picture, target, quality)?;
            if target.is_met(trial.above) {
                return trial.found(true, trials);
            }
            bracket.take(trial);
            match bracket.next(target.aim()) {
                Some(next) => quality = next,
                None if bracket.is_closed() => return bracket.nearest(target)?.found(false, trials),
                None => return Err(target.out_of_reach(&bracket.nearest(target)?)),
            }
        }
        bracket.nearest(target)?.found(false, MAX_TRIALS)
    }

    fn trial(&self, picture: &Picture, target: &Target<'_>, quality: f64) -> Result<Trial> {
        let encoder =
            self.with_quality(Quality::new(quality as f32).map_err(|e| CodecError::Parameter(e.to_string()))?);
        let (encoded, above) = target.above(&encoder, picture)?;
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
        let quality = Quality::new(self.quality as f32).map_err(|e| CodecError::Parameter(e.to_string()))?;
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
}

/// Qualities closer than this are the same to the format.
const QUALITY_STEP: f64 = 0.01;
/// What a step of quality changes before two trials tell: about a hundredth of the size, or a fifth of a decibel.
const STEPS_PER_LOG: f64 = 30.0;

impl Bracket {
    fn take(&mut self, trial: Trial) {
        let side = if trial.above > 0.0 {
            &mut self.above
        } else {
            &mut self.below
        };
        *side = Some(trial);
    }

    fn is_closed(&self) -> bool {
        self.below.is_some() && self.above.is_some()
    }

    /// The quality to try next; `None` if there is none between or beyond those tried.
    fn next(&self, aim: f64) -> Option<f64> {
        match (&self.below, &self.above) {
            (Some(low), Some(high)) => {
                let width = high.quality - low.quality;
                let share = ((aim - low.above) / (high.above - low.above)).clamp(0.08, 0.92);
                let next = ((low.quality + width * share) / QUALITY_STEP).round() * QUALITY_STEP;
                (width > 1.5 * QUALITY_STEP && next > low.quality && next < high.quality).then_some(next)
            }
            (Some(low), None) => outward(low.quality, (aim - low.above).max(0.02), 100.0),
            (None, Some(high)) => outward(high.quality, (aim - high.above).min(-0.02), 0.0),
            (None, None) => Some(50.0),
        }
    }

    /// Of the two sides the one to give out.
    fn nearest(self, target: &Target<'_>) -> Result<Trial> {
        let (below, above) = (self.below, self.above);
        match (below, above) {
            (Some(low), Some(high)) => {
                let low_wins = matches!(target, Target::Bytes(_)) || -low.above <= high.above;
                Ok(if low_wins { low } else { high })
            }
            (Some(one), None) | (None, Some(one)) => Ok(one),
            (None, None) => Err(CodecError::Parameter("nothing was tried".into())),
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
