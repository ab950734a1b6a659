//! The coding of coefficients.

use std::ops::Range;

use super::history::{bucket, power};
use super::layout::{BANDS, CLASSES};
use super::number::Tail;
use super::packet::COEFFICIENT_MAX;
use super::rule::OCTAVE;
use crate::error::{EntropyError, Result};
use crate::mixing::{BitIo, Predictor, Shape};

/// Values of the context that says how far a level is over its step, in quarters of an octave.
const RATIOS: usize = 28;
/// Sizes over 2 that have a bit each.
const UNARY: usize = 12;
/// What a coefficient of 1 is in the fixed point of contexts.
const ONE: u64 = 16;
/// Energy that is expected of a coefficient that became 0, in that fixed point: about a quarter of a step.
const ENERGY_OF_ZERO: u64 = 20;

/// The context of a band before its coefficients are coded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    /// What its level stands for.
    pub amplitude: i32,
    pub step: i32,
    /// Its place among the bands of the longest block.
    pub place: usize,
    pub class: usize,
    pub channel: usize,
}

/// Amplitudes around the coefficients of a block, one for each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    /// Of the two blocks before.
    pub past: [&'a [u64]; 2],
    /// Of the other channel of this block; empty for the first channel.
    pub other: &'a [u64],
}

/// What predicts the bits of coefficients.
#[derive(Debug, Clone)]
pub(super) struct Coefficients {
    zero: Predictor,
    two: Predictor,
    three: Predictor,
    more: Predictor,
    sign: Predictor,
    tail: Tail,
}

const CONTEXTS: usize = 10;

const SIZES: [usize; CONTEXTS] = [
    RATIOS * 16,
    32 * 6,
    2 * 32 * RATIOS,
    48 * 4,
    BANDS * CLASSES * 3,
    64 * 2,
    20 * 20,
    28 * RATIOS,
    40 * 4,
    24 * 24,
];
const SETS: [usize; 3] = [RATIOS, 24, CLASSES * 4];

impl Coefficients {
    pub(super) fn new() -> Result<Self> {
        let shape = |times: usize, limit: u16| Shape {
            limit,
            shift: 14,
            ..Shape::new(&SIZES.map(|n| n * times), &SETS.map(|n| n * times))
        };
        Ok(Self {
            zero: Predictor::new(&shape(1, 400))?,
            two: Predictor::new(&shape(1, 400))?,
            three: Predictor::new(&shape(1, 400))?,
            more: Predictor::new(&shape(UNARY, 400))?,
            sign: Predictor::new(&Shape::new(&[3 * BANDS, 9, 3], &[2]))?,
            tail: Tail::new(RATIOS)?,
        })
    }

    pub(super) fn predictors(&mut self) -> Vec<&mut Predictor> {
        let tail = self.tail.predictor();
        vec![
            &mut self.zero,
            &mut self.two,
            &mut self.three,
            &mut self.more,
            &mut self.sign,
            tail,
        ]
    }

    /// Codes the coefficients of a band: `block[range]`, which encoders have filled in.
    pub(super) fn code(
        &mut self,
        io: &mut impl BitIo,
        band: Band,
        around: Around<'_>,
        signs: &[i32],
        block: &mut [i32],
        range: Range<usize>,
    ) -> Result<()> {
        let mut view = View::new(band, around, range.clone());
        for at in range {
            view.look(block, at);
            let other = signs.get(at).map_or(0, |&sign| sign.signum());
            let before = at.checked_sub(1).map_or(0, |before| block[before].signum());
            let value = self.code_one(io, &view, [other, before], block[at])?;
            block[at] = value;
            view.count(value);
        }
        Ok(())
    }

    fn code_one(&mut self, io: &mut impl BitIo, view: &View<'_>, signs: [i32; 2], value: i32) -> Result<i32> {
        let wanted = value.unsigned_abs();
        if !self.zero.code(io, &view.contexts, &view.sets, wanted > 0)? {
            return Ok(0);
        }
        let size = self.code_size(io, view, wanted)?;
        let [other, before] = signs.map(|sign| (sign + 1) as usize);
        let contexts = [other * BANDS + view.band.place, other * 3 + before, other];
        let negative = if view.band.channel == 0 {
            io.code_bits(u32::from(value < 0), 1)? == 1
        } else {
            self.sign.code(io, &contexts, &[usize::from(other != 1)], value < 0)?
        };
        let size = size as i32;
        if size > COEFFICIENT_MAX {
            return Err(EntropyError::Malformed("coefficient of sound out of range"));
        }
        Ok(if negative { -size } else { size })
    }

