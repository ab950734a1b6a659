//! Calls that make no sense: exit code 2 and a hint; and devices that are not there.

use lmc_tests::pictures::{part, sample};

use super::Bench;

#[test]
fn calls_that_make_no_sense() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 8, 8));
    let calls = [
        ("", "Usage"),
        ("transmogrify a.png", "transmogrify"),
        ("encode", "INPUT"),
        ("encode -", "-o"),
        ("encode . --keep-tree", "--output"),
        ("encode a.png -o a.lmc --max-pixels none", "number"),
        ("encode a.png -o a.lmc --quality 101", "0..=100"),
        ("encode a.png -o a.lmc --quality high", "number"),
        ("encode a.png -o a.lmc --tile-size 100", "multiple of 64"),
        ("encode a.png -o a.lmc --tile-size 8192", "4096"),
        ("encode a.png -o a.lmc --threads 0", "--threads"),
        ("encode a.png -o a.lmc --device tpu", "auto, cpu, gpu"),
        ("encode a.png -o a.lmc --codec jpeg", "wavelet"),
        ("encode a.png -o a.lmc --frobnicate", "--frobnicate"),
        ("decode -", "-o"),
        ("info", "FILE"),
        ("verify", "FILE"),
        ("train", "wavelet"),
        ("train wavelet --out run", "--data"),
        ("train wavelet --data . --out run --steps 0", "--steps"),
    ];
    for (call, word) in calls {
        let outcome = bench.run(call).bad(2, &[word]);
        assert!(outcome.stdout.is_empty(), "{call}: what went wrong goes to stderr");
    }
    assert_eq!(bench.names("."), ["a.png"]);
}

#[test]
fn help_and_version_are_no_errors() {
    let bench = Bench::new();
    for call in [
        "--help",
        "encode --help",
        "decode -h",
        "help verify",
        "train wavelet --help",
        "--version",
    ] {
        assert!(!bench.run(call).good().stdout.is_empty(), "{call}");
    }
}

#[test]
fn devices_that_are_not_there() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 8, 8));
    bench
        .run("encode a.png -o a.lmc --device gpu:97")
        .bad(1, &["GPU 97", "--device cpu"]);
    bench
        .run("encode a.png -o a.lmc --device cuda:0")
        .bad(1, &["--features cuda"]);
    assert!(!bench.path("a.lmc").exists());
}

#[test]
fn little_is_said_unless_asked_for() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 8, 8));
    let quiet = bench.run("encode a.png -o a.lmc --device cpu --quiet").good();
    assert_eq!((quiet.stderr.as_str(), quiet.stdout.len()), ("", 0));
    let verbose = bench.run("decode a.lmc -o b.png --device cpu --verbose").good();
    assert!(verbose.stderr.contains("cpu"), "{}", verbose.stderr);
    let json = bench.run("decode a.lmc -o c.png --device cpu --json").good();
    assert_eq!(json.stderr, "", "a report says it all");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 8, 8));
    bench.run("encode a.png -o a.lmc --device cpu").good();
    let mut command = bench.command("info a.lmc --json");
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let output = command.stdout(writer).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !said.contains("panicked") && output.status.code().is_some_and(|code| code <= 1),
        "{said}"
    );
}

#[test]
fn training_calls_that_cannot_work() {
    let bench = Bench::new();
    bench.write("empty/notes.txt", b"no picture");
    bench.write("config.json", br#"{"model": {"width": 1}}"#);
    bench.write("typo.json", br#"{"stepps": 3}"#);
    bench.picture("data/a.png", &part(&sample(), 0, 0, 80, 80));
    bench
        .run("train wavelet --data missing --out run --device cpu")
        .bad(1, &["missing"]);
    bench
        .run("train wavelet --data empty --out run --device cpu")
        .bad(1, &["empty"]);
    bench
        .run("train wavelet --data data --out run --config config.json --device cpu")
        .bad(1, &["width"]);
    bench
        .run("train wavelet --data data --out run --config typo.json --device cpu")
        .bad(1, &["stepps"]);
    bench
        .run("train wavelet --out run --export x.safetensors --device cpu")
        .bad(1, &["run", "--data"]);
}
