//! Sounds through the codecs: exact shapes, hard signals, damage, and the same result however it is come by.

use lmc_codec::container::{Mode, PartKind};
use lmc_codec::sound::{SampleFormat, Sound, SoundSource};
use lmc_codec::{CodecError, DamageReport};
use lmc_tests::damage::Damager;
use lmc_tests::sounds::{codecs, decode, encode, music, snr_db, spec, tags, untrained, verify};

#[test]
fn every_length_rate_and_shape_comes_back() {
    for codec in codecs() {
        for (rate, channels, format) in [
            (8000, 1, SampleFormat::Int16),
            (16_000, 2, SampleFormat::Int8),
            (44_100, 2, SampleFormat::Int16),
            (48_000, 3, SampleFormat::Int24),
            (192_000, 1, SampleFormat::Float32),
        ] {
            for length in [0, 1, 7, 1023, 44_100 * 3 + 1] {
                let sound = music(spec(rate, channels, format), length).with_tags(tags());
                let (bytes, stats) = encode(&codec, &sound, 50.0);
                let (back, damage) = decode(&codec, &bytes, Mode::Strict).expect("the stream is whole");
                let what = format!("{length} samples of {:?} with {}", sound.spec(), codec.name());
                assert_eq!(
                    (back.spec(), back.samples().len()),
                    (sound.spec(), sound.samples().len()),
                    "{what}"
                );
                assert_eq!((back.tags(), damage.is_empty()), (sound.tags(), true), "{what}");
                let verified = verify(&codec, &bytes).expect("the stream is whole");
                assert!(verified.is_good(), "{what}");
                assert_eq!(verified.symbol_hash, Some(stats.symbol_hash), "{what}");
            }
        }
    }
}

#[test]
fn music_is_like_itself_and_better_at_more() {
    for codec in codecs().iter().filter(|codec| codec.name() == "audio") {
        for rate in [44_100, 48_000] {
            let sound = music(spec(rate, 2, SampleFormat::Int16), 2 * rate as usize);
            let at = |quality| {
                let (bytes, stats) = encode(codec, &sound, quality);
                let back = decode(codec, &bytes, Mode::Strict).expect("the stream is whole").0;
                (stats.kbps, snr_db(&back, &sound))
            };
            let (low, high) = (at(20.0), at(90.0));
            assert!(
                high.0 > 1.5 * low.0 && high.1 > low.1 + 3.0,
                "{low:?} and {high:?} at {rate} Hz"
            );
            assert!(high.1 > 12.0, "{high:?} at {rate} Hz");
        }
    }
}

#[test]
fn hard_sounds_are_survived() {
    let length = 30_000;
    let square = |at: usize| if (at / 40).is_multiple_of(2) { 1.0 } else { -1.0 };
    let kinds: [(&str, Vec<f32>); 6] = [
        ("silence", vec![0.0; length]),
        ("constant", vec![0.9; length]),
        ("square", (0..length).map(square).collect()),
        (
            "no numbers",
            [f32::NAN, f32::INFINITY, -f32::INFINITY, 0.1].repeat(length / 4),
        ),
        ("far too loud", (0..length).map(|at| 1e30 * square(at)).collect()),
        ("next to nothing", (0..length).map(|at| 1e-30 * square(at)).collect()),
    ];
    for codec in codecs() {
        for (name, samples) in &kinds {
            for rate in [16_000, 44_100, 48_000] {
                for quality in [0.0, 60.0, 100.0] {
                    let sound = Sound::new(spec(rate, 1, SampleFormat::Float32), samples.clone()).expect("a shape");
                    let (bytes, stats) = encode(&codec, &sound, quality);
                    let (back, _) = decode(&codec, &bytes, Mode::Strict).expect("the stream is whole");
                    assert_eq!(back.samples().len(), length, "{name}");
                    assert!(back.samples().iter().all(|sample| sample.is_finite()), "{name}");
                    assert_eq!(
                        stats.cleaned > 0,
                        ["no numbers", "far too loud"].contains(name),
                        "{name}"
                    );
                    let loudest = back.samples().iter().fold(0.0f32, |a, b| a.max(b.abs()));
                    let bound = match *name {
                        "silence" | "next to nothing" => 0.01,
                        "far too loud" => f32::INFINITY,
                        _ => 4.0,
                    };
                    assert!(
                        loudest <= bound,
                        "{name} at quality {quality} with {}: {loudest}",
                        codec.name()
                    );
                }
            }
        }
    }
}

