//! What stands in for lost packets: the sound before fades out, mirrored in time so that nothing jumps, and the sound
//! behind fades in likewise.

use lmc_kernels::functions::sin_cos_f32;

/// Length of a fade in seconds.
const FADE_SECONDS: f64 = 0.06;

/// The samples of one channel of a lost slot of `length` samples, between what is known of its neighbours.
pub(super) fn fill(before: Option<&[f32]>, behind: Option<&[f32]>, length: usize, rate: u32) -> Vec<f32> {
    let mut out = vec![0.0; length];
    let fade = ((f64::from(rate) * FADE_SECONDS) as usize).clamp(1, length.div_ceil(2).max(1));
    // From 1 at the edge to 0, without a corner at either end.
    let gain = |at: usize| {
        let x = (at as f32 + 0.5) / fade as f32;
        0.5 + 0.5 * sin_cos_f32(std::f32::consts::PI * x).1
    };
    if let Some(before) = before {
        for (at, (out, known)) in out.iter_mut().take(fade).zip(before.iter().rev()).enumerate() {
            *out += gain(at) * known;
        }
    }
    if let Some(behind) = behind {
        for (at, (out, known)) in out.iter_mut().rev().take(fade).zip(behind).enumerate() {
            *out += gain(at) * known;
        }
    }
    out
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_gap_is_continuous_and_quiet_in_the_middle() {
        let (before, behind) = ([0.1, 0.2, 0.5], [-0.5, -0.1]);
        let out = fill(Some(&before), Some(&behind), 1000, 1000);
        assert!((out[0] - 0.5).abs() < 1e-3 && (out[999] + 0.5).abs() < 1e-3);
        assert!(out[60..940].iter().all(|&sample| sample == 0.0));
        assert_eq!(fill(None, None, 5, 48_000), [0.0; 5]);
        assert_eq!(fill(Some(&before), None, 1, 48_000).len(), 1);
        assert!(fill(Some(&before), None, 0, 48_000).is_empty());
    }
}
