//! What a prediction and its usual error say of where a sample lies: a logistic distribution, in integers.

use std::sync::LazyLock;

/// Fractional bits of the argument of the distribution.
const STEP_BITS: u32 = 6;
/// The argument ends here: `exp(-20)` of 2^32 is 8.
const END: usize = 20 << STEP_BITS;
/// One, in the fixed point of the powers.
const ONE: u128 = 1 << 50;
/// `exp(1 / 64)` in the same: the sum of `64^-k / k!`.
const STEP: u128 = ONE + (ONE >> 6) + (ONE >> 12) / 2 + (ONE >> 18) / 6 + (ONE >> 24) / 24 + (ONE >> 30) / 120;
/// Upper bits of a mantissa that its logarithm is looked up with.
const MANTISSA_BITS: u32 = 10;
/// `65536 * ln(2)`.
const LN2: i32 = 45426;

/// The tables of the distribution.
#[derive(Debug)]
struct Tables {
    /// `2^32 / (1 + exp(t))` for `t` from 0 to 20.
    tail: Vec<u32>,
    /// `65536 * ln(1 + i / 1024)`.
    logs: Vec<i32>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    tail: tail(),
    logs: (0..1 << MANTISSA_BITS).map(log_of_mantissa).collect(),
});

fn tail() -> Vec<u32> {
    let mut power = ONE;
    let next = || {
        let share = (ONE << 32) / (ONE + power);
        // The product with all of `STEP` would not fit 128 bits near the end.
        power += power * (STEP - ONE) / ONE;
        share as u32
    };
    std::iter::repeat_with(next).take(END + 1).collect()
}

/// The logarithm by squaring: each doubling of the square past 2 is one bit of that to base 2.
fn log_of_mantissa(i: u64) -> i32 {
    let mut mantissa = ((1 << MANTISSA_BITS) + i) << (31 - MANTISSA_BITS);
    let mut log = 0i64;
    for _ in 0..16 {
        mantissa = (mantissa * mantissa) >> 31;
        log <<= 1;
        if mantissa >> 32 != 0 {
            mantissa >>= 1;
            log |= 1;
        }
    }
    ((log * i64::from(LN2)) >> 16) as i32
}

/// A logistic distribution around a prediction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Density {
    /// The prediction, in sixteenths of a sample step.
    centre: i32,
    /// Steps of the argument for a distance of a sixteenth, 16 fractional bits.
    slope: i64,
    tables: &'static Tables,
}

impl Density {
    /// Around `centre`, with `error` as the mean distance from it; both in sixteenths.
    #[inline]
    pub(super) fn new(centre: i32, error: i32) -> Self {
        // The mean distance of a logistic distribution is 2 ln 2 = 1420 / 1024 times its scale.
        let unit = ((1i64 << STEP_BITS) << 16) * 1420 / 1024;
        Self {
            centre,
            slope: unit / i64::from(error.max(1)),
            tables: &TABLES,
        }
    }

    /// The logit, 8 fractional bits, of lying in `middle..end` for a sample of `start..end`.
    #[inline]
    pub(super) fn opinion(&self, start: i32, middle: i32, end: i32) -> i32 {
        let [a, m, b] = [start, middle, end].map(|border| self.argument(border));
        let [a, m, b] = [a, m, b].map(|t| self.beyond(t));
        let (below, above) = (a - m, m - b);
        (self.log(above) - self.log(below)) >> 8
    }

    /// The argument at the border between `sample - 1` and `sample`.
    #[inline]
    fn argument(&self, sample: i32) -> i32 {
        let distance = i64::from(16 * sample - 8 - self.centre);
        ((distance * self.slope) >> 16).clamp(-(END as i64), END as i64) as i32
    }

    /// The share beyond the argument `t`, of 2^32.
    #[inline]
    fn beyond(&self, t: i32) -> i64 {
        let share = i64::from(self.tables.tail[t.unsigned_abs() as usize]);
        if t < 0 { (1 << 32) - share } else { share }
    }

    /// `65536 * ln(share + 1)`.
    #[inline]
    fn log(&self, share: i64) -> i32 {
        let value = share.max(0) as u64 + 1;
        let whole = value.ilog2();
        let mantissa = ((value << (63 - whole)) >> (63 - MANTISSA_BITS)) as usize;
        whole as i32 * LN2 + self.tables.logs[mantissa & ((1 << MANTISSA_BITS) - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fall_to_the_end_of_the_argument() {
        assert!(TABLES.tail.is_sorted_by(|a, b| a >= b));
        assert_eq!((TABLES.tail[0], TABLES.tail[END]), (1 << 31, 8));
    }

    #[test]
    fn opinions_are_those_of_the_distribution() {
        // Scale 1 around 100: the mean distance is 1.386 sample steps.
        let density = Density::new(16 * 100, 22);
        // ln of F(100.5) - F(99.5) over F(99.5) - F(-0.504), and of the two halves around the centre.
        for (start, middle, end, wanted) in [
            (0, 100, 101, -0.423),
            (0, 101, 201, -0.504),
            (100, 101, 102, -0.231),
            (0, 110, 256, -9.576),
            (110, 112, 120, -1.873),
        ] {
            let found = f64::from(density.opinion(start, middle, end)) / 256.0;
            assert!(
                (found - wanted).abs() < 0.03,
                "{start} {middle} {end}: {found}, not {wanted}"
            );
        }
    }
}