#[test]
fn threads_change_neither_bytes_nor_symbols() {
    for codec in codecs() {
        let sound = music(spec(44_100, 2, SampleFormat::Int16), 200_000);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads can be made").install(|| {
                let (bytes, stats) = encode(&codec, &sound, 40.0);
                let verified = verify(&codec, &bytes).expect("the stream is whole");
                let back = decode(&codec, &bytes, Mode::Strict).expect("the stream is whole").0;
                (bytes, stats, verified, back)
            })
        };
        assert!(run(1) == run(2), "{}", codec.name());
    }
}

/// Packets whose loss the damage tells: their indices.
fn lost(damage: &DamageReport) -> Vec<u32> {
    let runs = damage.runs(PartKind::Symbols);
    runs.flat_map(|(first, count)| first..first + count).collect()
}

#[test]
fn damage_costs_no_more_than_what_is_near() {
    for codec in codecs() {
        let packet = codec.packet_samples();
        let shape = spec(codec.rate(), 1, SampleFormat::Float32);
        let sound = music(shape, 6 * packet + 77);
        let (good, _) = encode(&codec, &sound, 40.0);
        let (whole, _) = decode(&codec, &good, Mode::Strict).expect("the stream is whole");
        let mut damager = Damager::new(11);
        for round in 0..60 {
            let mut bad = good.clone();
            let at = 50 + damager.below(good.len() - 50);
            bad[at] ^= 1 << damager.below(8);
            if round % 4 == 0 {
                bad.truncate(at);
            }
            let strict = decode(&codec, &bad, Mode::Strict);
            assert!(matches!(
                strict,
                Err(CodecError::Malformed { .. } | CodecError::PacketDesync { .. })
            ));
            let (found, damage) = match decode(&codec, &bad, Mode::Tolerant) {
                Ok(found) => found,
                Err(error) => {
                    // Cut so early that no packet is left.
                    assert!(
                        error.to_string().contains("too little is left") && round % 4 == 0,
                        "{at}: {error}"
                    );
                    assert!(at < good.len() / 3, "{at}");
                    continue;
                }
            };
            let lost = lost(&damage);
            assert!(!damage.is_empty() && (round % 4 == 0 || lost.len() <= 1), "{damage:?}");
            for (at, (a, b)) in found.samples().iter().zip(whole.samples()).enumerate() {
                // The neighbours of a lost packet are made without its symbols.
                let slot = (at / packet) as u32;
                let near = lost.iter().any(|&packet| packet.abs_diff(slot) <= 1);
                assert!(near || a == b, "sample {at} with {lost:?} lost");
                assert!(a.is_finite() && a.abs() < 4.0, "{a} at {at}");
            }
        }
    }
}

#[test]
fn random_damage_never_passes_for_good() {
    let codec = untrained();
    let sound = music(spec(16_000, 2, SampleFormat::Int16), 40_000).with_tags(tags());
    let streams: Vec<Vec<u8>> = [10.0, 70.0].map(|quality| encode(codec, &sound, quality).0).to_vec();
    let mut damager = Damager::new(3);
    for _ in 0..1500 {
        let good = &streams[damager.below(2)];
        let bad = damager.damage(good, &streams);
        if streams.contains(&bad) {
            continue;
        }
        if let Ok(verified) = verify(codec, &bad) {
            assert!(!verified.is_good(), "a damaged stream passes for a good one");
        }
    }
}
