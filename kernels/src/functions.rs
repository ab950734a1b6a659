//! Elementary functions from additions, multiplications and choices alone: the same bits on every machine, where the
//! libraries of systems differ in the last one. Nothing branches, so that loops over them become vectors.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, LN_2, LOG2_E};

/// Added to a number below 2^51, leaves it rounded to a whole one, in the lowest bits.
const ROUNDING: f64 = 1.5 * (1u64 << 52) as f64;
/// The first 21 bits of a quarter turn: products with whole numbers below 2^32 are exact.
const QUARTER: f64 = f64::from_bits(FRAC_PI_2.to_bits() >> 32 << 32);
/// The rest of it, with what `FRAC_PI_2` lacks.
const QUARTER_REST: f64 = FRAC_PI_2 - QUARTER + 6.123_233_995_736_766e-17;
/// Angles from here on count as 0.
const ANGLE_MAX: f64 = (1u64 << 31) as f64;

/// Terms of the series.
const TERMS: usize = 18;
/// `1 / n!`
const INVERSE_FACTORIALS: [f64; TERMS] = {
    let (mut values, mut n) = ([1.0; TERMS], 1);
    while n < TERMS {
        values[n] = values[n - 1] / n as f64;
        n += 1;
    }
    values
};

/// 2 to the power of `x`, which is taken into -1022..=1023; within about 1 in 10^15.
///
/// ```
/// use lmc_kernels::functions::exp2;
///
/// assert_eq!((exp2(0.0), exp2(-3.0), exp2(10.0)), (1.0, 0.125, 1024.0));
/// assert!((exp2(0.5) - 2f64.sqrt()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn exp2(x: f64) -> f64 {
    let x = x.clamp(-1022.0, 1023.0);
    let whole = x + ROUNDING;
    let rest = (x - (whole - ROUNDING)) * LN_2;
    let mut sum = INVERSE_FACTORIALS[13];
    for n in (0..13).rev() {
        sum = sum * rest + INVERSE_FACTORIALS[n];
    }
    // The lowest bits of the whole part go where exponents lie.
    sum * f64::from_bits((whole.to_bits() << 52).wrapping_add(1f64.to_bits()))
}

/// e to the power of `x`; within about 1 in 10^13.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    exp2(x * LOG2_E)
}

/// Sine and cosine; within about 1e-15 for angles of some turns. Beyond 2^31 in magnitude, angles count as 0.
///
/// ```
/// use lmc_kernels::functions::sin_cos;
///
/// let (sine, cosine) = sin_cos(std::f64::consts::PI / 6.0);
/// assert!((sine - 0.5).abs() < 1e-15 && (cosine - 0.75f64.sqrt()).abs() < 1e-15);
/// assert_eq!(sin_cos(0.0), (0.0, 1.0));
/// ```
#[inline(always)]
pub fn sin_cos(x: f64) -> (f64, f64) {
    let x = if x.abs() < ANGLE_MAX { x } else { 0.0 };
    let whole = x * FRAC_2_PI + ROUNDING;
    let quarters = whole - ROUNDING;
    let rest = x - quarters * QUARTER - quarters * QUARTER_REST;
    let square = -rest * rest;
    let (mut sine, mut cosine) = (INVERSE_FACTORIALS[17], INVERSE_FACTORIALS[16]);
    for n in (0..8).rev() {
        sine = sine * square + INVERSE_FACTORIALS[2 * n + 1];
        cosine = cosine * square + INVERSE_FACTORIALS[2 * n];
    }
    sine *= rest;
    let quarter = whole.to_bits();
    let (a, b) = if quarter & 1 == 0 {
        (sine, cosine)
    } else {
        (cosine, sine)
    };
    (negated(a, quarter), negated(b, quarter.wrapping_add(1)))
}

/// The number with its sign changed where bit 1 of `quarter` is set.
#[inline(always)]
fn negated(x: f64, quarter: u64) -> f64 {
    f64::from_bits(x.to_bits() ^ (quarter >> 1 << 63))
}

/// As [`exp`], rounded to 32 bits.
#[inline(always)]
pub fn exp_f32(x: f32) -> f32 {
    exp(f64::from(x)) as f32
}

/// As [`sin_cos`], rounded to 32 bits.
#[inline(always)]
pub fn sin_cos_f32(x: f32) -> (f32, f32) {
    let (sine, cosine) = sin_cos(f64::from(x));
    (sine as f32, cosine as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Isa;

    /// Numbers from `-most` to `most`, many of them near 0.
    fn numbers(most: f64) -> impl Iterator<Item = f64> {
        (-5000..=5000).map(move |n| (f64::from(n) / 5000.0).powi(3) * most)
    }

    #[test]
    fn powers_are_those_of_the_library() {
        for x in numbers(1000.0) {
            assert!((exp2(x) / x.exp2() - 1.0).abs() < 2e-15, "{x}");
            let x = 0.7 * x;
            assert!((exp(x) / x.exp() - 1.0).abs() < 2e-13, "{x}");
            let x = (0.1 * x) as f32;
            assert!((exp_f32(x) / x.exp() - 1.0).abs() < 2.5e-7, "{x}");
        }
        assert_eq!((exp2(-1e300), exp2(1e300)), (f64::MIN_POSITIVE, 2f64.powi(1023)));
        assert_eq!(
            (exp_f32(f32::NEG_INFINITY), exp_f32(f32::INFINITY)),
            (0.0, f32::INFINITY)
        );
        assert!(exp2(f64::NAN).is_nan());
    }

    #[test]
    fn sines_and_cosines_are_those_of_the_library() {
        for (most, allowed) in [(7.0, 3e-16), (1000.0, 1e-15), (2e9, 1e-12)] {
            for x in numbers(most) {
                let (found, wanted) = (sin_cos(x), x.sin_cos());
                let apart = (found.0 - wanted.0).abs().max((found.1 - wanted.1).abs());
                assert!(apart < allowed, "{x}: {found:?}, not {wanted:?}");
            }
        }
        for x in [1e10, -1e300, f64::INFINITY, f64::NAN] {
            assert_eq!(sin_cos(x), (0.0, 1.0), "{x}");
        }
    }

    /// These values are part of what a decoder promises: they hold on every machine.
    #[test]
    fn bits_are_the_same_everywhere() {
        let mut hash = 0u64;
        let mut add = |bits: u64| hash = (hash.rotate_left(5) ^ bits).wrapping_mul(0x517c_c1b7_2722_0a95);
        for x in numbers(300.0) {
            let (sine, cosine) = sin_cos(x);
            [exp2(x), exp(x), sine, cosine]
                .map(f64::to_bits)
                .into_iter()
                .for_each(&mut add);
        }
        assert_eq!(hash, 0xcaaf_4f94_9bdb_a9b0);
    }

    #[test]
    fn all_instructions_give_the_same_bits() {
        let x: Vec<f64> = numbers(300.0).collect();
        let all = |isa: Isa| {
            let mut out = vec![[0; 3]; x.len()];
            isa.run(
                #[inline(always)]
                || {
                    for (out, x) in out.iter_mut().zip(&x) {
                        let (sine, cosine) = sin_cos(*x);
                        *out = [exp(*x), sine, cosine].map(f64::to_bits);
                    }
                },
            );
            out
        };
        let wanted = all(Isa::Portable);
        for isa in Isa::available() {
            assert!(all(isa) == wanted, "{isa:?}");
        }
    }
}
