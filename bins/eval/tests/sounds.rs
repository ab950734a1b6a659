//! Metrics of sound agree with other implementations, whose values `fixtures/sounds/reference.json` records.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::fs;
use std::path::PathBuf;

use lmc_eval::media::{Media, Medium, Meter};
use lmc_eval::metric::Metric;
use lmc_eval::sound::metrics::Meters;
use lmc_eval::sound::{Exchange, Sound};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    sources: BTreeMap<Metric, String>,
    tolerances: BTreeMap<Metric, f64>,
    pairs: BTreeMap<String, BTreeMap<Metric, f64>>,
}

/// Noise that is the same everywhere, -1 to 1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// Something like speech: a voice with three formants that glide, syllables, pauses, hisses.
fn voice(rate: u32, seconds: f64, pitch: f64) -> Vec<f64> {
    let (mut noise, mut phase) = (Noise(5), 0.0);
    let sample = |i: usize| {
        let t = i as f64 / f64::from(rate);
        phase += pitch * (1.0 + 0.15 * (TAU * 0.7 * t).sin()) / f64::from(rate);
        let syllable = (TAU * 2.1 * t).sin().max(0.0).powf(0.7) * f64::from((t * 0.9).fract() < 0.8);
        let formants = [
            550.0 + 250.0 * (TAU * 0.9 * t).sin(),
            1500.0 + 600.0 * (TAU * 0.6 * t).cos(),
            2600.0,
        ];
        let harmonic = |k: i32| {
            let hertz = f64::from(k) * pitch;
            let near = |formant: &f64| (-((hertz - formant) / 180.0).powi(2)).exp();
            (formants.iter().map(near).sum::<f64>() + 0.02) * (TAU * f64::from(k) * phase).sin()
        };
        let voiced: f64 = (1..=(3400.0 / pitch) as i32).map(harmonic).sum();
        let hiss = 0.4 * noise.next() * (TAU * 2.1 * t + 3.6).sin().max(0.0).powi(6);
        0.12 * syllable * voiced + 0.3 * hiss + 0.0003 * noise.next()
    };
    (0..(seconds * f64::from(rate)) as usize).map(sample).collect()
}

/// Plucked chords with overtones up to half of the rate.
fn strings(rate: u32, seconds: f64, lowest: f64) -> Vec<f64> {
    let sample = |i: usize| {
        let t = i as f64 / f64::from(rate);
        let (beat, chord) = ((t * 2.0).fract(), [1.0, 1.25, 1.5, 1.2][(t * 2.0) as usize % 4]);
        let overtone = |k: i32| {
            let hertz = lowest * chord * f64::from(k);
            let heard = f64::from(hertz < 0.45 * f64::from(rate));
            heard * (-beat * (1.0 + 0.3 * f64::from(k))).exp() * (TAU * hertz * t).sin() / f64::from(k)
        };
        0.3 * (1..40).map(overtone).sum::<f64>()
    };
    (0..(seconds * f64::from(rate)) as usize).map(sample).collect()
}

fn sound(rate: u32, channels: &[Vec<f64>]) -> Sound {
    let moment = |i: usize| channels.iter().map(move |channel| channel[i] as f32);
    let samples: Vec<f32> = (0..channels[0].len()).flat_map(moment).collect();
    Sound::from_floats(rate, channels.len() as u16, &samples).unwrap()
}

fn with_noise(samples: &[f64], level: f64) -> Vec<f64> {
    let mut noise = Noise(77);
    samples
        .iter()
        .map(|sample| 0.9 * sample + level * noise.next())
        .collect()
}

fn in_steps(samples: &[f64], step: f64) -> Vec<f64> {
    samples.iter().map(|sample| (sample / step).round() * step).collect()
}

fn smoothed(samples: &[f64], width: usize) -> Vec<f64> {
    let mean = |i: usize| {
        let part = &samples[i.saturating_sub(width)..(i + width + 1).min(samples.len())];
        part.iter().sum::<f64>() / part.len() as f64
    };
    (0..samples.len()).map(mean).collect()
}

