//! Inverse gains in integers: logarithms at anchors, interpolated, to a factor and a shift for each channel.

use super::spec::GainSpec;
use super::{between, place};
use crate::quality::Quality;
use crate::{CodecError, Result};

/// Fractional bits of logarithms.
const BITS: u32 = 16;
/// Fractional bits of factors.
const FACTOR_BITS: i32 = 14;
/// Shifts of factors.
const SHIFTS: std::ops::RangeInclusive<i32> = 1..=30;

/// `x = (y * factor + 2^(shift - 1)) >> shift`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gain {
    /// 2^14 to 2^15.
    pub factor: i32,
    /// 1 to 30.
    pub shift: u32,
}

impl Gain {
    /// 2 to the power of a logarithm with 16 fractional bits.
    pub(crate) fn of(log: i32) -> Self {
        let whole = log >> BITS;
        Self {
            factor: power((log & ((1 << BITS) - 1)) as u32),
            shift: (FACTOR_BITS - whole).clamp(*SHIFTS.start(), *SHIFTS.end()) as u32,
        }
    }

    /// A decoded latent times the gain, at most `limit`.
    #[inline(always)]
    pub(crate) fn applied(self, y: i16, limit: i16) -> i16 {
        let limit = i32::from(limit);
        let scaled = (i32::from(y) * self.factor + (1 << (self.shift - 1))) >> self.shift;
        scaled.clamp(-limit, limit) as i16
    }
}

impl GainSpec {
    /// Refuses logarithms whose factors have no shift, and a wrong number of them.
    pub(super) fn check(&self, anchors: usize, latents: usize) -> Result<()> {
        let shift = |log: &i32| FACTOR_BITS - (log >> BITS);
        let fits = self.logs.iter().all(|log| SHIFTS.contains(&shift(log)));
        if self.logs.len() != anchors * latents || !fits || self.limit < 1 {
            return Err(CodecError::Weights(
                "the gains of the synthesis are out of range".into(),
            ));
        }
        Ok(())
    }

    /// The gains of all channels at a quality; the spec was checked.
    pub(super) fn at(&self, quality: Quality, anchors: usize) -> Vec<Gain> {
        let latents = self.logs.len() / anchors;
        let (low, share) = place(quality, anchors);
        let [low, high] = [low, low + 1].map(|anchor| &self.logs[anchor * latents..(anchor + 1) * latents]);
        let pairs = low.iter().zip(high);
        pairs.map(|(low, high)| Gain::of(between(*low, *high, share))).collect()
    }
}

/// 2^(1/2), 2^(1/4), ... 2^(2^-16), with 30 fractional bits.
const ROOTS: [u64; BITS as usize] = [
    1_518_500_250,
    1_276_901_417,
    1_170_923_762,
    1_121_280_436,
    1_097_253_708,
    1_085_434_106,
    1_079_572_136,
    1_076_653_033,
    1_075_196_443,
    1_074_468_888,
    1_074_105_294,
    1_073_923_544,
    1_073_832_680,
    1_073_787_251,
    1_073_764_537,
    1_073_753_181,
];

/// 2 to the power of a fraction of 16 bits, with [`FACTOR_BITS`] fractional bits.
fn power(fraction: u32) -> i32 {
    let mut value = 1u64 << 30;
    for (bit, root) in (0..BITS).rev().zip(ROOTS) {
        if fraction >> bit & 1 == 1 {
            value = (value * root + (1 << 29)) >> 30;
        }
    }
    ((value + (1 << 15)) >> 16) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_floats() {
        for fraction in 0..1 << BITS {
            let exact = (f64::from(fraction) / 65_536.0).exp2() * 16_384.0;
            assert!((f64::from(power(fraction)) - exact).abs() < 0.51, "{fraction}");
        }
        for (bit, root) in (1..).zip(ROOTS) {
            let exact = 0.5f64.powi(bit).exp2() * f64::from(1 << 30);
            assert_eq!(root, exact.round() as u64, "root {bit}");
        }
    }

    #[test]
    fn factors_and_shifts_make_the_power() {
        for log in [-1_048_576, -70_000, -1, 0, 1, 65_535, 65_536, 300_000, 917_503] {
            let gain = Gain::of(log);
            let exact = (f64::from(log) / 65_536.0).exp2();
            let found = f64::from(gain.factor) / f64::from(gain.shift).exp2();
            assert!((found / exact - 1.0).abs() < 1e-4, "{log}: {found} for {exact}");
        }
    }

    /// The largest latents and factors stay within 32 bits, which debug builds would tell.
    #[test]
    fn no_product_overflows() {
        for y in [i16::MIN, i16::MAX] {
            for shift in SHIFTS {
                let gain = Gain {
                    factor: 1 << 15,
                    shift: shift as u32,
                };
                let exact = (i64::from(y) * (1 << 15) + (1 << (shift - 1))) >> shift;
                assert_eq!(i64::from(gain.applied(y, 32_767)), exact.clamp(-32_767, 32_767));
            }
        }
    }

    #[test]
    fn qualities_lie_between_their_anchors() {
        let spec = GainSpec {
            limit: 100,
            logs: vec![0, 65_536, 2 * 65_536, 3 * 65_536],
        };
        spec.check(2, 2).unwrap();
        let at = |quality: f32| spec.at(Quality::new(quality).unwrap(), 2);
        assert_eq!(
            at(0.0),
            [
                Gain {
                    factor: 1 << 14,
                    shift: 14
                },
                Gain {
                    factor: 1 << 14,
                    shift: 13
                }
            ]
        );
        assert_eq!(
            at(50.0)[0],
            Gain {
                factor: 1 << 14,
                shift: 13
            }
        );
        assert_eq!(
            at(100.0)[1],
            Gain {
                factor: 1 << 14,
                shift: 11
            }
        );
        assert!(spec.check(2, 3).is_err() && spec.check(3, 2).is_err());
        for wrong in [14 * 65_536, -16 * 65_536 - 1] {
            let spec = GainSpec {
                limit: 1,
                logs: vec![wrong; 2],
            };
            assert!(spec.check(2, 1).is_err());
        }
    }
}
