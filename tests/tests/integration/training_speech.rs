//! Training of the speech model in small: a run that is stopped and goes on ends where an uninterrupted one does, and its
//! weights encode and decode.

use std::fs;

use lmc_codec::sound::SampleFormat;
use lmc_tests::sounds::{music, spec, wav};

use crate::cli::Bench;

const CONFIG: &[u8] = br#"{
    "model": {
        "encoder_width": 8, "encoder_blocks": 1, "decoder_width": 8, "decoder_blocks": 1, "late_width": 8, "late_blocks": 1,
        "stages": 2, "code_bits": 3, "code_dims": 4
    },
    "stage_weights": [1, 1], "batch": 2, "frames": 10, "free_steps": 2, "start_frames": 60, "warmup": 10,
    "checkpoint_every": 1, "evaluate_every": 4
}"#;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("config.json", CONFIG);
    let format = SampleFormat::Int16;
    bench.write("data/deep/left.wav", &wav(&music(spec(16_000, 1, format), 40_000)));
    bench.write("data/right.WAV", &wav(&music(spec(24_000, 2, format), 30_000)));
    bench.write("data/broken.wav", b"RIFF");
    bench.write("aside/held-out.wav", &wav(&music(spec(16_000, 1, format), 20_000)));
    bench
}

fn train(out: &str, steps: u32, more: &str) -> String {
    format!("train speech --data data --out {out} --config config.json --steps {steps} --device cpu --quiet {more}")
}

/// Weights of the newest checkpoint of a run, and their average, as bytes.
fn weights(bench: &Bench, run: &str) -> (String, Vec<u8>, Vec<u8>) {
    let names = bench.names(run);
    let newest = names.iter().rev().find(|name| name.starts_with("checkpoint-"));
    let name = newest.expect("there is a checkpoint").clone();
    let read = |file: &str| fs::read(bench.path(run).join(&name).join(file)).expect("checkpoints are whole");
    let (weights, average) = (read("weights.safetensors"), read("average.safetensors"));
    (name, weights, average)
}

#[test]
fn a_speech_run_goes_on_as_if_it_had_never_stopped() {
    let bench = bench();
    bench.run(&train("whole", 8, "--held-out aside")).good();
    let whole = weights(&bench, "whole");
    assert_eq!(whole.0, "checkpoint-000000008");
    // Once before the codebooks are started, once behind.
    for stop in [1, 5] {
        let out = format!("stopped-{stop}");
        bench.run(&train(&out, stop, "")).good();
        bench.run(&train(&out, 8, "")).bad(2, &["--resume"]);
        bench.run(&train(&out, 8, "--resume")).good();
        assert!(
            weights(&bench, &out) == whole,
            "a run that was stopped at step {stop} and went on has other weights"
        );
    }
    let log = String::from_utf8(bench.read("whole/steps.csv")).expect("logs are UTF-8");
    assert_eq!(log.lines().count(), 9, "a header and a row for each step: {log}");
    let held_out = String::from_utf8(bench.read("whole/held-out.csv")).expect("logs are UTF-8");
    assert!(held_out.lines().count() >= 9, "a row for each rate, twice: {held_out}");

    bench
        .run("train speech --out whole --export mine.safetensors --id speech-mine-v1 --device cpu")
        .good();
    bench
        .run("train speech --out whole --export mine.safetensors --device cpu")
        .bad(1, &["exists", "--force"]);
    bench
        .run("encode aside/held-out.wav -o a.lmc --codec speech --model mine.safetensors --device cpu --quality 80")
        .good();
    bench
        .run("decode a.lmc -o b.wav --model mine.safetensors --device cpu")
        .good();
    bench.run("verify a.lmc --model mine.safetensors").good();
}
