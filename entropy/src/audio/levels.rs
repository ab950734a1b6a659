//! The coding of levels.

use super::layout::{BANDS, CLASSES, bands_of};
use super::number::Numbers;
use super::rule::LEVEL_MAX;
use crate::error::{EntropyError, Result};
use crate::mixing::{BitIo, Shape};

/// What the first band of a packet is compared with.
const FIRST: i32 = 44;
/// Values of contexts that are differences of levels.
const DIFFERENCES: usize = 17;

/// Levels of one channel of a block, and its class.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    pub class: usize,
    pub levels: Vec<u8>,
}

pub(super) fn shape() -> Vec<usize> {
    let d = DIFFERENCES;
    vec![BANDS * 4, d * d, d * d, d * 2, CLASSES * CLASSES * 2, d * d, BANDS * d]
}

pub(super) fn numbers() -> Result<Numbers> {
    Numbers::new(&Shape {
        limit: 255,
        shift: 16,
        ..Shape::new(&shape(), &[BANDS, 4])
    })
}

/// A difference as a context.
fn class_of(difference: i32) -> usize {
    let size = match difference.unsigned_abs() {
        size @ 0..=4 => size as i32,
        5..=6 => 5,
        7..=9 => 6,
        10..=15 => 7,
        _ => 8,
    };
    (8 + size * difference.signum()) as usize
}

/// The context of the levels of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// The class of the block.
    pub class: usize,
    /// The two blocks before it, the last first.
    pub past: [Option<&'a Past>; 2],
    /// Levels of the other channel, if it was coded.
    pub other: Option<&'a [u8]>,
}

/// What one level is coded with.
struct View {
    /// What it is expected to be.
    guess: i32,
    contexts: [usize; 7],
    sets: [usize; 2],
}

impl Known<'_> {
    /// The level of a band in an earlier block, which may be of another class.
    fn earlier(&self, age: usize, band: usize) -> Option<i32> {
        let past = self.past[age]?;
        let last = past.levels.len().checked_sub(1)?;
        let place = bands_of(self.class).same[band][past.class];
        Some(i32::from(past.levels[place.min(last)]))
    }

    /// The level of a band of the other channel.
    fn side(&self, band: usize) -> Option<i32> {
        self.other?.get(band).map(|&level| i32::from(level))
    }

    /// Follows the block before, and a third of how the band below moved since; without one the other channel, or the band
    /// below.
    fn guess(&self, band: usize, low: Option<i32>) -> i32 {
        let below = band.checked_sub(1);
        match (self.earlier(0, band), low) {
            (Some(prev), Some(low)) => {
                let prev_low = below.and_then(|below| self.earlier(0, below)).unwrap_or(low);
                prev + (low - prev_low).clamp(-12, 12) / 3
            }
            (Some(prev), None) => prev,
            (None, Some(low)) => match (self.side(band), below.and_then(|below| self.side(below))) {
                (Some(side), Some(side_low)) => low + (side - side_low) / 2,
                _ => low - 1,
            },
            (None, None) => FIRST,
        }
    }

    /// How the level of a band is coded after the `levels` below it, `errors` being how wrong the last two guesses were.
    fn view(&self, band: usize, bands: usize, levels: &[u8], errors: [i32; 2]) -> View {
        let low = levels.last().map(|&level| i32::from(level));
        let guess = self.guess(band, low);
        let (prev, side) = (self.earlier(0, band), self.side(band));
        let above = if band + 1 < bands {
            self.earlier(0, band + 1)
        } else {
            None
        };
        let drift = self.earlier(1, band).zip(prev).map_or(0, |(older, prev)| older - prev);
        let from_guess = |level: Option<i32>| class_of(level.map_or(0, |level| level - guess));
        let (rise, apart, tilt) = (from_guess(low), from_guess(side), from_guess(above));
        let place = (bands_of(self.class).places[band] / 16) as usize % BANDS;
        let classes = self.past[0].map_or(0, |past| past.class) * CLASSES + self.class;
        let (has_prev, has_side) = (usize::from(prev.is_some()), usize::from(side.is_some()));
        let known = has_prev * 2 + has_side;
        let d = DIFFERENCES;
        View {
            guess: guess.clamp(0, i32::from(LEVEL_MAX)),
            contexts: [
                place * 4 + known,
                rise * d + apart,
                class_of(errors[0]) * d + class_of(errors[1]),
                class_of(drift) * 2 + has_prev,
                classes * 2 + has_side,
                tilt * d + rise,
                place * d + apart,
            ],
            sets: [place, known],
        }
    }
}

/// Codes the levels of a block: `bands` of them, which encoders give as `wanted`.
pub(super) fn code(
    io: &mut impl BitIo,
    model: &mut Numbers,
    known: Known<'_>,
    bands: usize,
    wanted: &[u8],
) -> Result<Vec<u8>> {
    let mut levels: Vec<u8> = Vec::with_capacity(bands);
    let mut errors = [0, 0];
    while levels.len() < bands {
        let band = levels.len();
        let view = known.view(band, bands, &levels, errors);
        let value = wanted.get(band).map_or(0, |&level| i32::from(level) - view.guess);
        let error = model.code(io, &view.contexts, &view.sets, value)?;
        let level = view.guess.checked_add(error).and_then(|level| u8::try_from(level).ok());
        let level = level
            .filter(|&level| level <= LEVEL_MAX)
            .ok_or(EntropyError::Malformed("level of sound out of range"))?;
        levels.push(level);
        errors = [error, errors[0]];
    }
    Ok(levels)
}
