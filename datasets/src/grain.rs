//! Grain as film and sensors leave it.

use crate::rng::Rng;

/// Adds grain of a random strength up to `most` (standard deviation in 8-bit steps), size and colour to interleaved RGB.
///
/// Weak grain is more common than strong grain. It fades towards black and white, where film and sensors clip.
pub(crate) fn add_grain(crop: &mut [u8], size: usize, most: f64, rng: &mut Rng) {
    let strength = (most * rng.unit() * rng.unit()) as f32;
    let blur = 0.25 * rng.unit() as f32;
    let grey = rng.unit() as f32;
    let mut field = || field(size, blur, rng);
    let common = field();
    for colour in 0..3 {
        let own = field();
        let mix = (grey, (1.0 - grey * grey).sqrt());
        for (at, value) in crop.iter_mut().skip(colour).step_by(3).enumerate() {
            let grain = mix.0 * common[at] + mix.1 * own[at];
            let light = f32::from(*value) / 255.0;
            // 1 at middle grey, a half at both ends.
            let share = 0.5 + 2.0 * light * (1.0 - light);
            *value = (f32::from(*value) + strength * share * grain).round() as u8;
        }
    }
}

/// Noise of variance 1, smoothed by the kernel `[blur, 1 - 2 blur, blur]` along rows and columns.
fn field(size: usize, blur: f32, rng: &mut Rng) -> Vec<f32> {
    let white: Vec<f32> = (0..size * size).map(|_| normal(rng)).collect();
    let middle = 1.0 - 2.0 * blur;
    // Both directions take this from the standard deviation.
    let norm = (middle * middle + 2.0 * blur * blur).recip();
    let at = |x: usize, y: usize| white[y % size * size + x % size];
    let mut out = Vec::with_capacity(size * size);
    for y in 0..size {
        for x in 0..size {
            let row = |y| middle * at(x, y) + blur * (at(x + 1, y) + at(x + size - 1, y));
            out.push(norm * (middle * row(y) + blur * (row(y + 1) + row(y + size - 1))));
        }
    }
    out
}

/// Nearly normal, of variance 1: the sum of 8 bytes of one number.
pub(crate) fn normal(rng: &mut Rng) -> f32 {
    let sum: u32 = rng.next_u64().to_le_bytes().map(u32::from).iter().sum();
    // The variance of a uniform byte is (256^2 - 1) / 12.
    const DEVIATION: f32 = 209.02;
    (sum as f32 - 8.0 * 127.5) / DEVIATION
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deviation(values: &[f32]) -> f32 {
        let n = values.len() as f32;
        let mean = values.iter().sum::<f32>() / n;
        (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n).sqrt()
    }

    #[test]
    fn fields_have_unit_variance_however_smooth() {
        for blur in [0.0, 0.1, 0.25] {
            let field = field(64, blur, &mut Rng::from_keys(&[3]));
            assert!((deviation(&field) - 1.0).abs() < 0.05, "{blur}");
        }
    }

    #[test]
    fn grain_is_bounded_repeatable_and_keeps_the_mean() {
        let grey = vec![128; 64 * 64 * 3];
        let grained = |seed| {
            let mut crop = grey.clone();
            add_grain(&mut crop, 64, 8.0, &mut Rng::from_keys(&[seed]));
            crop
        };
        assert_eq!(grained(1), grained(1));
        assert_ne!(grained(1), grained(2));
        for seed in 0..20 {
            let values: Vec<f32> = grained(seed).iter().map(|&v| f32::from(v)).collect();
            assert!(deviation(&values) < 8.5);
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            assert!((mean - 128.0).abs() < 0.5);
        }
    }
}
