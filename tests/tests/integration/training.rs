//! Training in small: a run that is stopped or killed and goes on ends where an uninterrupted one does, and its weights
//! encode and decode.
//!
//! Each run is a process of its own, as the random numbers of a device belong to the whole process.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lmc_tests::pictures::{part, psnr_db, sample};

use crate::cli::Bench;

const CONFIG: &[u8] = br#"{
    "model": {
        "width": 8, "latents": 8, "hyper": 4, "prior_width": 8, "encoder_blocks": 1, "decoder_blocks": 1, "anchors": 3
    },
    "batch": 2, "crop": 64, "crops": 24, "warmup": 100, "checkpoint_every": 1, "evaluate_every": 6
}"#;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("config.json", CONFIG);
    bench.picture("data/left.png", &part(&sample(), 0, 0, 180, 200));
    bench.picture("data/right.png", &part(&sample(), 190, 50, 190, 200));
    bench.picture("aside/held-out.png", &part(&sample(), 100, 100, 128, 128));
    bench
}

fn train(out: &str, steps: u32, more: &str) -> String {
    format!("train wavelet --data data --out {out} --config config.json --steps {steps} --device cpu --quiet {more}")
}

/// The newest checkpoint of a run.
fn newest(bench: &Bench, run: &str) -> Option<PathBuf> {
    let names = bench.names(run);
    let newest = names.iter().rev().find(|name| name.starts_with("checkpoint-"))?;
    Some(bench.path(run).join(newest))
}

/// Weights and their average, as bytes.
fn weights(bench: &Bench, run: &str) -> (String, Vec<u8>, Vec<u8>) {
    let folder = newest(bench, run).expect("there is a checkpoint");
    let read = |name: &str| fs::read(folder.join(name)).expect("checkpoints are whole");
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    (name, read("weights.safetensors"), read("average.safetensors"))
}

#[test]
fn a_run_goes_on_as_if_it_had_never_stopped() {
    let bench = bench();
    bench.run(&train("whole", 12, "--held-out aside")).good();
    let whole = weights(&bench, "whole");
    assert_eq!(whole.0, "checkpoint-000000012");

    bench.run(&train("stopped", 5, "")).good();
    bench.run(&train("stopped", 12, "")).bad(2, &["--resume"]);
    bench.run(&train("stopped", 12, "--resume")).good();
    assert!(
        weights(&bench, "stopped") == whole,
        "a run that was stopped and went on has other weights"
    );

    // Killed without warning, at some moment after its first checkpoint.
    let mut child = bench
        .command(&train("killed", 12, ""))
        .spawn()
        .expect("the program starts");
    let patience = Instant::now();
    while !bench.path("killed").exists() || newest(&bench, "killed").is_none() {
        assert!(patience.elapsed() < Duration::from_secs(120), "no checkpoint comes");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    bench.run(&train("killed", 12, "--resume")).good();
    assert!(
        weights(&bench, "killed") == whole,
        "a run that was killed and went on has other weights"
    );

    let log = String::from_utf8(bench.read("whole/steps.csv")).expect("logs are UTF-8");
    assert_eq!(log.lines().count(), 13, "a header and a row for each step: {log}");
    let held_out = String::from_utf8(bench.read("whole/held-out.csv")).expect("logs are UTF-8");
    assert!(held_out.lines().count() >= 7, "a row for each rate, twice: {held_out}");
    the_weights_work(&bench);
}

/// The export is a model like any other: listed, named by streams, and asked for where it is missing.
fn the_weights_work(bench: &Bench) {
    bench
        .run("train wavelet --out whole --export mine.safetensors --id wavelet-mine-v1 --device cpu")
        .good();
    bench
        .run("train wavelet --out whole --export mine.safetensors --device cpu")
        .bad(1, &["exists", "--force"]);
    let models = bench.run("models mine.safetensors --json").good().json();
    let mine = models["models"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|model| model["id"] == "wavelet-mine-v1");
    let hash = mine
        .and_then(|model| model["hash"].as_str())
        .expect("the model is listed")
        .to_owned();

    let picture = part(&sample(), 100, 100, 100, 70);
    bench.picture("a.png", &picture);
    bench
        .run("encode a.png -o a.lmc --model mine.safetensors --device cpu --quality 80")
        .good();
    bench
        .run("decode a.lmc -o b.png --device cpu")
        .bad(1, &[&hash, "--model"]);
    bench
        .run("decode a.lmc -o b.png --model mine.safetensors --device cpu")
        .good();
    bench.run("verify a.lmc --model mine.safetensors").good();
    let psnr = psnr_db(&bench.read_picture("b.png"), &picture);
    assert!(
        psnr > 18.0,
        "a dozen steps after the linear optimum pictures can be recognised: {psnr:.1} dB"
    );
}
