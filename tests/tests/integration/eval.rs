//! `lmc eval`: reports of good and odd files, runs that were killed, wrong calls, and the baseline.
//!
//! `LMC_REGENERATE=1 cargo test --release --workspace --test integration eval` writes the baseline anew, which only new
//! weights may make necessary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use lmc_tests::pictures::{gray, part, sample};
use lmc_tests::repository;
use serde_json::{Value, json};

use crate::cli::Bench;

pub(crate) fn results(bench: &Bench, folder: &str) -> Value {
    serde_json::from_slice(&bench.read(&format!("{folder}/results.json"))).expect("results.json is JSON")
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// The note or the error of a file.
pub(crate) fn said<'a>(results: &'a Value, file: &str, key: &str) -> &'a str {
    let found = list(results, "files").iter().find(|entry| entry["name"] == file);
    found.and_then(|entry| entry[key].as_str()).unwrap_or_default()
}

#[test]
fn odd_files_are_noted_and_the_others_measured() {
    let bench = Bench::new();
    let picture = sample();
    bench.picture("in/good.png", &picture);
    bench.picture("in/gray.png", &gray(&picture));
    bench.picture("in/one.png", &part(&picture, 9, 9, 1, 1));
    let whole = bench.read("in/good.png");
    bench.write("in/corrupt.png", &whole[..whole.len() / 3]);
    bench.write("in/words.png", b"no picture");
    bench.write("in/words.txt", b"no picture");
    let line = "eval in --out report --codecs lmc-wavelet,webp --qualities 20,40,60,80 --json --metrics psnr,ms-ssim,ssimulacra2";
    let outcome = bench.run(line).bad(1, &["corrupt.png", "words.png"]);
    assert_eq!(outcome.json()["points_encoded"], 24);
    let results = results(&bench, "report");
    assert_eq!(list(&results, "records").len(), 24);
    assert!(list(&results, "records").iter().all(|record| record["error"].is_null()));
    assert_eq!(results["averaged_files"], json!(["good.png", "gray.png"]));
    assert!(said(&results, "gray.png", "note").contains("gray"));
    assert!(said(&results, "one.png", "note").contains("MS-SSIM"));
    assert!(!said(&results, "corrupt.png", "error").is_empty());
    let notes = results["notes"].to_string();
    assert!(notes.contains("words.txt") && notes.contains("corrupt.png"), "{notes}");
    assert!(results["bd"][0]["average_curve"]["rate_percent"].is_f64());
    let page = String::from_utf8(bench.read("report/index.html")).expect("pages are UTF-8");
    assert!(page.contains("corrupt.png") && page.contains("<svg"));
}

#[test]
fn our_codec_says_where_bits_and_time_go() {
    let bench = Bench::new();
    bench.picture("a.png", &sample());
    let line = "eval a.png --out report --codecs lmc-wavelet --qualities 30,60 --metrics psnr --device cpu --threads 1";
    bench.run(line).good();
    let results = results(&bench, "report");
    for record in list(&results, "records") {
        let figure = |name: &str| record["details"][name].as_f64().expect(name);
        let (estimated, payloads) = (figure("bits estimated"), 8.0 * figure("tile payload bytes"));
        let file = 8.0 * record["bytes"].as_f64().expect("a number");
        assert!(
            estimated <= payloads && payloads < file && payloads < estimated * 1.02,
            "{record}"
        );
        let over = (file / estimated - 1.0) * 100.0;
        assert!((figure("file over estimate (%)") - over).abs() < 1e-9, "{record}");
        let rate = record["rate"].as_f64().expect("a number");
        assert!(
            (figure("bpp estimated") - rate * estimated / file).abs() < 1e-9,
            "{record}"
        );
        for what in ["encode", "decode"] {
            let parts = ["transforms", "prior", "coder", "rest"];
            let parts = parts.map(|part| figure(&format!("{what} seconds in {part}")));
            let whole = record[format!("{what}_seconds")].as_f64().expect("a number");
            // On one thread nothing is counted twice, so that the rest is more than what would be cut off below 0.
            assert!(parts.iter().all(|&part| part > 0.0), "{record}");
            assert!((parts.iter().sum::<f64>() - whole).abs() < 1e-9, "{record}");
        }
    }
    let mean = results["averages"][1]["details"]["bits estimated"].as_f64();
    assert_eq!(mean, list(&results, "records")[1]["details"]["bits estimated"].as_f64());
    let table = String::from_utf8(bench.read("report/results.csv")).expect("tables are UTF-8");
    assert!(
        table.contains(",bits estimated,") && table.contains(",encode seconds in prior,"),
        "{table}"
    );
    let page = String::from_utf8(bench.read("report/index.html")).expect("pages are UTF-8");
    assert!(page.contains("data-p=\"/averages/1/details/bits estimated\""));
}

/// Streams of the cache and when they were written.
fn streams(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let streams = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "stream"));
    let written = |entry: &fs::DirEntry| entry.metadata().and_then(|metadata| metadata.modified());
    streams
        .filter_map(|entry| Some((entry.path(), written(&entry).ok()?)))
        .collect()
}

