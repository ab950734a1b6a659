//! The wavelet codec: networks by gradients.

#[cfg(unix)]
use std::process::Command;

use lmc_tests::pictures::{part, psnr_db, sample};

#[cfg(unix)]
use super::start;
use super::{kill, learned, rows, same};
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
    let run = format!("train wavelet --data data --held-out aside --out {out} --config config.json --steps {steps}");
    format!("{run} --device cpu --quiet {more}")
}

#[test]
fn a_run_goes_on_as_if_it_had_never_stopped() {
    let bench = bench();
    bench.run(&train("whole", 12, "")).good();
    assert_eq!(learned(&bench, "whole").0, "checkpoint-000000012");
    assert_eq!(
        rows(&bench, "whole/held-out.csv"),
        [6, 6, 6, 12, 12, 12],
        "a row for each rate, twice"
    );

    bench.run(&train("stopped", 6, "")).good();
    bench.run(&train("stopped", 12, "")).bad(2, &["--resume"]);
    bench.run(&train("stopped", 12, "--resume")).good();
    same(&bench, "stopped", "whole", 12);

    // Killed without warning behind its checkpoint, so that steps are done twice.
    let line = train("killed", 12, "--set checkpoint_every=4");
    kill(&bench, &line, "killed", 6);
    bench.run(&train("killed", 12, "--resume")).good();
    same(&bench, "killed", "whole", 12);
    the_weights_work(&bench);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_with_a_checkpoint() {
    let bench = bench();
    let line = train("run", 100_000, "--set checkpoint_every=100000");
    let mut child = start(&bench, &line, "run", 3);
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.expect("kill runs").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let done = rows(&bench, "run/steps.csv");
    let name = format!("checkpoint-{:09}", done.len());
    assert_eq!(learned(&bench, "run").0, name, "{done:?}");
    let last = done.len() as u32 + 1;
    bench.run(&train("run", last, "--resume")).good();
    assert_eq!(rows(&bench, "run/steps.csv"), (1..=u64::from(last)).collect::<Vec<_>>());
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
