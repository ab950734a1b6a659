//! Probabilities and their logits in fixed point.
//!
//! A probability is of 65536; a logit, `ln(p / (1 - p))`, has 8 fractional bits.

use std::num::NonZeroU16;
use std::sync::LazyLock;

use crate::cost::cost as cost_of;

/// Logits lie in `-LOGIT_MAX..=LOGIT_MAX`: 11 at either end, a probability of 1/60000.
pub(super) const LOGIT_MAX: i32 = 11 << 8;
/// No probability is under this, of 65536.
pub(super) const RAREST: u32 = 4;
/// One, in the fixed point of [`exponentials`].
const ONE: u128 = 1 << 50;
/// `exp(1 / 256)` in the same: `ONE` times the sum of `256^-k / k!`.
const STEP: u128 = ONE + (ONE >> 8) + (ONE >> 16) / 2 + (ONE >> 24) / 6 + (ONE >> 32) / 24 + (ONE >> 40) / 120;

/// The probability of each logit from 0 up.
static SQUASHED: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut power = ONE;
    let mut table = Vec::with_capacity(LOGIT_MAX as usize + 1);
    for _ in 0..=LOGIT_MAX {
        // e / (1 + e), rounded.
        let half = (ONE + power) / 2;
        table.push(((power * 65536 + half) / (ONE + power)).min(65535) as u16);
        power = power * STEP / ONE;
    }
    table
});

/// The logit of each probability, by its upper 12 bits.
static STRETCHED: LazyLock<Vec<i16>> = LazyLock::new(|| {
    let upper = (0..2048u32).map(|i| {
        let middle = (32768 + 16 * i + 8) as u16;
        SQUASHED.partition_point(|&p| p < middle).min(LOGIT_MAX as usize) as i16
    });
    let upper: Vec<i16> = upper.collect();
    upper
        .iter()
        .rev()
        .map(|&logit| -logit)
        .chain(upper.iter().copied())
        .collect()
});

/// `-log2(p / 65536)` in 1/4096 bits, by the upper 12 bits of `p`.
static COSTS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let middles = (0..4096u16).filter_map(|i| NonZeroU16::new(16 * i + 8));
    middles.map(|p| cost_of(p).div_ceil(16) as u32).collect()
});

/// The tables, fetched once for many bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logistic {
    squashed: &'static [u16],
    stretched: &'static [i16],
}

impl Logistic {
    pub(super) fn new() -> Self {
        Self {
            squashed: &SQUASHED,
            stretched: &STRETCHED,
        }
    }

    /// The probability of a logit, in `RAREST..=65536 - RAREST`.
    #[inline]
    pub(super) fn squash(&self, logit: i32) -> u32 {
        let size = logit.unsigned_abs().min(LOGIT_MAX as u32) as usize;
        let p = u32::from(self.squashed[size]);
        let p = if logit < 0 { 65536 - p } else { p };
        p.clamp(RAREST, 65536 - RAREST)
    }

    /// The logit of a probability.
    #[inline]
    pub(super) fn stretch(&self, p: u16) -> i32 {
        i32::from(self.stretched[usize::from(p >> 4)])
    }
}

/// What coding a bit costs whose probability was `p` of 65536, in 1/4096 bits.
#[inline]
pub(super) fn cost(p: u16) -> u32 {
    COSTS[usize::from(p >> 4)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Checksum;

    #[test]
    fn known_values() {
        let table = Logistic::new();
        // 65536 / (1 + exp(-x)) for x = 0, 1, 2, -4, 8.
        for (x, wanted) in [(0, 32768), (1, 47911), (2, 57724), (-4, 1179), (8, 65514)] {
            let found = table.squash(x << 8);
            assert!(found.abs_diff(wanted) <= 1, "{x}: {found}, not {wanted}");
        }
        assert_eq!(table.squash(i32::MIN + 1), RAREST);
        assert_eq!(cost(1 << 15), 4096 - 1);
        assert!(cost(u16::MAX) < 2 && cost(1 << 12).abs_diff(4 * 4096) < 16);
    }

    /// Pins the costs: trained states were chosen by them.
    #[test]
    fn costs_stay_the_same() {
        let mut sum = Checksum::new();
        sum.update(&COSTS.iter().map(|&cost| cost as i16).collect::<Vec<_>>());
        assert_eq!((COSTS.iter().sum::<u32>(), sum.finish32()), (24_204_400, 3_243_164_236));
    }

    #[test]
    fn stretch_undoes_squash() {
        let table = Logistic::new();
        for logit in -8 * 256..=8 * 256 {
            let found = table.stretch(table.squash(logit) as u16);
            // Where probabilities are coarse, so are their logits.
            let slack = 3 + (logit.abs() - 4 * 256).max(0) / 4;
            assert!((found - logit).abs() <= slack, "{logit}: {found}");
        }
    }
}
