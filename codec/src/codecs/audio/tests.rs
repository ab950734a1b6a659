use lmc_entropy::audio::{FRAME, PACKET};

use super::codec::HALO;
use super::*;
use crate::Quality;
use crate::codecs::sound::{Packet, SoundCodec};

fn quality(value: f32) -> Quality {
    Quality::new(value).unwrap()
}

/// Some packets of a sound that goes on in both directions, there and back; returns the bytes too.
fn there_and_back(
    model: &AudioModel,
    channels: usize,
    packets: usize,
    quality: Quality,
    wave: impl Fn(usize, usize) -> f32,
) -> (Vec<Vec<f32>>, Vec<Vec<u8>>) {
    let bytes: Vec<Vec<u8>> = (0..packets)
        .map(|packet| {
            let at = |channel: usize, i: usize| match (packet * PACKET + i).checked_sub(HALO) {
                Some(i) if i < packets * PACKET => wave(channel, i),
                _ => 0.0,
            };
            let parts: Vec<Vec<f32>> = (0..channels)
                .map(|channel| (0..PACKET + 2 * HALO).map(|i| at(channel, i)).collect())
                .collect();
            let slices: Vec<&[f32]> = parts.iter().map(Vec::as_slice).collect();
            let encoded = model.encode(&slices, quality).unwrap();
            let packet = model.read(&encoded.bytes, channels, quality).unwrap();
            assert_eq!(packet.checksum, encoded.checksum);
            assert_eq!(packet.symbol_hash, encoded.symbol_hash);
            encoded.bytes
        })
        .collect();
    let read: Vec<Packet> = bytes
        .iter()
        .map(|bytes| model.read(bytes, channels, quality).unwrap())
        .collect();
    let mut out = vec![Vec::new(); channels];
    for i in 0..packets {
        let before = i.checked_sub(1).map(|i| &read[i]);
        let samples = model.synthesise(before, &read[i], read.get(i + 1), channels, quality);
        for (out, samples) in out.iter_mut().zip(samples.unwrap()) {
            assert_eq!(samples.len(), PACKET);
            out.extend(samples);
        }
    }
    (out, bytes)
}

/// Tones, and a click now and then.
fn music(channel: usize, i: usize) -> f32 {
    let t = i as f32 / 48_000.0;
    let tone = |hertz: f32| (std::f32::consts::TAU * hertz * t).sin();
    let click = if i % 30_011 < 40 { 0.4 } else { 0.0 };
    0.2 * tone(440.0) + 0.1 * tone(3000.0 + 500.0 * channel as f32) + click
}

fn snr_db(found: &[f32], wave: impl Fn(usize) -> f32) -> f64 {
    let (mut signal, mut noise) = (0.0, 1e-20);
    for (i, &found) in found.iter().enumerate() {
        signal += f64::from(wave(i)).powi(2);
        noise += f64::from(wave(i) - found).powi(2);
    }
    10.0 * (signal / noise).log10()
}

#[test]
fn music_comes_back_the_better_the_more_it_costs() {
    let model = AudioModel::untrained().unwrap();
    let mut last = (0, 0.0);
    for value in [10.0, 50.0, 100.0] {
        let (out, bytes) = there_and_back(&model, 2, 3, quality(value), music);
        let size: usize = bytes.iter().map(Vec::len).sum();
        let snr = (0..2)
            .map(|c| snr_db(&out[c], |i| music(c, i)))
            .fold(f64::MAX, f64::min);
        assert!(size > last.0 && snr > last.1, "quality {value}: {size} bytes, {snr} dB");
        last = (size, snr);
    }
    assert!(last.1 > 40.0, "{} dB", last.1);
}

#[test]
fn silence_costs_nothing_and_stays_silent() {
    let model = AudioModel::untrained().unwrap();
    let (out, bytes) = there_and_back(&model, 2, 2, quality(60.0), |_, _| 0.0);
    assert!(out.iter().flatten().all(|&sample| sample == 0.0));
    assert!(bytes.iter().all(|bytes| bytes.len() < 600), "{} bytes", bytes[0].len());
}

#[test]
fn extreme_sounds_stay_whole() {
    let model = AudioModel::untrained().unwrap();
    let square = |_: usize, i: usize| if (i / 54).is_multiple_of(2) { 1.0 } else { -1.0 };
    let (out, _) = there_and_back(&model, 1, 2, quality(90.0), square);
    assert!(snr_db(&out[0], |i| square(0, i)) > 20.0);
    let (out, _) = there_and_back(&model, 1, 2, quality(90.0), |_, _| 0.5);
    assert!(snr_db(&out[0], |_| 0.5) > 30.0);
    for value in [f32::NAN, f32::INFINITY, 1e30, -1e-30] {
        let (out, _) = there_and_back(&model, 2, 1, quality(90.0), |_, i| if i == 9000 { value } else { 0.1 });
        assert_eq!(out[1].len(), PACKET);
    }
}

#[test]
fn neighbours_join_without_a_seam() {
    let model = AudioModel::untrained().unwrap();
    let (out, _) = there_and_back(&model, 1, 3, quality(100.0), music);
    for border in [PACKET, 2 * PACKET] {
        let around = border - FRAME / 2..border + FRAME / 2;
        let part = &out[0][around.clone()];
        let snr = snr_db(part, |i| music(0, around.start + i));
        assert!(snr > 35.0, "{snr} dB around {border}");
    }
}

#[test]
fn lost_neighbours_and_strange_packets_are_no_disaster() {
    let model = AudioModel::untrained().unwrap();
    let q = quality(50.0);
    let (_, bytes) = there_and_back(&model, 2, 1, q, music);
    let packet = model.read(&bytes[0], 2, q).unwrap();
    let alone = model.synthesise(None, &packet, None, 2, q).unwrap();
    assert!(alone.iter().flatten().all(|sample| sample.is_finite()));
    assert!(model.synthesise(None, &packet, None, 1, q).is_err());
    assert!(model.synthesise(None, &Packet::new(vec![1, 2, 3]), None, 2, q).is_err());
    let twin = model.synthesise(Some(&packet), &packet, Some(&packet), 2, q).unwrap();
    assert_eq!(twin[0].len(), PACKET);
    assert!(model.encode(&[&[0.0; 5][..]], q).is_err());
    assert!(model.encode(&[], q).is_err());
}