fn echoed(samples: &[f64], late: usize) -> Vec<f64> {
    let echo = |i: usize| i.checked_sub(late).map_or(0.0, |i| samples[i]);
    (0..samples.len()).map(|i| 0.8 * samples[i] + 0.35 * echo(i)).collect()
}

/// An original and what a bad line makes of it, by name.
fn pairs() -> [(&'static str, Sound, Sound); 5] {
    let (low, high) = (voice(16_000, 4.0, 110.0), voice(24_000, 3.5, 190.0));
    let (narrow, guitar) = (voice(8000, 3.5, 140.0), strings(44_100, 3.0, 196.0));
    let stereo = [strings(48_000, 3.0, 146.8), strings(48_000, 3.0, 220.2)];
    let clipped = |samples: &[f64]| samples.iter().map(|s| (1.6 * s).clamp(-0.3, 0.3)).collect::<Vec<f64>>();
    [
        (
            "noise",
            sound(16_000, std::slice::from_ref(&low)),
            sound(16_000, &[with_noise(&low, 0.02)]),
        ),
        (
            "steps",
            sound(48_000, &stereo),
            sound(48_000, &[in_steps(&stereo[0], 0.02), in_steps(&stereo[1], 0.05)]),
        ),
        (
            "clipped",
            sound(44_100, std::slice::from_ref(&guitar)),
            sound(44_100, &[clipped(&guitar)]),
        ),
        (
            "smoothed",
            sound(8000, std::slice::from_ref(&narrow)),
            sound(8000, &[smoothed(&narrow, 2)]),
        ),
        (
            "echo",
            sound(24_000, &[high.clone(), smoothed(&high, 1)]),
            sound(24_000, &[echoed(&high, 1500), with_noise(&smoothed(&high, 1), 0.005)]),
        ),
    ]
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap())
        .join("tests/fixtures/sounds")
        .join(name)
}

#[test]
fn metrics_agree_with_other_implementations() {
    let text = fs::read_to_string(fixture("reference.json")).unwrap();
    let reference: Reference = serde_json::from_str(&text).unwrap();
    let metrics: Vec<Metric> = Metric::of(Medium::Sound).collect();
    let (meters, missing) = Meters::open(&metrics);
    for (_, error) in &missing {
        eprintln!("skipped: {error}");
    }
    let mut wrong = Vec::new();
    for (name, original, decoded) in pairs() {
        for &metric in metrics
            .iter()
            .filter(|metric| missing.iter().all(|(m, _)| m != *metric))
        {
            let Some(&expected) = reference.pairs[name].get(&metric) else {
                continue;
            };
            let (source, tolerance) = (&reference.sources[&metric], reference.tolerances[&metric]);
            if let Some(version) = meters.version(metric).filter(|version| !source.contains(version)) {
                eprintln!("skipped: {} by {version}, and {source} is recorded", metric.id());
                continue;
            }
            let value = meters.measure(metric, &original, &decoded).unwrap().unwrap();
            println!("{name:10} {:14} {value:12.6} {expected:12.6}", metric.id());
            if (value - expected).abs() > tolerance {
                wrong.push(format!("{name} {}: {value}, but {expected} by {source}", metric.id()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The pairs as files, for whoever measures them with other implementations: in the folder that LMC_EVAL_PAIRS names, else in a
/// folder that goes away.
#[test]
fn pairs_are_the_same_as_files() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("LMC_EVAL_PAIRS").map_or(temporary.path().to_owned(), PathBuf::from);
    for (name, original, decoded) in pairs() {
        for (part, sound) in [("original", original), ("decoded", decoded)] {
            let path = folder.join(format!("{name}-{part}.wav"));
            fs::write(&path, sound.to_file(Exchange::Wav).unwrap()).unwrap();
            let read = Sound::from_file(Exchange::Wav, &fs::read(&path).unwrap()).unwrap();
            assert!(read == sound, "{}", path.display());
        }
    }
}
