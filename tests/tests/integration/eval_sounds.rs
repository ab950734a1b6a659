//! `lmc eval` of sounds: odd files, runs that go on, programs and packages that are missing, wrong calls.

use std::f64::consts::TAU;

use lmc_tests::pictures::{part, sample};
use serde_json::{Value, json};

use crate::cli::Bench;
use crate::eval::{list, results, said};

/// A WAV file of 16 bits.
fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let bytes = samples.len() as u32 * 2;
    let mut out = b"RIFF".to_vec();
    out.extend((36 + bytes).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    out.extend(channels.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend((rate * 2 * u32::from(channels)).to_le_bytes());
    out.extend((2 * channels).to_le_bytes());
    out.extend(b"\x10\0data");
    out.extend(bytes.to_le_bytes());
    out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    out
}

/// Tones that swell and fall over noise, `frames` of each channel.
fn tones(rate: u32, channels: u16, frames: u32) -> Vec<u8> {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 23) - 1.0
    };
    let mut sample = |i: u32, channel: u16| {
        let t = f64::from(i) / f64::from(rate);
        let tone = |hertz: f64| (TAU * hertz * t).sin();
        let swell = (2.0 * t + f64::from(channel)).sin().powi(2);
        (7000.0 * swell * (tone(220.0) + tone(331.0) + 0.5 * tone(1870.0)) + 1500.0 * noise()) as i16
    };
    let mut samples = Vec::new();
    for i in 0..frames {
        samples.extend((0..channels).map(|channel| sample(i, channel)));
    }
    wav(rate, channels, &samples)
}

/// Our codec, in a program that is built with its weights.
const OURS: &str = "--codecs lmc-audio --metrics si-sdr,mel,stoi";

#[test]
fn odd_sounds_are_noted_and_the_others_measured() {
    let bench = Bench::new();
    bench.write("in/good.wav", &tones(44_100, 2, 44_100));
    bench.write("in/mono.wav", &tones(16_000, 1, 20_000));
    bench.write("in/one.wav", &wav(8000, 1, &[77]));
    bench.write("in/empty.wav", &wav(8000, 1, &[]));
    bench.write("in/silent.wav", &wav(48_000, 1, &[0; 30_000]));
    bench.write("in/corrupt.wav", &tones(8000, 1, 9000)[..30]);
    bench.write("in/words.wav", b"no sound");
    bench.write("in/words.txt", b"no sound");
    let line = format!("eval in --out report {OURS} --qualities 20,40,60,80 --json");
    let outcome = bench.run(&line).bad(1, &["corrupt.wav", "words.wav", "empty.wav"]);
    assert_eq!(outcome.json()["points_encoded"], 16);
    let results = results(&bench, "report");
    assert_eq!(list(&results, "records").len(), 16);
    assert!(list(&results, "records").iter().all(|record| record["error"].is_null()));
    assert_eq!(
        (&results["medium"], &results["rate_unit"]),
        (&json!("sound"), &json!("kbit/s"))
    );
    assert_eq!(results["averaged_files"], json!(["good.wav", "mono.wav"]));
    assert!(said(&results, "silent.wav", "note").contains("silent"));
    assert!(said(&results, "one.wav", "note").contains("half a second"));
    assert!(!said(&results, "corrupt.wav", "error").is_empty());
    let notes = results["notes"].to_string();
    assert!(notes.contains("words.txt") && notes.contains("corrupt.wav"), "{notes}");
    let good = &list(&results, "records")[0];
    let (bytes, rate) = (good["bytes"].as_f64(), good["rate"].as_f64());
    assert!((bytes.expect("bytes") * 8.0 / 1000.0 - rate.expect("a rate")).abs() < 1e-6);
    assert!(results["averages"][0]["decode_speed"].as_f64() > Some(0.0));
    let page = String::from_utf8(bench.read("report/index.html")).expect("pages are UTF-8");
    assert!(page.contains("sounds/0-1.wav") && page.contains("<svg"));
    assert!(bench.read("report/sounds/0-1.wav").starts_with(b"RIFF"));
}

#[test]
fn rates_are_kept_and_known_points_are_not_encoded_again() {
    let bench = Bench::new();
    bench.write("a.wav", &tones(48_000, 2, 96_000));
    let line = "eval a.wav --out report --codecs lmc-audio --bitrates 48k,64k --metrics si-sdr --json";
    assert_eq!(bench.run(line).good().json()["points_encoded"], 2);
    let first = results(&bench, "report");
    for record in list(&first, "records") {
        let (wanted, rate) = (record["setting"].as_f64(), record["rate"].as_f64());
        let share = rate.expect("a rate") / wanted.expect("a rate");
        assert!((0.9..1.1).contains(&share), "{record}");
    }
    let line = line.replace("si-sdr", "si-sdr,mel");
    let report = bench.run(&format!("{line} --resume")).good().json();
    assert_eq!(
        (&report["points_known"], &report["points_encoded"]),
        (&json!(2), &json!(0))
    );
    assert!(results(&bench, "report")["records"][1]["values"]["mel"].is_f64());
    bench
        .run("eval --check report/results.json --against report/results.json")
        .good();
    let mut better: Value = results(&bench, "report");
    better["records"][0]["values"]["si-sdr"] = json!(99.0);
    bench.write("better.json", better.to_string().as_bytes());
    bench
        .run("eval --check report/results.json --against better.json")
        .bad(1, &["si-sdr"]);
}

#[test]
fn missing_programs_and_packages_are_named() {
    let bench = Bench::new();
    bench.write("a.wav", &tones(16_000, 1, 16_000));
    let line =
        "eval a.wav --out report --codecs lmc-audio,opus,mp3,aac,vorbis --bitrates 64k --metrics visqol,pesq,mel";
    let mut command = bench.command(line);
    let output = command
        .env("PATH", "")
        .env_remove("LMC_FFMPEG")
        .output()
        .expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    for package in ["opus-tools", "lame", "ffmpeg", "vorbis-tools", "visqol-python", "pesq"] {
        assert!(stderr.contains(package), "{package}: {stderr}");
    }
    let results = results(&bench, "report");
    assert_eq!(list(&results, "records").len(), 1);
    assert_eq!(results["metrics"], json!(["mel"]));
    assert!(results["notes"].to_string().contains("visqol-python"));
}

#[test]
fn wrong_calls_for_sounds_are_refused_before_any_work() {
    let bench = Bench::new();
    bench.write("a.wav", &tones(8000, 1, 8000));
    bench.picture("a.png", &part(&sample(), 0, 0, 32, 32));
    bench
        .run("eval a.wav a.png --out report")
        .bad(2, &["a.wav is a sound and a.png a picture: evaluate them in two runs"]);
    for (flags, word) in [
        ("--codecs webp", "there is no codec 'webp' of sounds"),
        (
            "--codecs lmc-audio --metrics psnr",
            "there is no metric 'psnr' of sounds",
        ),
        ("--codecs lmc-audio --metrics mel --bitrates 0", "no bit rate"),
        ("--codecs lmc-audio --metrics mel --bitrates opus=6k", "not measured"),
        ("--codecs lmc-audio --metrics mel --qualities 101", "0 to 100"),
        ("--codecs lmc-audio@effort=1 --metrics mel", "no setting 'effort'"),
    ] {
        bench.run(&format!("eval a.wav --out report {flags}")).bad(2, &[word]);
    }
    bench
        .run("eval a.png --out report --codecs webp --bitrates 6k")
        .bad(2, &["--bitrates"]);
    assert!(!bench.path("report").exists());
}
