//! Sounds on the command line: files, folders, pipes, bit rates, damage, and what is refused.

use std::io::Read;
use std::process::Stdio;

use lmc_codec::sound::files::open_bytes;
use lmc_codec::sound::{SampleFormat, Sound, SoundSource, Tag};
use lmc_models::zoo;
use lmc_tests::pictures::{part, sample};
use lmc_tests::sounds::{music, snr_db, spec, tags, untrained_weights, wav};

use super::Bench;

/// The flags that name weights, where none of the codec ship.
fn weights(bench: &Bench) -> &'static str {
    if zoo::default_sound_model("audio").is_some() {
        return "--device cpu";
    }
    bench.write("untrained.weights", untrained_weights());
    "--device cpu --model untrained.weights"
}

fn sound(bench: &Bench, name: &str) -> Sound {
    let mut source = open_bytes(bench.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Sound::read_all(&mut *source).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_sound_there_and_back() {
    let bench = Bench::new();
    let flags = weights(&bench);
    let original = music(spec(44_100, 2, SampleFormat::Int24), 44_100 * 3 + 1).with_tags(tags());
    bench.write("song.wav", &wav(&original));
    let said = bench
        .run(&format!("encode song.wav -o song.lmc --quality 90 {flags}"))
        .good();
    assert!(
        said.stderr.contains("kbit/s") && said.stdout.is_empty(),
        "{}",
        said.stderr
    );
    let info = bench.run("info song.lmc").good().stdout;
    let info = String::from_utf8_lossy(&info).into_owned();
    for word in [
        "3.000 s of 44100 Hz in 2 channels, 24-bit",
        "codec audio",
        "delay",
        "the album – ünï",
    ] {
        assert!(info.contains(word), "'{word}' is not in {info}");
    }
    bench.run(&format!("verify song.lmc {flags}")).good();
    bench.run(&format!("decode song.lmc -o back.wav {flags}")).good();
    let back = sound(&bench, "back.wav");
    assert_eq!((back.spec(), back.tags()), (original.spec(), original.tags()));
    let snr = snr_db(&back, &original);
    assert!(snr > 10.0, "{snr:.1} dB");
    bench.run(&format!("decode song.lmc -o back.raw {flags}")).good();
    let samples = bench.read("back.wav");
    assert!(
        samples.ends_with(&bench.read("back.raw")),
        "raw samples are those of the WAV file"
    );
    assert_eq!(bench.read("back.raw").len(), 3 * 2 * (44_100 * 3 + 1));
    let names = ["back.raw", "back.wav", "song.lmc", "song.wav"];
    assert!(
        bench
            .names(".")
            .iter()
            .filter(|name| !name.ends_with("weights"))
            .eq(names.iter())
    );
}

#[test]
fn reports_tell_sizes_rates_and_times() {
    let bench = Bench::new();
    let flags = weights(&bench);
    bench.write("a.wav", &wav(&music(spec(48_000, 1, SampleFormat::Int16), 96_000)));
    let report = bench
        .run(&format!("encode a.wav -o a.lmc --json {flags}"))
        .good()
        .json();
    let encoded = &report["files"][0];
    let bytes = bench.read("a.lmc").len();
    assert_eq!((&encoded["bytes"], &encoded["codec"]), (&bytes.into(), &"audio".into()));
    assert_eq!(
        (&encoded["samples"], &encoded["duration_seconds"]),
        (&96_000.into(), &2.0.into())
    );
    assert_eq!(encoded["kbps"], bytes as f64 * 8.0 / 2000.0);
    assert!(encoded["real_time_factor"].as_f64().is_some_and(|factor| factor > 0.0));
    let report = bench
        .run(&format!("decode a.lmc -o a2.wav --json {flags}"))
        .good()
        .json();
    let decoded = &report["files"][0];
    assert_eq!((&decoded["bytes"], &decoded["format"]), (&bytes.into(), &"WAV".into()));
    assert_eq!(
        (&decoded["kbps"], &decoded["samples"]),
        (&encoded["kbps"], &encoded["samples"])
    );
    let verified = bench.run(&format!("verify a.lmc --json {flags}")).good().json();
    assert_eq!(verified["files"][0]["symbol_hash"], encoded["symbol_hash"]);
    let info = bench.run("info a.lmc --json").good().json();
    let info = &info["files"][0];
    assert_eq!(
        (&info["packets"], &info["kbps"]),
        (&encoded["packets"], &encoded["kbps"])
    );
    assert_eq!(info["delay_ms"], encoded["delay_ms"]);
}

#[test]
fn pictures_and_sounds_together() {
    let bench = Bench::new();
    if zoo::default_sound_model("audio").is_none() {
        return;
    }
    bench.picture("in/a.png", &part(&sample(), 0, 0, 40, 30));
    bench.write("in/b.wav", &wav(&music(spec(16_000, 1, SampleFormat::Int16), 8000)));
    bench.write("in/notes.txt", b"neither");
    let said = bench.run("encode in -o out --device cpu").good();
    assert!(
        said.stderr.contains("1 of 2 are pictures") && said.stderr.contains("1 of 2 are sounds"),
        "{}",
        said.stderr
    );
    assert_eq!(bench.names("out"), ["a.lmc", "b.lmc"]);
    bench.run("decode out -o back --device cpu").good();
    assert_eq!(bench.names("back"), ["a.png", "b.wav"]);
    bench.run("verify out --device cpu").good();
    bench.run("info out/a.lmc out/b.lmc").good();
    bench.run("encode in -o pictures --codec wavelet --device cpu").good();
    assert_eq!(bench.names("pictures"), ["a.lmc"]);
    bench.run("encode in -o sounds --codec audio --device cpu").good();
    assert_eq!(bench.names("sounds"), ["b.lmc"]);
}

#[test]
fn sounds_through_pipes() {
    let bench = Bench::new();
    let flags = weights(&bench);
    let original = music(spec(44_100, 2, SampleFormat::Int16), 30_000);
    bench.write("a.wav", &wav(&original));
    let stream = bench
        .run_with_stdin(&format!("encode - -o - {flags}"), &bench.read("a.wav"))
        .good()
        .stdout;
    bench.run(&format!("encode a.wav -o a.lmc {flags}")).good();
    assert_eq!(stream, bench.read("a.lmc"), "the way in and out changes nothing");
    let samples = bench
        .run_with_stdin(&format!("decode - -o - {flags}"), &stream)
        .good()
        .stdout;
    bench.run(&format!("decode a.lmc -o b.wav {flags}")).good();
    assert_eq!(samples, bench.read("b.wav"), "WAV where no name says otherwise");
    let raw = bench
        .run_with_stdin(&format!("decode - -o - --raw {flags}"), &stream)
        .good()
        .stdout;
    assert_eq!(raw.len(), 4 * 30_000);
    bench.run_with_stdin("info -", &stream).good();
    bench.run_with_stdin(&format!("verify - {flags}"), &stream).good();
    bench
        .run_with_stdin(&format!("encode - -o - --codec audio {flags}"), b"")
        .bad(1, &["empty"]);
}

/// A player that goes away in the middle of a long sound is no failure.
#[test]
fn a_listener_may_leave() {
    let bench = Bench::new();
    let flags = weights(&bench);
    bench.write("a.wav", &wav(&music(spec(8000, 1, SampleFormat::Int16), 8000 * 120)));
    bench.run(&format!("encode a.wav -o a.lmc --quality 0 {flags}")).good();
    let mut command = bench.command(&format!("decode a.lmc -o - {flags}"));
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut head = [0; 1000];
    let mut pipe = child.stdout.take().expect("stdout is a pipe");
    pipe.read_exact(&mut head).expect("the beginning comes");
    assert!(head.starts_with(b"RIFF"));
    drop(pipe);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn bit_rates() {
    let bench = Bench::new();
    let flags = weights(&bench);
    let seconds = 20.0;
    bench.write("a.wav", &wav(&music(spec(44_100, 2, SampleFormat::Int16), 44_100 * 20)));
    for bits in [64_000.0, 96_000.0] {
        let wanted = format!("{}k", bits / 1000.0);
        let said = bench
            .run(&format!(
                "encode a.wav -o a.lmc --force --json --bitrate {wanted} {flags}"
            ))
            .good();
        let rate = bench.read("a.lmc").len() as f64 * 8.0 / seconds;
        assert!((rate / bits - 1.0).abs() <= 0.02, "{rate} for {wanted}");
        let told = said.json()["files"][0]["kbps"].as_f64().unwrap_or(0.0);
        assert!((told * 1000.0 - rate).abs() < 0.01, "{told} kbit/s is told for {rate}");
    }
    bench
        .run(&format!("encode a.wav -o x.lmc --bitrate 200 {flags}"))
        .bad(1, &["out of reach", "kbit/s"]);
    bench
        .run(&format!("encode a.wav -o x.lmc --bitrate fast {flags}"))
        .bad(2, &["--bitrate"]);
    assert!(!bench.path("x.lmc").exists());
}

#[test]
fn damaged_sounds_are_found_and_concealed() {
    let bench = Bench::new();
    let flags = weights(&bench);
    bench.write("a.wav", &wav(&music(spec(48_000, 1, SampleFormat::Int16), 48_000 * 4)));
    bench.run(&format!("encode a.wav -o a.lmc {flags}")).good();
    let mut bad = bench.read("a.lmc");
    let middle = bad.len() / 2;
    bad[middle] ^= 0x20;
    bench.write("bad.lmc", &bad);
    bench
        .run(&format!("decode bad.lmc -o x.wav {flags}"))
        .bad(1, &["bad.lmc", "malformed stream at byte", "--conceal"]);
    assert!(!bench.path("x.wav").exists(), "no sound of a damaged stream unasked");
    bench
        .run(&format!("verify bad.lmc {flags}"))
        .bad(1, &["bad.lmc", "--conceal"]);
    let said = bench.run(&format!("decode bad.lmc -o x.wav --conceal {flags}")).good();
    assert!(said.stderr.contains("concealed: packet"), "{}", said.stderr);
    assert_eq!(sound(&bench, "x.wav").samples().len(), 48_000 * 4);
    let shown = bench.run("info bad.lmc --json").json();
    assert!(
        shown["files"][0]["damage"]
            .as_array()
            .is_some_and(|damage| !damage.is_empty())
    );
    bench.write("cut.lmc", &bad[..middle]);
    bench
        .run(&format!("decode cut.lmc -o y.wav {flags}"))
        .bad(1, &["cut.lmc"]);
    // Most of it is lost: what there is is written, and the command fails all the same.
    bench
        .run(&format!("decode cut.lmc -o y.wav --conceal {flags}"))
        .bad(1, &["mostly silence"]);
    assert_eq!(sound(&bench, "y.wav").samples().len(), 48_000 * 4);
    bad[30] ^= 1;
    bench.write("header.lmc", &bad);
    for command in [
        "info header.lmc",
        "verify header.lmc",
        "decode header.lmc -o z.wav --conceal",
    ] {
        bench.run(command).bad(1, &["header.lmc", "header"]);
    }
}

#[test]
fn calls_that_make_no_sense() {
    let bench = Bench::new();
    let flags = weights(&bench);
    bench.write("a.wav", &wav(&music(spec(16_000, 1, SampleFormat::Int16), 4000)));
    bench.picture("a.png", &part(&sample(), 0, 0, 20, 20));
    for flag in ["--tile-size 64", "--effort 3", "--target-bpp 1", "--target-psnr 30"] {
        let word = flag.split(' ').next().unwrap_or_default();
        bench
            .run(&format!("encode a.wav -o x.lmc {flag} {flags}"))
            .bad(2, &["a.wav is a sound", word]);
    }
    bench
        .run("encode a.png -o x.lmc --bitrate 48k --device cpu")
        .bad(2, &["a.png is a picture", "--bitrate"]);
    bench
        .run(&format!("encode a.wav -o x.lmc --bitrate 48k --target-size 9k {flags}"))
        .bad(2, &["--bitrate"]);
    bench
        .run(&format!("encode a.png -o x.lmc --codec audio {flags}"))
        .bad(1, &["a.png", "WAV", "FLAC"]);
    bench
        .run("encode a.wav -o x.lmc --codec wavelet --device cpu")
        .bad(1, &["a.wav", "PNG, JPEG"]);
    bench.write("b.flac", b"fLaC and nothing else");
    bench.write("c.wav", b"RIFF\0\0\0\0WAVE");
    bench
        .run(&format!("encode b.flac -o x.lmc {flags}"))
        .bad(1, &["b.flac", "FLAC"]);
    bench
        .run(&format!("encode c.wav -o x.lmc {flags}"))
        .bad(1, &["c.wav", "WAV"]);
    bench
        .run(&format!("encode missing.wav -o x.lmc {flags}"))
        .bad(1, &["missing.wav"]);
    bench.run(&format!("encode a.wav -o a.lmc {flags}")).good();
    bench
        .run(&format!("decode a.lmc -o x.png {flags}"))
        .bad(2, &["x.png", "wav"]);
    bench
        .run(&format!("decode a.lmc -o x.wav --region 0,0,1,1 {flags}"))
        .bad(2, &["a.lmc is a sound", "--region"]);
    bench
        .run(&format!("encode a.lmc -o x.lmc --codec audio {flags}"))
        .bad(1, &["lmc stream"]);
    bench
        .run("decode a.lmc -o x.wav --device cpu --model missing.weights")
        .bad(1, &["missing.weights"]);
    for name in ["x.lmc", "x.png", "x.wav"] {
        assert!(!bench.path(name).exists(), "{name}");
    }
}

#[test]
fn samples_that_are_no_numbers_are_told() {
    let bench = Bench::new();
    let flags = weights(&bench);
    let samples = [f32::NAN, 0.5].repeat(3000);
    let sound = Sound::new(spec(16_000, 1, SampleFormat::Float32), samples).expect("a shape");
    bench.write("a.wav", &wav(&sound));
    let said = bench.run(&format!("encode a.wav -o a.lmc {flags}")).good();
    assert!(said.stderr.contains("3,000 samples were no numbers"), "{}", said.stderr);
    bench.run(&format!("decode a.lmc -o b.wav {flags}")).good();
    let back = self::sound(&bench, "b.wav");
    assert!(back.tags().get(Tag::Title).is_none() && back.samples().iter().all(|sample| sample.is_finite()));
}

#[test]
fn threads_do_not_change_sounds() {
    let bench = Bench::new();
    let flags = weights(&bench);
    bench.write("a.wav", &wav(&music(spec(44_100, 2, SampleFormat::Int16), 150_000)));
    for threads in [1, 2, 5] {
        bench
            .run(&format!("encode a.wav -o {threads}.lmc --threads {threads} {flags}"))
            .good();
        let (one, many) = (bench.read("1.lmc"), bench.read(&format!("{threads}.lmc")));
        assert!(one == many, "{threads} threads give other bytes");
        bench
            .run(&format!("decode 1.lmc -o {threads}.wav --threads {threads} {flags}"))
            .good();
        assert!(
            bench.read("1.wav") == bench.read(&format!("{threads}.wav")),
            "{threads} threads give other samples"
        );
    }
}
