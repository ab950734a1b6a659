//! Numbers as bits that are mixed.

use crate::error::{EntropyError, Result};
use crate::mixing::{BitIo, Predictor, Shape};

/// Sizes that have a bit each; from the last on the rest is an Exp-Golomb code.
const UNARY: usize = 12;
/// Longest Exp-Golomb code: numbers are under 2^20.
const LONGEST: usize = 20;

/// A predictor whose first context also counts the bits of a number.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    zero: Predictor,
    sign: Predictor,
    more: Predictor,
    tail: Tail,
}

impl Numbers {
    /// Numbers with these contexts.
    pub(super) fn new(shape: &Shape) -> Result<Self> {
        let more = Shape {
            contexts: shape.contexts.iter().map(|n| n * UNARY).collect(),
            selectors: shape.selectors.iter().map(|n| n * UNARY).collect(),
            ..*shape
        };
        Ok(Self {
            zero: Predictor::new(shape)?,
            sign: Predictor::new(shape)?,
            more: Predictor::new(&more)?,
            tail: Tail::new(1)?,
        })
    }

    /// Codes a number: whether it is 0, its sign, and its size one bit after the other.
    pub(super) fn code(&mut self, io: &mut impl BitIo, contexts: &[usize], sets: &[usize], value: i32) -> Result<i32> {
        if !self.zero.code(io, contexts, sets, value != 0)? {
            return Ok(0);
        }
        let negative = self.sign.code(io, contexts, sets, value < 0)?;
        let wanted = value.unsigned_abs();
        let mut size = 1;
        let (mut inner, mut chosen) = ([0; 16], [0; 4]);
        while size < UNARY as u32 {
            let step = size as usize;
            let spread = |all: &[usize], out: &mut [usize]| {
                out.iter_mut()
                    .zip(all)
                    .for_each(|(out, &context)| *out = context * UNARY + step);
            };
            spread(contexts, &mut inner);
            spread(sets, &mut chosen);
            if !self
                .more
                .code(io, &inner[..contexts.len()], &chosen[..sets.len()], wanted > size)?
            {
                break;
            }
            size += 1;
        }
        if size == UNARY as u32 {
            size += self.tail.code(io, 0, wanted.saturating_sub(size))?;
        }
        let size = size as i32;
        Ok(if negative { -size } else { size })
    }

    pub(super) fn predictors(&mut self) -> Vec<&mut Predictor> {
        vec![&mut self.zero, &mut self.sign, &mut self.more, &mut self.tail.0]
    }
}

/// Large numbers: Exp-Golomb, its first bits learned.
#[derive(Debug, Clone)]
pub(super) struct Tail(Predictor);

impl Tail {
    /// Numbers with a context of `contexts` values.
    pub(super) fn new(contexts: usize) -> Result<Self> {
        let shape = Shape::new(&[2 * (LONGEST + 1), contexts * 2 * (LONGEST + 1)], &[1]);
        Predictor::new(&shape).map(Self)
    }

    pub(super) fn predictor(&mut self) -> &mut Predictor {
        &mut self.0
    }

    /// Codes a number of at most 2^20 - 2; `wanted` beyond is cut to that.
    pub(super) fn code(&mut self, io: &mut impl BitIo, context: usize, wanted: u32) -> Result<u32> {
        let code = wanted.min((1 << LONGEST) - 2) + 1;
        let length = code.ilog2() as usize;
        let mut bit = |io: &mut _, place: usize, bit: bool| {
            let place = place.min(2 * LONGEST + 1);
            self.0
                .code(io, &[place, context * 2 * (LONGEST + 1) + place], &[0], bit)
        };
        let mut n = 0;
        while bit(io, n, length > n)? {
            n += 1;
            if n >= LONGEST {
                return Err(EntropyError::Malformed("number in sound too long"));
            }
        }
        let Some(rest) = n.checked_sub(1) else {
            return Ok(0);
        };
        let high = bit(io, LONGEST + 1 + n, (code >> rest) & 1 == 1)?;
        let low = io.code_bits(code & ((1 << rest) - 1), rest as u32)?;
        Ok(((1 << n) | (u32::from(high) << rest) | low) - 1)
    }
}
