//! The inverse cosine transform of 8x8 blocks, in the integers of libjpeg's accurate method, so that samples agree with
//! those of most readers.

use std::num::Wrapping;

type Word = Wrapping<i32>;

/// Fractional bits of the constants, and those kept between the passes.
const CONST_BITS: usize = 13;
const PASS_BITS: usize = 2;

/// One dimension: `f` are the coefficients of a row or a column; the results still have `CONST_BITS` fractional bits.
#[inline(always)]
fn pass(f: [Word; 8]) -> [Word; 8] {
    let k = |value: i32| Wrapping(value);
    let z1 = (f[2] + f[6]) * k(4433);
    let (even2, even3) = (z1 - f[6] * k(15137), z1 + f[2] * k(6270));
    let (even0, even1) = ((f[0] + f[4]) << CONST_BITS, (f[0] - f[4]) << CONST_BITS);
    let even = [even0 + even3, even1 + even2, even1 - even2, even0 - even3];

    let (z1, z2, z3, z4) = (f[7] + f[1], f[5] + f[3], f[7] + f[3], f[5] + f[1]);
    let z5 = (z3 + z4) * k(9633);
    let (z1, z2) = (z1 * k(-7373), z2 * k(-20995));
    let (z3, z4) = (z5 - z3 * k(16069), z5 - z4 * k(3196));
    let odd = [
        f[1] * k(12299) + z1 + z4,
        f[3] * k(25172) + z2 + z3,
        f[5] * k(16819) + z2 + z4,
        f[7] * k(2446) + z1 + z3,
    ];
    let mut out = [Wrapping(0); 8];
    for i in 0..4 {
        out[i] = even[i] + odd[i];
        out[7 - i] = even[i] - odd[i];
    }
    out
}

#[inline(always)]
fn descale(value: Word, bits: usize) -> Word {
    (value + Wrapping(1 << (bits - 1))) >> bits
}

#[inline(always)]
fn sample(value: Word) -> u8 {
    (value.0.saturating_add(128)).clamp(0, 255) as u8
}

/// The samples of a block, from its coefficients and the quantiser, both row by row.
pub(super) fn block(coefficients: &[i16; 64], quantiser: &[u16; 64]) -> [u8; 64] {
    let value = |at: usize| Wrapping(i32::from(coefficients[at]).wrapping_mul(i32::from(quantiser[at])));
    if coefficients[1..].iter().all(|&coefficient| coefficient == 0) {
        return [sample(descale(value(0) << PASS_BITS, PASS_BITS + 3)); 64];
    }
    let mut middle = [Wrapping(0); 64];
    for x in 0..8 {
        let column = pass(std::array::from_fn(|y| value(8 * y + x)));
        for (y, value) in column.into_iter().enumerate() {
            middle[8 * y + x] = descale(value, CONST_BITS - PASS_BITS);
        }
    }
    let mut out = [0; 64];
    for (row, out) in middle.chunks_exact(8).zip(out.chunks_exact_mut(8)) {
        let row = pass(std::array::from_fn(|x| row[x]));
        for (value, out) in row.into_iter().zip(out) {
            *out = sample(descale(value, CONST_BITS + PASS_BITS + 3));
        }
    }
    out
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn blocks_agree_with_the_definition() {
        let mut coefficients = [0i16; 64];
        (coefficients[0], coefficients[1], coefficients[9], coefficients[35]) = (30, -20, 12, 5);
        let quantiser = std::array::from_fn(|at| at as u16 + 1);
        let found = block(&coefficients, &quantiser);
        for y in 0..8 {
            for x in 0..8 {
                let mut sum = 0.0;
                for (at, &value) in coefficients.iter().enumerate() {
                    let (v, u) = (at / 8, at % 8);
                    let scale = |k: usize| if k == 0 { 0.5f64.sqrt() } else { 1.0 };
                    let wave = |k: usize, x: usize| (std::f64::consts::PI * (2 * x + 1) as f64 * k as f64 / 16.0).cos();
                    let value = f64::from(value) * (at + 1) as f64;
                    sum += scale(u) * scale(v) / 4.0 * value * wave(u, x) * wave(v, y);
                }
                let exact = (sum + 128.0).clamp(0.0, 255.0);
                assert!((f64::from(found[8 * y + x]) - exact).abs() < 0.6, "{x}, {y}");
            }
        }
        let flat = block(&std::array::from_fn(|at| if at == 0 { 8 } else { 0 }), &[4; 64]);
        assert_eq!(flat, [132; 64]);
    }
}
