//! Counters and mixers put together: what predicts one kind of bit.

use std::num::NonZeroU16;

use super::calibration::{Calibration, Place};
use super::counter::{COUNT_MAX, Counter, reciprocals};
use super::io::BitIo;
use super::logistic::{LOGIT_MAX, Logistic, RAREST};
use super::mixer::Mixer;
use crate::error::{EntropyError, Result, check_limit};

/// The most contexts that a predictor mixes.
pub const MAX_CONTEXTS: usize = 16;
/// The most counters and weights of a predictor.
const MAX_CELLS: usize = 1 << 24;
/// The input that lets a mixer lean to one side: a logit of 1.
const BIAS: i32 = 256;

/// What a predictor is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// How many values each context has, 1 to 16 contexts.
    pub contexts: Vec<usize>,
    /// How many values the selector of each mixer has, 1 to 4 mixers; their logits are averaged.
    pub selectors: Vec<usize>,
    /// How many logits come from elsewhere and are mixed with those of the contexts, at most 16.
    pub opinions: usize,
    /// Counters count to this, at most 1023: the larger, the steadier.
    pub limit: u16,
    /// Weights move by `2^-shift` of error times input, 10 to 24: the larger, the steadier.
    pub shift: u32,
    /// The context, by its index, in which the mixed probability is calibrated: the mean of it and of how often such
    /// bits were 1 is coded with. `None` codes with the mixed probability.
    pub calibrated: Option<usize>,
}

impl Shape {
    /// Contexts and selectors of these sizes, counters that count to 255, weights that move by `2^-16`.
    pub fn new(contexts: &[usize], selectors: &[usize]) -> Self {
        Self {
            contexts: contexts.to_vec(),
            selectors: selectors.to_vec(),
            opinions: 0,
            limit: 255,
            shift: 16,
            calibrated: None,
        }
    }

    /// What a mixer sees: the contexts, the opinions and the bias.
    fn inputs(&self) -> usize {
        self.contexts.len() + self.opinions + 1
    }

    fn check(&self) -> Result<()> {
        let fits = |sizes: &[usize], most: usize| (1..=most).contains(&sizes.len()) && !sizes.contains(&0);
        for (what, value, right) in [
            (
                "contexts of a predictor",
                self.contexts.len(),
                fits(&self.contexts, MAX_CONTEXTS),
            ),
            (
                "selectors of a predictor",
                self.selectors.len(),
                fits(&self.selectors, 4),
            ),
            (
                "limit of a predictor",
                self.limit.into(),
                (1..=COUNT_MAX as u16).contains(&self.limit),
            ),
            (
                "shift of a predictor",
                self.shift as usize,
                (10..=24).contains(&self.shift),
            ),
            (
                "calibrated context of a predictor",
                self.calibrated.unwrap_or(0),
                self.calibrated.is_none_or(|index| index < self.contexts.len()),
            ),
        ] {
            if !right {
                let value = value as i64;
                return Err(EntropyError::Parameter { what, value });
            }
        }
        let inputs = self.inputs();
        let sets = self.selectors.iter().fold(0usize, |sum, &n| sum.saturating_add(n));
        let counters = self.contexts.iter().fold(0usize, |sum, &n| sum.saturating_add(n));
        let cells = sets.saturating_mul(inputs).saturating_add(counters);
        check_limit("cells of a predictor", cells as u64, MAX_CELLS as u64)
    }
}

/// Predicts and learns one kind of bit.
#[derive(Debug, Clone)]
pub struct Predictor {
    pub(super) counters: Vec<Vec<Counter>>,
    pub(super) mixers: Vec<Mixer>,
    opinions: usize,
    limit: u32,
    shift: u32,
    logistic: Logistic,
    /// With the index of its context.
    calibration: Option<(usize, Calibration)>,
}

impl Predictor {
    /// A predictor that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] or [`EntropyError::Limit`] for a shape that can not be.
    pub fn new(shape: &Shape) -> Result<Self> {
        shape.check()?;
        let (inputs, logistic) = (shape.inputs(), Logistic::new());
        let calibration = |index: usize| (index, Calibration::new(shape.contexts[index], logistic));
        Ok(Self {
            opinions: shape.opinions,
            counters: shape.contexts.iter().map(|&n| vec![Counter::default(); n]).collect(),
            mixers: shape.selectors.iter().map(|&n| Mixer::new(n, inputs)).collect(),
            limit: shape.limit.into(),
            shift: shape.shift,
            logistic,
            calibration: shape.calibrated.map(calibration),
        })
    }

    /// Codes a bit in its contexts and learns from it; see [`BitIo::code`] for what is returned.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] when contexts or selectors are not those of the shape, and those of the coder.
    #[inline]
    pub fn code(&mut self, io: &mut impl BitIo, contexts: &[usize], selectors: &[usize], bit: bool) -> Result<bool> {
        self.code_with(io, contexts, selectors, &[], bit)
    }

