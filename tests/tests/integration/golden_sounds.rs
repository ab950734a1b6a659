//! Golden streams of sound: what was encoded once decodes to the same symbols and to the same samples for ever.
//!
//! `LMC_REGENERATE=1 cargo test --release --workspace --test integration golden_sounds` writes those of the default models
//! anew, which only a new model, or a new version of the format, may make necessary.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Once};

use lmc_codec::container::Mode;
use lmc_codec::sound::files::open_bytes;
use lmc_codec::sound::{SampleFormat, Sound, SoundCodec, SoundSource};
use lmc_models::zoo::{self, ShippedModel};
use lmc_tests::repository;
use lmc_tests::sounds::{decode, encode, load, music, snr_db, spec, tags, verify, wav};

/// How far samples may be from those of WAV files, some of which are older than the promise of equal samples.
const TOLERANCE: f32 = 0.001;

/// Sounds with their names and qualities; they are short, for the decoded ones are kept as WAV files.
fn cases() -> Vec<(&'static str, Sound, f32)> {
    use SampleFormat::{Float32, Int8, Int16, Int24};
    vec![
        ("mono-20", music(spec(44_100, 1, Int16), 40_000), 20.0),
        (
            "stereo-60",
            music(spec(44_100, 2, Int16), 30_000).with_tags(tags()),
            60.0,
        ),
        ("stereo-95", music(spec(48_000, 2, Int24), 12_000), 95.0),
        ("voice-40", music(spec(16_000, 1, Int16), 36_000), 40.0),
        ("three-channels", music(spec(8000, 3, Int8), 9000), 50.0),
        ("192-khz", music(spec(192_000, 1, Float32), 12_000), 50.0),
        ("one-sample", music(spec(48_000, 1, Int16), 1), 50.0),
        ("nothing", music(spec(22_050, 2, Int16), 0), 50.0),
    ]
}

/// The models of sound that streams are made with.
fn models() -> Vec<&'static ShippedModel> {
    ["audio", "speech"]
        .into_iter()
        .filter_map(zoo::default_sound_model)
        .collect()
}

/// The folder of golden streams; those of the default models written anew first where that is asked for.
fn root() -> PathBuf {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("LMC_REGENERATE").is_some() {
            models().into_iter().for_each(regenerate);
        }
    });
    repository("tests/golden")
}

fn regenerate(model: &ShippedModel) {
    let folder = repository("tests/golden").join(model.id);
    fs::create_dir_all(&folder).expect("the folder can be made");
    let (codec, mut index) = (load(model.bytes), String::new());
    for (name, sound, quality) in cases() {
        let (stream, stats) = encode(&codec, &sound, quality);
        let (decoded, _) = decode(&codec, &stream, Mode::Strict).expect("the stream is decoded");
        fs::write(folder.join(name).with_extension("lmc"), &stream).expect("the stream is written");
        fs::write(folder.join(name).with_extension("wav"), wav(&decoded)).expect("the sound is written");
        let symbols = verify(&codec, &stream).expect("the stream is verified").symbols;
        let hash = stats.symbol_hash;
        let (snr, samples) = (snr_db(&decoded, &sound), decoded.sample_hash());
        writeln!(index, "{hash:016x} {symbols:>7} {snr:7.3} {samples} {name}").expect("strings grow");
    }
    fs::write(folder.join("index.txt"), index).expect("the index is written");
}

/// What is known of a golden stream besides its samples: a line of `index.txt`.
struct Record {
    name: String,
    symbol_hash: u64,
    symbols: u64,
    snr_db: f64,
    sample_hash: String,
}

fn records(model: &ShippedModel) -> Vec<Record> {
    let path = root().join(model.id).join("index.txt");
    let index = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let parse = |line: &str| {
        let mut fields = line.split_whitespace();
        Some(Record {
            symbol_hash: u64::from_str_radix(fields.next()?, 16).ok()?,
            symbols: fields.next()?.parse().ok()?,
            snr_db: fields.next()?.parse().ok()?,
            sample_hash: fields.next()?.to_owned(),
            name: fields.next()?.to_owned(),
        })
    };
    let parse = |line: &str| parse(line).unwrap_or_else(|| panic!("{path:?}: {line}"));
    index.lines().map(parse).collect()
}

