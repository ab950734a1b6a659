//! In which steps the elements of the latents are coded.

use std::ops::Range;

/// How the elements are divided into steps; those decoded before help to predict those of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Context {
    /// Two steps: each has one half of the channels at a position, and the other half at its neighbours, as on a checkerboard.
    #[default]
    Two,
    /// Four steps: each of the two has two parts. A step has one quarter of the channels at a position, and each of the others at
    /// one of the other three of a square of four.
    Four,
}

/// A step of a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    context: Context,
    index: usize,
}

impl Context {
    /// How many steps there are, and into how many groups the channels are divided.
    pub fn count(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// The steps in coding order.
    pub fn steps(self) -> impl Iterator<Item = Step> {
        (0..self.count()).map(move |index| Step { context: self, index })
    }
}

impl Step {
    /// What it is a step of.
    pub fn context(self) -> Context {
        self.context
    }

    /// Whether nothing is known before it.
    pub fn is_first(self) -> bool {
        self.index == 0
    }

    /// Which group of the channels the step has at row `i` and column `j`.
    #[inline(always)]
    pub fn group(self, i: usize, j: usize) -> usize {
        let odd = (i + j) % 2;
        let first = match self.context {
            Context::Two => odd,
            Context::Four => 2 * odd + i % 2,
        };
        first ^ self.index
    }

    /// The channels that the step has at row `i` and column `j`, of `channels`.
    #[inline(always)]
    pub fn channels(self, i: usize, j: usize, channels: usize) -> Range<usize> {
        part(self.context, self.group(i, j), channels)
    }

    /// The elements of the step in coding order: their places among `height * width * channels`.
    pub fn elements(self, [height, width, channels]: [usize; 3]) -> impl Iterator<Item = usize> {
        (0..height * width).flat_map(move |position| {
            let own = self.channels(position / width, position % width, channels);
            own.map(move |channel| position * channels + channel)
        })
    }
}

/// For each group of channels the outputs of a network that are its means, then its log-scales.
pub(super) fn outputs(context: Context, channels: usize) -> Vec<Vec<usize>> {
    let outputs = |group| {
        let own = part(context, group, channels);
        own.clone().chain(own.map(|channel| channels + channel)).collect()
    };
    (0..context.count()).map(outputs).collect()
}

/// The channels of a group.
#[inline(always)]
fn part(context: Context, group: usize, channels: usize) -> Range<usize> {
    let groups = context.count();
    group * channels / groups..(group + 1) * channels / groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_of_one_step() {
        for context in [Context::Two, Context::Four] {
            for size in [[1, 1, 2], [3, 5, 4], [4, 4, 7]] {
                let mut all: Vec<usize> = context.steps().flat_map(|step| step.elements(size)).collect();
                all.sort_unstable();
                assert!(all.into_iter().eq(0..size.iter().product()), "{context:?}, {size:?}");
            }
        }
    }

    #[test]
    fn four_steps_are_parts_of_two() {
        let size = [4, 6, 8];
        let sorted = |steps: &[Step]| {
            let mut all: Vec<usize> = steps.iter().flat_map(|step| step.elements(size)).collect();
            all.sort_unstable();
            all
        };
        let (two, four): (Vec<Step>, Vec<Step>) = (Context::Two.steps().collect(), Context::Four.steps().collect());
        assert_eq!(sorted(&two[..1]), sorted(&four[..2]));
        assert_eq!(sorted(&two[1..]), sorted(&four[2..]));
    }
}
