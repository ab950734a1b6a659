//! The scale-invariant signal-to-distortion ratio.

use crate::sound::Sound;

/// Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019, equation 3: all channels as one signal, in dB. Infinite
/// for equal sounds, not a number for silent originals. Both have the same length.
pub fn si_sdr_db(original: &Sound, decoded: &Sound) -> f64 {
    let pairs = || {
        let pairs = original.samples().iter().zip(decoded.samples());
        pairs.map(|(&a, &b)| (f64::from(a), f64::from(b)))
    };
    let (mut power, mut product) = (0.0, 0.0);
    for (a, b) in pairs() {
        power += a * a;
        product += a * b;
    }
    let scale = product / power;
    let rest: f64 = pairs().map(|(a, b)| (b - scale * a).powi(2)).sum();
    10.0 * (scale * scale * power / rest).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_does_not_count_and_noise_does() {
        let sound = |samples: Vec<i16>| Sound::new(8000, 1, samples).unwrap();
        let original = sound(vec![1000, -2000, 3000, -1000]);
        assert_eq!(
            si_sdr_db(&original, &sound(vec![500, -1000, 1500, -500])),
            f64::INFINITY
        );
        // The error is orthogonal to the original: a power of 15e6 over one of 15e2.
        let noisy = sound(vec![1020, -1990, 3000, -1000]);
        assert!((si_sdr_db(&original, &noisy) - 44.77).abs() < 0.5);
        assert!(si_sdr_db(&sound(vec![0; 4]), &original).is_nan());
    }
}