    /// The same, with the logits of other models, 8 fractional bits, as further inputs.
    ///
    /// # Errors
    ///
    /// Those of [`Predictor::code`].
    #[inline]
    pub fn code_with(
        &mut self,
        io: &mut impl BitIo,
        contexts: &[usize],
        selectors: &[usize],
        opinions: &[i32],
        bit: bool,
    ) -> Result<bool> {
        let mut inputs = [0; 2 * MAX_CONTEXTS + 1];
        let inputs = self.inputs(contexts, opinions, &mut inputs)?;
        let mut logits = [0; 4];
        let logits = self.mix(inputs, selectors, &mut logits)?;
        let mean = logits.iter().sum::<i32>() / logits.len() as i32;
        let (one, place) = self.calibrate(contexts, mean);
        let bit = io.code(NonZeroU16::new(one as u16).unwrap_or(NonZeroU16::MIN), bit)?;
        if let (Some((_, calibration)), Some(place)) = (&mut self.calibration, place) {
            calibration.learn(place, bit);
        }
        for ((mixer, &set), &logit) in self.mixers.iter_mut().zip(selectors).zip(logits) {
            let error = (i32::from(bit) << 16) - self.logistic.squash(logit) as i32;
            mixer.learn(set, inputs, error, self.shift);
        }
        for (counters, &context) in self.counters.iter_mut().zip(contexts) {
            counters[context].learn(bit, self.limit, reciprocals());
        }
        Ok(bit)
    }

    /// The probability of a 1 in these contexts, of 65536. Nothing is coded or learned.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] when contexts, selectors or opinions are not those of the shape.
    pub fn probability(&self, contexts: &[usize], selectors: &[usize], opinions: &[i32]) -> Result<NonZeroU16> {
        let mut inputs = [0; 2 * MAX_CONTEXTS + 1];
        let inputs = self.inputs(contexts, opinions, &mut inputs)?;
        let mut logits = [0; 4];
        let logits = self.mix(inputs, selectors, &mut logits)?;
        let (one, _) = self.calibrate(contexts, logits.iter().sum::<i32>() / logits.len() as i32);
        Ok(NonZeroU16::new(one as u16).unwrap_or(NonZeroU16::MIN))
    }

    /// The probability of a 1, of 65536, that a mixed logit stands for, and where it was calibrated.
    #[inline]
    fn calibrate(&self, contexts: &[usize], logit: i32) -> (u32, Option<Place>) {
        let mixed = self.logistic.squash(logit);
        let Some((index, calibration)) = &self.calibration else {
            return (mixed, None);
        };
        let (p, place) = calibration.look_up(contexts[*index], logit);
        (((mixed + p) / 2).clamp(RAREST, 65536 - RAREST), Some(place))
    }

    /// The logit of each context's counter, less of it the less is known, the opinions and the bias.
    #[inline]
    fn inputs<'a>(
        &self,
        contexts: &[usize],
        opinions: &[i32],
        inputs: &'a mut [i32; 2 * MAX_CONTEXTS + 1],
    ) -> Result<&'a [i32]> {
        let count = self.counters.len();
        if contexts.len() != count {
            return Err(unknown("contexts of a bit", contexts.len()));
        }
        if opinions.len() != self.opinions {
            return Err(unknown("opinions of a bit", opinions.len()));
        }
        for ((input, counters), &context) in inputs.iter_mut().zip(&self.counters).zip(contexts) {
            let counter = *counters
                .get(context)
                .ok_or_else(|| unknown("context of a bit", context))?;
            let seen = i32::from(counter.count());
            *input = self.logistic.stretch(counter.p()) * seen / (seen + 1);
        }
        for (input, &logit) in inputs[count..].iter_mut().zip(opinions) {
            *input = logit.clamp(-LOGIT_MAX, LOGIT_MAX);
        }
        let last = count + opinions.len();
        inputs[last] = BIAS;
        Ok(&inputs[..=last])
    }

    /// The logit of each mixer.
    #[inline]
    fn mix<'a>(&self, inputs: &[i32], selectors: &[usize], logits: &'a mut [i32; 4]) -> Result<&'a [i32]> {
        let count = self.mixers.len();
        if selectors.len() != count {
            return Err(unknown("selectors of a bit", selectors.len()));
        }
        for ((logit, mixer), &set) in logits.iter_mut().zip(&self.mixers).zip(selectors) {
            if set >= mixer.sets() {
                return Err(unknown("selector of a bit", set));
            }
            *logit = mixer.mix(set, inputs).clamp(-LOGIT_MAX, LOGIT_MAX);
        }
        Ok(&logits[..count])
    }
}

#[cold]
fn unknown(what: &'static str, value: usize) -> EntropyError {
    let value = value as i64;
    EntropyError::Parameter { what, value }
}
