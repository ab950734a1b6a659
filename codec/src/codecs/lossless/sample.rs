//! The coding of one sample: a few yes-or-no questions, each answered by contexts and by the densities of predictions.

use lmc_entropy::Result;
use lmc_entropy::mixing::{BitIo, Predictor, Shape};

use super::density::Density;
use super::matching::{Match, TRUSTS};
use super::method::Method;

/// Borders of the buckets of the distance to the guess, in units of [`Situation::width`].
const BORDERS: [i32; 14] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
/// Questions inside of a bucket that are told apart.
const DEPTHS: usize = 12;
/// Questions: which side of the guess, beyond which border on either side, which half of a bucket.
const NODES: usize = 1 + 2 * BORDERS.len() + 2 * DEPTHS;
/// Levels of the usual error.
pub(super) const LEVELS: usize = 64;
/// How many values each context of a situation has.
pub(super) const CONTEXTS: [usize; 10] = [LEVELS, 256, 81, 81, 81, 64, 256, 729, 11_664, 1024];
/// Matches are asked for further contexts: what they expect at each level of trust, or nothing.
const MATCHED: usize = 2 * TRUSTS + 1;
/// The contexts of a question.
const ASKED: usize = CONTEXTS.len() + 2;
/// The most densities that are asked.
pub(super) const DENSITIES: usize = 6;
/// The context in which probabilities are calibrated.
const CALIBRATED: usize = 2;

/// The context of a sample before it is coded.
#[derive(Debug)]
pub(super) struct Situation {
    /// The best guess.
    pub(super) guess: i32,
    /// Buckets are units of `2^width`.
    pub(super) width: u32,
    /// Each within its size in [`CONTEXTS`]; the first is the level of the usual error. [`Method::Plain`] has the first
    /// seven alone, and the first five densities.
    pub(super) contexts: [usize; CONTEXTS.len()],
    pub(super) densities: [Density; DENSITIES],
    /// What came after the very same neighbours.
    pub(super) matches: [Option<Match>; 2],
}

/// The models of all questions.
#[derive(Debug)]
pub(super) struct SampleModel {
    predictor: Predictor,
    contexts: usize,
    mixers: usize,
    densities: usize,
    end: i32,
}

impl SampleModel {
    /// For samples of `0..=max`.
    pub(super) fn new(max: i32, method: Method) -> Result<Self> {
        let (contexts, densities, calibrated) = match method {
            Method::Plain => (7, 5, None),
            Method::Recursive => (ASKED, DENSITIES, Some(CALIBRATED)),
        };
        let mut sizes = [MATCHED * NODES; ASKED];
        for (size, context) in sizes.iter_mut().zip(CONTEXTS) {
            *size = context * NODES;
        }
        let selectors = [NODES, LEVELS, MATCHED * MATCHED];
        let mixers = if method == Method::Plain { 2 } else { 3 };
        let shape = Shape {
            opinions: densities,
            calibrated,
            limit: 400,
            shift: 15,
            ..Shape::new(&sizes[..contexts], &selectors[..mixers])
        };
        Ok(Self {
            predictor: Predictor::new(&shape)?,
            contexts,
            mixers,
            densities,
            end: max + 1,
        })
    }

    /// Codes a sample: narrows down the interval that it lies in until one is left.
    #[inline(always)]
    pub(super) fn code(&mut self, io: &mut impl BitIo, situation: &Situation, sample: i32) -> Result<i32> {
        let guess = situation.guess;
        let mut search = Search {
            situation,
            start: 0,
            end: self.end,
            sample,
        };
        let up = guess <= 0 || self.ask(io, &mut search, 0, guess)?;
        for (i, border) in BORDERS.into_iter().enumerate() {
            let distance = border << situation.width;
            let middle = if up { guess + distance } else { guess - distance };
            if middle <= search.start || middle >= search.end {
                break;
            }
            // Found on the near side of the border.
            if self.ask(io, &mut search, 1 + 2 * i + usize::from(up), middle)? != up {
                break;
            }
        }
        let mut node = 1 + 2 * BORDERS.len() + usize::from(up);
        while search.end - search.start > 1 {
            let middle = (search.start + search.end) >> 1;
            self.ask(io, &mut search, node, middle)?;
            node = (node + 2).min(NODES - 2 + usize::from(up));
        }
        Ok(search.start)
    }

    /// Whether the sample is at least `middle`.
    #[inline(always)]
    fn ask(&mut self, io: &mut impl BitIo, search: &mut Search<'_>, node: usize, middle: i32) -> Result<bool> {
        let situation = search.situation;
        let mut opinions = [0; DENSITIES];
        for (opinion, density) in opinions.iter_mut().zip(&situation.densities[..self.densities]) {
            *opinion = density.opinion(search.start, middle, search.end);
        }
        let [many, few] = situation.matches.map(|found| search.expectation(found, middle));
        let mut contexts = [node; ASKED];
        let values = situation.contexts.into_iter().chain([many, few]);
        for (context, value) in contexts.iter_mut().zip(values) {
            *context += value * NODES;
        }
        let selectors = [node, situation.contexts[0], many * MATCHED + few];
        let bit = search.sample >= middle;
        let (contexts, selectors) = (&contexts[..self.contexts], &selectors[..self.mixers]);
        let opinions = &opinions[..self.densities];
        let bit = self.predictor.code_with(io, contexts, selectors, opinions, bit)?;
        if bit {
            search.start = middle;
        } else {
            search.end = middle;
        }
        Ok(bit)
    }
}

/// The interval that a sample lies in, as far as it is known.
struct Search<'a> {
    situation: &'a Situation,
    start: i32,
    end: i32,
    /// The sample, where it is known.
    sample: i32,
}

impl Search<'_> {
    /// What a match expects of the question whether the sample is at least `middle`, under [`MATCHED`]; 0 for nothing.
    #[inline(always)]
    fn expectation(&self, found: Option<Match>, middle: i32) -> usize {
        match found {
            Some(Match { sample, trust }) if (self.start..self.end).contains(&sample) => {
                1 + 2 * trust + usize::from(sample >= middle)
            }
            _ => 0,
        }
    }
}
