//! Levels of bands.

use lmc_entropy::audio::{LEVEL_MAX, OCTAVE, Steps, bands_of};
use lmc_kernels::functions::exp2;

/// The amplitude that a logarithm of the exact world stands for.
pub(super) fn power(log: i32) -> f32 {
    exp2(f64::from(log) / f64::from(OCTAVE)) as f32
}

/// The levels of the first `bands` bands of a block: its mean amplitudes, by energy.
///
/// Where the block before, of the same class, had `past`, a level stays nearer to that by `inertia` steps: a level that
/// stays is cheap, and a little wrong is not heard.
pub(super) fn levels_of(steps: &Steps, class: usize, block: &[f32], past: Option<&[u8]>, inertia: f32) -> Vec<u8> {
    let level = |band: usize| {
        let part = &block[bands_of(class).range(band)];
        let energy: f32 = part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32;
        // The logarithm of 0 is minus infinity, which the cast turns into the smallest integer.
        let log = ((energy.log2() * 0.5 * OCTAVE as f32).round() as i32).max(-1000 * OCTAVE);
        let level = steps.level_of(log);
        match past.and_then(|past| past.get(band)) {
            Some(&past) if past > 0 && level > 0 && past != level => {
                let pull = (inertia * (steps.amplitude(2) - steps.amplitude(1)) as f32) as i32;
                let towards = if past > level { pull } else { -pull };
                let pulled = steps.level_of(log + towards);
                if past > level {
                    pulled.min(past)
                } else {
                    pulled.max(past)
                }
                .clamp(1, LEVEL_MAX)
            }
            _ => level,
        }
    };
    (0..steps.bands(class)).map(level).collect()
}
