//! Functions that compilers turn into vector code: no tables, no branches.

/// `2^x`, to about 3 parts in 10^6, for `x` of -126 to 126; others are moved into that range.
#[inline(always)]
pub(super) fn exp2(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-126.0, 126.0);
    let shifted = x + ROUND;
    let whole = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    let f = x - (shifted - ROUND);
    let p = 0.001_339_262_6 * f + 0.009_618_384;
    let p = ((p * f + 0.055_503_406) * f + 0.240_226_5) * f + std::f32::consts::LN_2;
    let power = p * f + 1.0;
    f32::from_bits(power.to_bits().wrapping_add(whole << 23))
}

/// The binary logarithm of a positive normal number, to about 10^-6.
#[inline(always)]
pub(super) fn log2(x: f32) -> f32 {
    /// The bits of the root of one half.
    const LEAST: u32 = 0x3f35_04f3;
    let whole = (x.to_bits().wrapping_sub(LEAST) as i32) >> 23;
    let f = f32::from_bits(x.to_bits().wrapping_sub((whole as u32) << 23)) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let series = ((0.142_857_15 * z + 0.2) * z + 0.333_333_34) * z + 1.0;
    whole as f32 + 2.885_39 * s * series
}

/// The hyperbolic tangent.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (1.0 + exp2(2.885_39 * x))
}

/// Scrambles a number: every bit of the result depends on every bit of it.
#[inline(always)]
pub(super) fn scrambled(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// A number that is nearly normal, of mean 0 and deviation 1: the sum of four bytes' worth of uniform ones.
#[inline(always)]
pub(super) fn normal(seed: u32) -> f32 {
    let bits = scrambled(seed);
    let sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24);
    // Four uniform numbers of 0 to 255 have a variance of 4 * (256^2 - 1) / 12.
    (sum as f32 - 510.0) * (1.0 / 147.8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_near_those_of_the_library() {
        for step in -4000..=4000 {
            let x = step as f32 * 0.01;
            assert!((exp2(x) / x.exp2() - 1.0).abs() < 6e-6, "{x}");
            assert!((tanh(x * 0.2) - (x * 0.2).tanh()).abs() < 6e-6, "{x}");
            let y = (x * 0.7).exp2();
            assert!((log2(y) - y.log2()).abs() < 4e-6, "{y}");
        }
    }

    #[test]
    fn normal_numbers_have_mean_and_deviation() {
        let numbers: Vec<f32> = (0..100_000).map(|seed| normal(seed * 7)).collect();
        let mean = numbers.iter().sum::<f32>() / 1e5;
        let square = numbers.iter().map(|x| x * x).sum::<f32>() / 1e5;
        assert!(mean.abs() < 0.02 && (square - 1.0).abs() < 0.03, "{mean} {square}");
    }
}