    fn code_size(&mut self, io: &mut impl BitIo, view: &View<'_>, wanted: u32) -> Result<u32> {
        if !self.two.code(io, &view.contexts, &view.sets, wanted > 1)? {
            return Ok(1);
        }
        if !self.three.code(io, &view.contexts, &view.sets, wanted > 2)? {
            return Ok(2);
        }
        for step in 0..UNARY {
            let contexts = view.contexts.map(|context| context * UNARY + step);
            let sets = view.sets.map(|set| set * UNARY + step);
            let size = 3 + step as u32;
            if !self.more.code(io, &contexts, &sets, wanted > size)? {
                return Ok(size);
            }
        }
        let first = 3 + UNARY as u32;
        Ok(first + self.tail.code(io, view.ratio, wanted.saturating_sub(first))?)
    }
}

/// The contexts of one coefficient after the other.
struct View<'a> {
    band: Band,
    around: Around<'a>,
    ratio: usize,
    /// Turns amplitudes into multiples of the step, in the fixed point of contexts, with 32 more bits.
    inverse: u64,
    /// The largest amplitude that this is done with.
    largest: u64,
    /// Energy of the band that is not accounted for, in the fixed point of contexts.
    energy: u64,
    /// Coefficients that it is left for.
    left: u64,
    contexts: [usize; CONTEXTS],
    sets: [usize; 3],
}

impl<'a> View<'a> {
    fn new(band: Band, around: Around<'a>, range: Range<usize>) -> Self {
        let step = power(band.step).max(1);
        let over = band.amplitude - band.step;
        let width = range.len() as u64;
        let level = (power(over.min(16 * OCTAVE)) * ONE) >> 24;
        Self {
            band,
            around,
            ratio: ((over + 2 * OCTAVE) / (OCTAVE / 4)).clamp(0, RATIOS as i32 - 1) as usize,
            inverse: (ONE << 32) / step,
            largest: step.saturating_mul(1 << 12),
            energy: level * level * width,
            left: width,
            contexts: [0; CONTEXTS],
            sets: [0; 3],
        }
    }

    /// An amplitude as a multiple of the step.
    #[inline]
    fn scaled(&self, amplitudes: &[u64], at: usize) -> u64 {
        let amplitude = amplitudes.get(at).copied().unwrap_or(0).min(self.largest);
        (amplitude * self.inverse) >> 32
    }

    /// Takes what was coded off the energy that is left.
    #[inline]
    fn count(&mut self, value: i32) {
        let size = u64::from(value.unsigned_abs()) * ONE;
        self.energy = self.energy.saturating_sub((size * size).max(ENERGY_OF_ZERO));
        self.left = self.left.saturating_sub(1).max(1);
    }

    /// The contexts of the coefficient `at`.
    #[inline]
    fn look(&mut self, block: &[i32], at: usize) {
        let low = |back: usize| at.checked_sub(back).map_or(0, |i| u64::from(block[i].unsigned_abs()));
        let [q1, q2, q3, q4] = [low(1), low(2), low(3), low(4)];
        let [past, old] = self.around.past;
        let around = |of: &[u64], far: usize| self.scaled(of, at.wrapping_sub(far)) + self.scaled(of, at + far);
        let (p0, p1, p2, p3) = (self.scaled(past, at), around(past, 1), around(past, 2), around(past, 3));
        let (s0, s1) = (self.scaled(old, at), around(old, 1));
        let other = self.around.other;
        let (o0, o1, o2) = (self.scaled(other, at), around(other, 1), around(other, 2));
        let two = (q1 + q2).min(5) as usize;
        let second = if self.band.channel == 0 {
            bucket(2 * s0 + s1, 31)
        } else {
            32 + bucket(2 * o0 + o1, 31)
        };
        let near = ONE * (2 * q1 + q2);
        let wide = ONE * (3 * q1 + 2 * q2 + q3 + q4);
        let all = (2 * wide + 4 * p0 + 3 * p1 + 2 * p2 + p3 + 2 * s0 + s1 + 2 * o0 + o1) / 8;
        let left = bucket((self.energy / self.left) >> 2, 47);
        let channel = usize::from(self.band.channel != 0);
        self.contexts = [
            self.ratio * 16 + (q1.min(3) * 4 + q2.min(3)) as usize,
            bucket((2 * p0 + p1) / 2, 31) * 6 + two,
            second * RATIOS + self.ratio,
            left * 4 + two.min(3),
            (self.band.place * CLASSES + self.band.class) * 3 + two.min(2),
            bucket(all, 63) * 2 + channel,
            bucket(p0, 19) * 20 + bucket(s0, 19),
            bucket(wide / 4, 27) * RATIOS + self.ratio,
            bucket((2 * p0 + 2 * p1 + p2 + p3) / 2, 39) * 4 + q1.min(3) as usize,
            bucket((2 * o0 + o1 + o2) / 2, 23) * 24 + bucket(near / 2, 23),
        ];
        self.sets = [
            self.ratio,
            bucket(all / 4, 23),
            self.band.class * 4 + channel * 2 + usize::from(self.around.past[0].is_empty()),
        ];
    }
}
