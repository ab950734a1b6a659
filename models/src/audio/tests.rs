use lmc_codec::Quality;
use lmc_codec::codecs::audio::{AudioModel, HALO};
use lmc_codec::sound::SoundCodec;
use lmc_entropy::audio::PACKET;

use super::*;

/// Tones, and a click now and then.
fn music(channel: usize, i: usize) -> f32 {
    let t = i as f32 / 48_000.0;
    let tone = |hertz: f32| (std::f32::consts::TAU * hertz * t).sin();
    let click = if i % 30_011 < 40 { 0.4 } else { 0.0 };
    0.2 * tone(440.0) + 0.1 * tone(3000.0 + 500.0 * channel as f32) + click
}

/// Bytes of a packet of music.
fn size(model: &AudioModel) -> usize {
    let parts: Vec<Vec<f32>> = (0..2)
        .map(|c| (0..PACKET + 2 * HALO).map(|i| music(c, i)).collect())
        .collect();
    let channels: Vec<&[f32]> = parts.iter().map(Vec::as_slice).collect();
    model
        .encode(&channels, Quality::new(30.0).unwrap())
        .unwrap()
        .bytes
        .len()
}

#[test]
fn a_fit_makes_packets_smaller() {
    let sound: Vec<Vec<f32>> = (0..2).map(|c| (0..3 * PACKET).map(|i| music(c, i)).collect()).collect();
    let untrained = AudioModel::untrained().unwrap();
    let mut fit = Fit::new(untrained.clone(), FitConfig::default()).unwrap();
    for index in 0..4 {
        let learned = fit.learn(0, index, &sound).unwrap();
        assert!(learned.bits > 0.0 && learned.seconds > 1.0);
    }
    let trained = fit.finish().unwrap();
    assert!(size(&trained) < size(&untrained));
    let empty = FitConfig {
        qualities: Vec::new(),
        ..FitConfig::default()
    };
    assert!(Fit::new(untrained, empty).is_err());
}
