//! Sounds as training takes them.

use super::{Sound, SoundSource};
use lmc_kernels::resample::{Design, Resampler};

/// The mean of all channels, at another rate in Hz.
pub fn mono_at(sound: &Sound, rate: u32) -> Vec<f32> {
    let spec = sound.spec();
    let channels = usize::from(spec.channels).max(1);
    let share = 1.0 / channels as f32;
    let frames = sound.samples().chunks_exact(channels);
    let mono: Vec<f32> = frames.map(|frame| frame.iter().sum::<f32>() * share).collect();
    let Some(mut resampler) = Resampler::<f32>::new(spec.rate, rate, 1, Design::TRANSPARENT) else {
        return mono;
    };
    let total = (mono.len() as u64 * u64::from(rate)).div_ceil(u64::from(spec.rate.max(1)));
    let mut out = vec![Vec::new()];
    resampler.push(&[mono], &mut out);
    resampler.finish(total, &mut out);
    out.swap_remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::{SampleFormat, SoundSpec};

    #[test]
    fn channels_are_averaged_and_rates_changed() {
        let spec = SoundSpec {
            rate: 24_000,
            channels: 2,
            format: SampleFormat::Float32,
        };
        let wave = |n: usize, rate: f32| (n as f32 * 440.0 * std::f32::consts::TAU / rate).sin();
        let samples = (0..2400).flat_map(|n| [0.5 * wave(n, 24_000.0), 0.0]).collect();
        let mono = mono_at(&Sound::new(spec, samples).unwrap(), 16_000);
        assert_eq!(mono.len(), 1600);
        for (n, sample) in mono.iter().enumerate().take(1400).skip(200) {
            assert!((sample - 0.25 * wave(n, 16_000.0)).abs() < 1e-3, "{n}: {sample}");
        }
    }
}
