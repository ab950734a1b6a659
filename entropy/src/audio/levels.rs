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

/// Codes the levels of a block: `bands` of them, `wanted` by encoders, with those of the block before (if there is one) and
/// of the other channel (if it was coded).
pub(super) fn code(
    io: &mut impl BitIo,
    model: &mut Numbers,
    class: usize,
    bands: usize,
    past: [Option<&Past>; 2],
    other: Option<&[u8]>,
    wanted: &[u8],
) -> Result<Vec<u8>> {
    let same = &bands_of(class).same;
    let places = &bands_of(class).places;
    let mut levels: Vec<u8> = Vec::with_capacity(bands);
    let mut errors = [0, 0];
    for band in 0..bands {
        let earlier = |past: Option<&Past>, band: usize| {
            let past = past?;
            let levels = &past.levels;
            let last = levels.len().checked_sub(1)?;
            Some(i32::from(levels[same[band][past.class].min(last)]))
        };
        let at = |band: Option<usize>, levels: &[u8]| band.and_then(|b| levels.get(b)).map(|&l| i32::from(l));
        let below = band.checked_sub(1);
        let low = at(below, &levels);
        let prev = earlier(past[0], band);
        let prev_low = below.and_then(|b| earlier(past[0], b));
        let prev_high = (band + 1 < bands).then(|| earlier(past[0], band + 1)).flatten();
        let older = earlier(past[1], band);
        let side = other.and_then(|o| at(Some(band), o));
        let side_low = other.and_then(|o| at(below, o));
        let guess = match (prev, low) {
            (Some(prev), Some(low)) => prev + (low - prev_low.unwrap_or(low)).clamp(-12, 12) / 3,
            (Some(prev), None) => prev,
            (None, Some(low)) => match (side, side_low) {
                (Some(side), Some(side_low)) => low + (side - side_low) / 2,
                _ => low - 1,
            },
            (None, None) => FIRST,
        };
        let known = usize::from(prev.is_some()) * 2 + usize::from(side.is_some());
        let rise = class_of(low.unwrap_or(guess) - guess);
        let drift = class_of(older.zip(prev).map_or(0, |(older, prev)| older - prev));
        let apart = class_of(side.map_or(0, |side| side - guess));
        let tilt = class_of(prev_high.map_or(0, |high| high - guess));
        let place = (places[band] / 16) as usize % BANDS;
        let classes = past[0].map_or(0, |past| past.class) * CLASSES + class;
        let d = DIFFERENCES;
        let contexts = [
            place * 4 + known,
            rise * d + apart,
            class_of(errors[0]) * d + class_of(errors[1]),
            drift * 2 + usize::from(prev.is_some()),
            classes * 2 + usize::from(side.is_some()),
            tilt * d + rise,
            place * d + apart,
        ];
        let guess = guess.clamp(0, i32::from(LEVEL_MAX));
        let value = wanted.get(band).map_or(0, |&level| i32::from(level) - guess);
        let error = model.code(io, &contexts, &[place, known], value)?;
        let level = guess.checked_add(error).and_then(|level| u8::try_from(level).ok());
        let level = level
            .filter(|&level| level <= LEVEL_MAX)
            .ok_or(EntropyError::Malformed("level of sound out of range"))?;
        levels.push(level);
        errors = [error, errors[0]];
    }
    Ok(levels)
}