fn read(model: &ShippedModel, name: &str) -> Vec<u8> {
    let path = root().join(model.id).join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// All models of sound that ship have golden streams, default or not.
fn shipped() -> impl Iterator<Item = &'static ShippedModel> {
    let sound = |model: &&ShippedModel| ["audio-", "speech-"].iter().any(|codec| model.id.starts_with(codec));
    zoo::shipped().iter().filter(sound)
}

#[test]
fn golden_sounds_decode_as_ever() {
    for model in shipped() {
        let (codec, records) = (load(model.bytes), records(model));
        assert!(records.len() >= 8, "{} has {} golden streams", model.id, records.len());
        for record in records {
            check(model, &codec, &record);
        }
    }
}

fn check(model: &ShippedModel, codec: &Arc<dyn SoundCodec>, record: &Record) {
    let (name, id) = (&record.name, model.id);
    let stream = read(model, &format!("{name}.lmc"));
    let verified = verify(codec, &stream).unwrap_or_else(|error| panic!("{name} of {id}: {error}"));
    assert_eq!(verified.damage.entries(), [], "{name} of {id}");
    assert_eq!(
        verified.symbol_hash,
        Some(record.symbol_hash),
        "{name} of {id} decodes to other symbols"
    );
    assert_eq!(verified.symbols, record.symbols, "{name} of {id}");
    let (decoded, _) = decode(codec, &stream, Mode::Strict).expect("golden streams are decoded");
    let mut wanted = open_bytes(read(model, &format!("{name}.wav"))).expect("golden sounds are WAV files");
    let wanted = Sound::read_all(&mut *wanted).expect("golden sounds are WAV files");
    assert_eq!(
        (decoded.spec(), decoded.tags()),
        (wanted.spec(), wanted.tags()),
        "{name} of {id}"
    );
    assert_eq!(decoded.samples().len(), wanted.samples().len(), "{name} of {id}");
    assert_eq!(decoded.sample_hash().to_string(), record.sample_hash, "{name} of {id}");
    let step = 1.0 / (1u64 << (wanted.spec().format.bits() - 1)) as f32;
    for (at, (found, wanted)) in decoded.samples().iter().zip(wanted.samples()).enumerate() {
        let distance = (found.clamp(-1.0, 1.0) - wanted.clamp(-1.0, 1.0)).abs();
        assert!(
            distance <= TOLERANCE + 2.0 * step,
            "sample {at} of {name} of {id} is {distance} away"
        );
    }
}

/// Encoding today what was encoded then gives streams as good and as small, whose symbols the verifier confirms.
#[test]
fn the_encoder_keeps_up_with_the_golden_sounds() {
    for model in models() {
        let (codec, records) = (load(model.bytes), records(model));
        for (name, sound, quality) in cases() {
            let record = records.iter().find(|record| record.name == name);
            let record = record.unwrap_or_else(|| panic!("{name} has no golden stream of {}", model.id));
            let (stream, stats) = encode(&codec, &sound, quality);
            let (now, then) = (stream.len(), read(model, &format!("{name}.lmc")).len());
            assert!(
                now <= then + then / 50 + 16,
                "{name} of {} takes {now} bytes, took {then}",
                model.id
            );
            let verified = verify(&codec, &stream).expect("the stream is verified");
            assert_eq!(verified.symbol_hash, Some(stats.symbol_hash), "{name}");
            let (decoded, _) = decode(&codec, &stream, Mode::Strict).expect("the stream is decoded");
            let snr = snr_db(&decoded, &sound);
            let wanted = record.snr_db;
            assert!(
                snr > wanted - 0.3,
                "{name} of {}: {snr:.3} dB instead of {wanted}",
                model.id
            );
        }
    }
}
