//! What was coded before, as contexts see it.

use super::layout::{CLASSES, FRAME};
use super::rule::OCTAVE;

/// Amplitudes have this many fractional bits at the logarithm 0.
const FRACTION: i32 = 24;

/// `2^(log / OCTAVE)` with 24 fractional bits, cut to 63 bits.
pub(super) fn power(log: i32) -> u64 {
    let (whole, part) = (log.div_euclid(OCTAVE) + FRACTION, log.rem_euclid(OCTAVE) as usize);
    // 31 fractional bits in the table.
    let mantissa = u64::from(POWERS[part]);
    match whole - 31 {
        shift @ 0..=31 => mantissa << shift,
        shift if shift > 31 => mantissa << 31,
        shift => mantissa.checked_shr(shift.unsigned_abs()).unwrap_or(0),
    }
}

/// `2^(i / 256)` with 31 fractional bits, by multiplication: `2^(1/256)` is 1.002711275050202485...
static POWERS: [u32; OCTAVE as usize] = {
    let mut table = [0; OCTAVE as usize];
    // 60 fractional bits.
    let step: u128 = 1_156_047_391_917_129_430;
    let mut value: u128 = 1 << 60;
    let mut i = 0;
    while i < table.len() {
        table[i] = ((value + (1 << 28)) >> 29) as u32;
        value = (value * step) >> 60;
        i += 1;
    }
    table
};

/// Amplitudes of the coefficients of a block.
#[derive(Debug, Clone)]
pub(super) struct Amplitudes {
    /// The class of the block.
    pub class: usize,
    /// Absolute values, with 24 fractional bits; 0 where nothing is coded.
    pub values: Vec<u64>,
}

impl Amplitudes {
    pub(super) fn none() -> Self {
        Self {
            class: 0,
            values: vec![0; FRAME],
        }
    }

    /// The same sound as a block of another class would show it.
    pub(super) fn seen_by(&self, class: usize) -> Self {
        let values = &self.values;
        let values = match (class.min(CLASSES - 1), self.class) {
            (class, own) if class > own => values.chunks(1 << (class - own)).map(root_mean).collect(),
            (class, own) => values
                .iter()
                .flat_map(|&value| std::iter::repeat_n(value, 1 << (own - class)))
                .collect(),
        };
        Self { class, values }
    }
}

/// Between the mean and the largest.
fn root_mean(values: &[u64]) -> u64 {
    let sum: u64 = values.iter().map(|&value| value >> 5).sum();
    let largest = values.iter().copied().max().unwrap_or(0);
    ((sum / values.len() as u64) << 4) + largest / 2
}

/// A logarithm of small resolution: 0, 1, 2, 3 for themselves, then four to an octave, at most `max`.
#[inline]
pub(super) fn bucket(value: u64, max: usize) -> usize {
    let bucket = if value < 4 {
        value as usize
    } else {
        let octave = value.ilog2();
        4 * (octave as usize - 1) + ((value >> (octave - 2)) & 3) as usize
    };
    bucket.min(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_buckets() {
        assert_eq!(power(0), 1 << 24);
        assert_eq!(power(-3 * OCTAVE), 1 << 21);
        // The square root of 2 with 24 fractional bits.
        assert!(power(OCTAVE / 2).abs_diff(23_726_566) < 2);
        assert_eq!(power(-1000 * OCTAVE), 0);
        assert!(power(1000 * OCTAVE) > 1 << 61);
        let found: Vec<usize> = [0, 1, 3, 4, 5, 7, 8, 10, 16, 1 << 40].map(|v| bucket(v, 99)).to_vec();
        assert_eq!(found, [0, 1, 3, 4, 5, 7, 8, 9, 12, 99]);
    }
}
