//! Finds the quality of a video that has a size: the whole video is encoded a few times.

/// Streams may be smaller by this share, and are never larger where that can be had.
pub(super) const TOLERANCE: f64 = 0.02;
/// Encodings that are spent at most.
const MOST_PASSES: usize = 6;
/// The share of the wanted size that is aimed at.
const AIM: f64 = 0.99;
/// By how much quality rises where the bits are to double, before two sizes are known.
const QUALITY_OF_DOUBLE: f64 = 12.0;
/// Where all sizes are on one side, more than the way to the aim is gone, so that the next one is on the other.
const OVERSHOOT: f64 = 1.25;
/// Least and greatest rise of quality for a doubling that two sizes are believed in.
const SLOPES: [f64; 2] = [4.0, 60.0];
/// Qualities that differ by less are one.
const STEP: f64 = 0.01;

/// Qualities that were tried, and their sizes over the wanted one, as logarithms to the base 2.
#[derive(Debug, Clone, Default)]
pub(super) struct Search(Vec<(f64, f64)>);

impl Search {
    /// Takes what a quality gave: its size over the wanted one.
    pub(super) fn found(&mut self, quality: f64, ratio: f64) {
        self.0.push((quality, ratio.max(1e-9).log2()));
    }

    /// Whether a size over the wanted one is near enough.
    pub(super) fn is_near(ratio: f64) -> bool {
        (1.0 - TOLERANCE..=1.0).contains(&ratio)
    }

    /// Whether the encoding that was found last is better than all before.
    pub(super) fn is_best(&self) -> bool {
        // Too large is worse than too small, however little.
        let cost = |&(_, size): &(f64, f64)| if size > 0.0 { 100.0 + size } else { -size };
        let last = self.0.last().map_or(f64::INFINITY, cost);
        self.0.iter().rev().skip(1).all(|tried| last < cost(tried))
    }

    /// The rise of quality for twice the bits, by the last two that were tried.
    fn slope(&self) -> f64 {
        let [.., a, b] = self.0[..] else {
            return QUALITY_OF_DOUBLE;
        };
        let slope = (b.0 - a.0) / (b.1 - a.1);
        match slope.is_finite() {
            true => slope.clamp(SLOPES[0], SLOPES[1]),
            false => QUALITY_OF_DOUBLE,
        }
    }

    /// The next quality to try; nothing where the search is over.
    pub(super) fn next(&self) -> Option<f64> {
        let near = self.0.iter().any(|(_, size)| Self::is_near(size.exp2()));
        if near || self.0.len() >= MOST_PASSES {
            return None;
        }
        let aim = AIM.log2();
        let below = self
            .0
            .iter()
            .filter(|(_, size)| *size <= aim)
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let above = self
            .0
            .iter()
            .filter(|(_, size)| *size > aim)
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let quality = match (below, above) {
            (Some(below), Some(above)) => below.0 + (aim - below.1) / (above.1 - below.1) * (above.0 - below.0),
            (Some(one), None) | (None, Some(one)) => one.0 + OVERSHOOT * self.slope() * (aim - one.1),
            (None, None) => return None,
        };
        let quality = (quality.clamp(0.0, 100.0) * 100.0).round() / 100.0;
        let is_new = self.0.iter().all(|(tried, _)| (tried - quality).abs() >= STEP / 2.0);
        is_new.then_some(quality)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_any_function_are_met_from_below() {
        for (doubling, bend, wanted) in [
            (7.0, 0.0, 900.0),
            (12.0, 0.004, 5000.0),
            (25.0, 0.01, 300.0),
            (12.0, 0.0, 80.0),
            (30.0, 0.0, 420.0),
        ] {
            let size = |quality: f64| 1000.0 * (quality / doubling - 4.0 + bend * (quality - 50.0)).exp2();
            let (mut search, mut best, mut quality) = (Search::default(), 0.0, Some(60.0));
            while let Some(tried) = quality {
                search.found(tried, size(tried) / wanted);
                if search.is_best() {
                    best = size(tried);
                }
                quality = search.next();
            }
            assert!(
                Search::is_near(best / wanted),
                "{doubling} {wanted}: {best}, {search:?}"
            );
        }
    }

    #[test]
    fn what_is_out_of_reach_ends_at_an_end() {
        let mut search = Search::default();
        search.found(60.0, 9.0);
        search.found(0.0, 3.0);
        assert!(search.is_best());
        assert_eq!(search.next(), None);
        search.found(100.0, 0.5);
        assert!(search.is_best(), "smaller than wanted is better than larger");
    }
}