#[test]
fn a_killed_run_goes_on_without_encoding_twice() {
    let bench = Bench::new();
    for (i, x) in [0, 40, 90].into_iter().enumerate() {
        bench.picture(&format!("in/{i}.png"), &part(&sample(), x, 0, 200, 180));
    }
    let line = "eval in --out report --codecs lmc-wavelet,webp --metrics psnr,ssimulacra2 --jobs 1 --json";
    let mut command = bench.command(line);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let (cache, start) = (bench.path("report/cache"), Instant::now());
    while streams(&cache).len() < 5 && start.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(5));
    }
    child.kill().expect("the program can be killed");
    child.wait().expect("the program ends");
    let before = streams(&cache);
    assert!(before.len() >= 5);
    let report = bench.run(&format!("{line} --resume")).good().json();
    let known = report["points_known"].as_u64().expect("a number");
    // The last stream may lack its record, which is written after it.
    assert!(
        known + 1 >= before.len() as u64,
        "{known} of {} are known",
        before.len()
    );
    assert_eq!(known + report["points_encoded"].as_u64().expect("a number"), 3 * 12);
    let after = streams(&cache);
    let again = before
        .iter()
        .filter(|(path, time)| after.get(*path) != Some(*time))
        .count();
    assert!(
        again <= before.len() - known as usize,
        "{again} streams were written again"
    );
    let report = bench.run(&format!("{line} --resume")).good().json();
    assert_eq!(
        (&report["points_known"], &report["points_encoded"]),
        (&json!(36), &json!(0))
    );
    // Another metric needs no encoding either.
    let more = line.replace("ssimulacra2", "ms-ssim");
    let report = bench.run(&format!("{more} --resume")).good().json();
    assert_eq!(report["points_encoded"], 0);
    assert_eq!(list(&results(&bench, "report"), "metrics")[1], "ms-ssim");
}

#[test]
fn reports_are_not_overwritten_unasked() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 64, 64));
    let line = "eval a.png --out report --codecs webp --qualities 30 --metrics psnr --json";
    bench.run(line).good();
    bench.run(line).bad(1, &["--resume", "--force"]);
    assert_eq!(bench.run(&format!("{line} --force")).good().json()["points_encoded"], 1);
}

#[test]
fn missing_programs_are_named_and_the_rest_goes_on() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 96, 80));
    let line = "eval a.png --out report --codecs webp,jxl,avif --qualities 30 --metrics psnr";
    let mut command = bench.command(line);
    let output = command.env("PATH", "").output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(
        stderr.contains("libjxl-tools") && stderr.contains("libavif-bin"),
        "{stderr}"
    );
    let results = results(&bench, "report");
    assert_eq!(list(&results, "records").len(), 1);
    assert!(results["notes"].to_string().contains("libjxl-tools"));
}

#[test]
fn wrong_calls_are_refused_before_any_work() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 32, 32));
    for (flags, word) in [
        ("--codecs gif", "there is no codec 'gif'"),
        ("--codecs webp,webp", "twice"),
        ("--codecs webp@speed=3", "no setting 'speed'"),
        ("--codecs webp@method=9", "method"),
        ("--codecs lmc-wavelet@tile-size=65", "64"),
        ("--codecs webp --metrics vmaf", "there is no metric 'vmaf'"),
        ("--codecs webp --qualities 101", "0 to 100"),
        ("--codecs webp --qualities jpeg=50", "jpeg"),
        ("--codecs webp --anchor vtm", "--anchor vtm"),
        ("--codecs webp --resume --force", "--force"),
    ] {
        bench.run(&format!("eval a.png --out report {flags}")).bad(2, &[word]);
    }
    bench.run("eval --out report").bad(2, &["INPUT"]);
    bench.run("eval a.png").bad(2, &["--out"]);
    bench.run("eval --check r.json").bad(2, &["--against"]);
    bench
        .run("eval nowhere.png --out other --codecs webp")
        .bad(1, &["nowhere.png"]);
    bench
        .run("eval a.png --out report --codecs webp --anchors no.json")
        .bad(1, &["no.json"]);
    assert!(!bench.path("report").exists());
}

const BASELINE: &str = "tests/baselines/eval.json";

/// The records alone, so that a new baseline differs from the old one in numbers only.
fn trimmed(results: &Value) -> Value {
    let record = |record: &Value| {
        json!({
            "series": record["series"], "file": record["file"], "setting": record["setting"],
            "rate": record["rate"], "values": record["values"],
        })
    };
    let records: Vec<Value> = list(results, "records").iter().map(record).collect();
    json!({ "format": results["format"], "records": records })
}

#[test]
fn the_codec_is_no_worse_than_its_baseline() {
    let bench = Bench::new();
    bench.picture("chelsea.png", &sample());
    let line = "eval chelsea.png --out report --codecs lmc-wavelet --qualities 10,35,60,85 --metrics psnr,ms-ssim --device cpu";
    bench.run(line).good();
    let baseline = repository(BASELINE);
    if std::env::var_os("LMC_REGENERATE").is_some() {
        let text = serde_json::to_string_pretty(&trimmed(&results(&bench, "report"))).expect("values are JSON");
        fs::write(&baseline, text + "\n").expect("the baseline is written");
    }
    let check = format!("eval --check report/results.json --against {}", baseline.display());
    bench.run(&check).good();
    // A rate that no encoder keeps shows that the check can fail.
    let mut wanted: Value = serde_json::from_slice(&bench.read("report/results.json")).expect("results.json is JSON");
    wanted["records"][0]["rate"] = json!(wanted["records"][0]["rate"].as_f64().expect("a number") * 0.9);
    bench.write("better.json", wanted.to_string().as_bytes());
    let outcome = bench
        .run("eval --check report/results.json --against better.json")
        .bad(1, &["rate"]);
    assert!(
        outcome.stderr.contains("4 points compared, 1 failures"),
        "{}",
        outcome.stderr
    );
    bench
        .run("eval --check report/results.json --against better.json --tolerance rate=20%")
        .good();
}
