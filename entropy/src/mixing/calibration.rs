//! A last stage that learns what mixed probabilities are worth: for each context and each probability, how often the bit
//! was 1. It is also known as an adaptive probability map.

use super::logistic::{LOGIT_MAX, Logistic};

/// Logits between two points.
const SPACING: i32 = 176;
/// Points of a context, the ends included.
const POINTS: usize = (2 * LOGIT_MAX / SPACING) as usize + 1;
/// A point moves by `2^-RATE` of the error.
const RATE: u32 = 6;
/// The largest probability of a point.
const MOST: i32 = 65535;

/// The points of all contexts.
#[derive(Debug, Clone)]
pub(super) struct Calibration {
    points: Vec<u16>,
}

/// Where a probability was looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The nearest point.
    nearest: usize,
}

impl Calibration {
    /// `contexts` contexts, in which probabilities are worth what they are.
    pub(super) fn new(contexts: usize, logistic: Logistic) -> Self {
        let point = |i: usize| logistic.squash(i as i32 * SPACING - LOGIT_MAX).min(MOST as u32) as u16;
        let context: Vec<u16> = (0..POINTS).map(point).collect();
        Self {
            points: context.repeat(contexts),
        }
    }

    /// The probability of a 1, of 65536, for a mixed logit: between those of the points on both sides.
    #[inline]
    pub(super) fn look_up(&self, context: usize, logit: i32) -> (u32, Place) {
        let above = logit.clamp(-LOGIT_MAX, LOGIT_MAX) + LOGIT_MAX;
        let (low, part) = ((above / SPACING) as usize, (above % SPACING) as u32);
        let high = (low + 1).min(POINTS - 1);
        let nearest = if 2 * part < SPACING as u32 { low } else { high };
        let of = |point: usize| u32::from(self.points[context * POINTS + point]);
        let p = (of(low) * (SPACING as u32 - part) + of(high) * part) / SPACING as u32;
        let nearest = context * POINTS + nearest;
        (p, Place { nearest })
    }

    /// Learns the bit that was coded.
    #[inline]
    pub(super) fn learn(&mut self, place: Place, bit: bool) {
        let point = &mut self.points[place.nearest];
        let target = if bit { MOST } else { 0 };
        *point = (i32::from(*point) + ((target - i32::from(*point)) >> RATE)) as u16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_changes_at_first() {
        let logistic = Logistic::new();
        let calibration = Calibration::new(2, logistic);
        for logit in [-LOGIT_MAX, -300, 0, 1, 500, LOGIT_MAX] {
            let (p, _) = calibration.look_up(1, logit);
            let wanted = logistic.squash(logit);
            assert!(
                p.abs_diff(wanted) <= 8 + wanted.min(65536 - wanted) / 16,
                "{logit}: {p}, not {wanted}"
            );
        }
    }

    #[test]
    fn learns_what_a_context_is_worth() {
        let mut calibration = Calibration::new(2, Logistic::new());
        for turn in 0..2000 {
            let (_, place) = calibration.look_up(0, 0);
            calibration.learn(place, turn % 4 == 0);
        }
        assert!(calibration.look_up(0, 0).0.abs_diff(16384) < 2500);
        assert_eq!(calibration.look_up(1, 0).0, 1 << 15);
    }
}
