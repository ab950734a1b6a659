//! Levels of bands.

use lmc_entropy::audio::{OCTAVE, bands_of, level_of};

/// The amplitude that a logarithm of the exact world stands for.
pub(super) fn power(log: i32) -> f32 {
    (log as f32 / OCTAVE as f32).exp2()
}

/// The levels of the first `bands` bands of a block: its mean amplitudes, by energy.
pub(super) fn levels_of(class: usize, bands: usize, block: &[f32]) -> Vec<u8> {
    let level = |band: usize| {
        let part = &block[bands_of(class).range(band)];
        let energy: f32 = part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32;
        // The logarithm of 0 is minus infinity, which the cast turns into the smallest integer.
        level_of(((energy.log2() * 0.5 * OCTAVE as f32).round() as i32).max(-1000 * OCTAVE))
    };
    (0..bands).map(level).collect()
}
