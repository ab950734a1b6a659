//! What blends miss on the average after the same neighbourhood.

/// The counts of a context are halved here, so that it follows the image.
const COUNT_MAX: i32 = 255;
/// Misses that a context without any has.
const START: i32 = 4;
/// Misses are cut to this, in sixteenths.
const MISS_MAX: i32 = 2048;
/// How many neighbourhoods are looked at for each sample.
pub(super) const VIEWS: usize = 3;

/// Sum and number of misses.
#[derive(Debug, Clone, Copy, Default)]
struct Misses {
    sum: i32,
    count: i32,
}

/// The misses of all contexts.
#[derive(Debug)]
pub(super) struct Bias {
    views: [Vec<Misses>; VIEWS],
}

impl Bias {
    /// `sizes` are the numbers of contexts.
    pub(super) fn new(sizes: [usize; VIEWS]) -> Self {
        Self {
            views: sizes.map(|size| vec![Misses::default(); size]),
        }
    }

    /// What to add to a blend, in sixteenths.
    #[inline(always)]
    pub(super) fn of(&self, contexts: [usize; VIEWS]) -> i32 {
        let views = self.views.iter().zip(contexts);
        let means = views.map(|(view, context)| view[context].sum / (view[context].count + START));
        means.sum::<i32>() / VIEWS as i32
    }

    /// Learns what the blend missed by before it was corrected, in sixteenths.
    #[inline(always)]
    pub(super) fn learn(&mut self, contexts: [usize; VIEWS], miss: i32) {
        for (view, context) in self.views.iter_mut().zip(contexts) {
            let misses = &mut view[context];
            misses.sum += miss.clamp(-MISS_MAX, MISS_MAX);
            misses.count += 1;
            if misses.count >= COUNT_MAX {
                misses.sum /= 2;
                misses.count /= 2;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_of_a_context_are_undone_there_only() {
        let mut bias = Bias::new([4; VIEWS]);
        (0..3000).for_each(|_| bias.learn([1; VIEWS], 40));
        assert!((bias.of([1; VIEWS]) - 40).abs() <= 1, "{}", bias.of([1; VIEWS]));
        assert_eq!(bias.of([2; VIEWS]), 0);
    }
}
