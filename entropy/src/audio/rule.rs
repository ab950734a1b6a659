//! How levels decide steps.
//!
//! All amplitudes are logarithms to base 2 in 1/256, [`OCTAVE`] to a factor of 2, of the coefficients of an orthonormal
//! transform with full scale at 1.

use super::layout::{BANDS, FRAME, bands_of};
use crate::error::{EntropyError, Result};

/// A factor of 2.
pub const OCTAVE: i32 = 256;
/// The largest level; 0 is silence.
pub const LEVEL_MAX: u8 = 100;
/// The amplitude of the (unused) level 0.
const LEVEL_BASE: i32 = -18 * OCTAVE;
/// Anchors of [`Rule::anchors`], at qualities of 0, 10, .. 100.
pub const ANCHORS: usize = 11;
/// The quality of the last anchor, in hundredths.
const QUALITY_MAX: u16 = 10_000;
/// Smallest and largest step.
const STEPS: (i32, i32) = (-20 * OCTAVE, 8 * OCTAVE);
/// The amplitude at which [`Anchor::power`] turns the line of steps.
const PIVOT: i32 = -8 * OCTAVE;

/// What depends on the quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Anchor {
    /// The step of a band whose masking is at the pivot.
    pub offset: i32,
    /// How far steps follow the masking, of 256: 0 is the same noise everywhere, 256 the same distance to it everywhere.
    pub power: i32,
    /// The first coefficient of the longest block that is not coded.
    pub bandwidth: i32,
}

/// The numbers of the rule; they are part of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// By quality; between anchors it goes straight.
    pub anchors: [Anchor; ANCHORS],
    /// Added to the step of each band.
    pub tilt: [i32; BANDS],
    /// How much the masking of a band falls from one band to the next higher and to the next lower.
    pub slopes: [i32; 2],
    /// How far under the louder channel the quieter may lie and still share its step.
    pub stereo: i32,
    /// A band whose level lies this far under its step has no coefficients, only noise.
    pub skip: i32,
    /// From one level to the next, at least 16.
    pub level: i32,
}

/// A rule at one quality.
#[derive(Debug, Clone)]
pub struct Steps {
    rule: Rule,
    at: Anchor,
}

impl Rule {
    const NUMBERS: usize = 3 * ANCHORS + BANDS + 5;

    /// The numbers in order, 32 bits each, little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let anchors = self.anchors.iter().flat_map(|a| [a.offset, a.power, a.bandwidth]);
        let others = [self.slopes[0], self.slopes[1], self.stereo, self.skip, self.level];
        let all = anchors.chain(self.tilt).chain(others);
        all.flat_map(i32::to_le_bytes).collect()
    }

    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the length is wrong or a number is out of its range.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (numbers, rest) = bytes.as_chunks::<4>();
        if numbers.len() != Self::NUMBERS || !rest.is_empty() {
            return Err(EntropyError::Malformed("rule of steps of another length"));
        }
        let mut numbers = numbers.iter().map(|&bytes| i32::from_le_bytes(bytes));
        let mut next = || numbers.next().unwrap_or_default();
        let rule = Self {
            anchors: std::array::from_fn(|_| Anchor {
                offset: next(),
                power: next(),
                bandwidth: next(),
            }),
            tilt: std::array::from_fn(|_| next()),
            slopes: [next(), next()],
            stereo: next(),
            skip: next(),
            level: next(),
        };
        rule.check().map(|()| rule)
    }

    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when a number is out of its range.
    pub fn check(&self) -> Result<()> {
        let range = -32 * OCTAVE..=32 * OCTAVE;
        let anchors = self.anchors.iter().all(|anchor| {
            range.contains(&anchor.offset)
                && (0..=256).contains(&anchor.power)
                && (1..=FRAME as i32).contains(&anchor.bandwidth)
        });
        let others = [self.slopes[0], self.slopes[1], self.stereo, self.skip, self.level];
        if anchors && self.level >= 16 && self.tilt.iter().chain(&others).all(|number| range.contains(number)) {
            return Ok(());
        }
        Err(EntropyError::Malformed("rule of steps out of range"))
    }

    /// The rule at a quality of `0..=10000`.
    pub fn at(&self, quality: u16) -> Steps {
        let place = i32::from(quality.min(QUALITY_MAX)) * (ANCHORS as i32 - 1);
        let (index, part) = (place / i32::from(QUALITY_MAX), place % i32::from(QUALITY_MAX));
        let low = self.anchors[index as usize];
        let high = self.anchors[(index as usize + 1).min(ANCHORS - 1)];
        let between = |low: i32, high: i32| low + (high - low) * part / i32::from(QUALITY_MAX);
        Steps {
            rule: self.clone(),
            at: Anchor {
                offset: between(low.offset, high.offset),
                power: between(low.power, high.power),
                bandwidth: between(low.bandwidth, high.bandwidth),
            },
        }
    }
}

impl Steps {
    /// The amplitude of a level over 0.
    #[inline]
    pub fn amplitude(&self, level: u8) -> i32 {
        LEVEL_BASE + self.rule.level * i32::from(level)
    }

    /// The level that is nearest to an amplitude; 0 when it is under all of them.
    pub fn level_of(&self, amplitude: i32) -> u8 {
        let level = (amplitude - LEVEL_BASE + self.rule.level / 2).div_euclid(self.rule.level);
        level.clamp(0, i32::from(LEVEL_MAX)) as u8
    }

    /// How many bands of a class are coded.
    pub fn bands(&self, class: usize) -> usize {
        bands_of(class).below(class, self.at.bandwidth as usize)
    }

    /// Whether a band has coefficients: it is not far under its step.
    #[inline]
    pub fn is_coded(&self, level: u8, step: i32) -> bool {
        level > 0 && self.amplitude(level) + self.rule.skip >= step
    }

    /// The steps of the coded bands of a block, of each channel, from the levels of all channels.
    pub fn of_block(&self, class: usize, levels: &[&[u8]]) -> Vec<Vec<i32>> {
        let louder = |band: usize| {
            levels
                .iter()
                .filter_map(|own| own.get(band))
                .max()
                .copied()
                .unwrap_or(0)
        };
        let shared = |own: &[u8]| -> Vec<i32> {
            let levels = own.iter().enumerate().map(|(band, &level)| {
                let floor = self.amplitude(louder(band)) - self.rule.stereo;
                self.amplitude(level).max(floor)
            });
            levels.collect()
        };
        levels.iter().map(|own| self.of_channel(class, shared(own))).collect()
    }

    /// Steps from the amplitudes of bands.
    fn of_channel(&self, class: usize, mut masking: Vec<i32>) -> Vec<i32> {
        let places = &bands_of(class).places;
        let fall = |low: usize, slope: i32| slope * (places[low + 1] - places[low]) / 16;
        for band in 1..masking.len() {
            let spread = masking[band - 1] - fall(band - 1, self.rule.slopes[0]);
            masking[band] = masking[band].max(spread);
        }
        for band in (1..masking.len()).rev() {
            let spread = masking[band] - fall(band - 1, self.rule.slopes[1]);
            masking[band - 1] = masking[band - 1].max(spread);
        }
        let step = |(band, masking): (usize, i32)| {
            let tilt = self.rule.tilt[(places[band] / 16) as usize % BANDS];
            let step = self.at.offset + tilt + (self.at.power * (masking - PIVOT)) / 256;
            step.clamp(STEPS.0, STEPS.1)
        };
        masking.into_iter().enumerate().map(step).collect()
    }
}
